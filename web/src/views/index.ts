// Everything that a person sees.

import '../styles/index.css';

export { HostPages, type HostPagesProps } from './host/pages';
export { MeetingPages, type MeetingPagesProps } from './meeting/pages';
