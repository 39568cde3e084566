// The state of a page that knows nothing yet.

import type { AppState, Device } from './model';

const NO_DEVICE: Device = { choices: [], chosen: null, on: false, problem: null };

export const INITIAL: AppState = {
  meetingId: null,
  name: '',
  phase: { kind: 'prejoin', needsPassword: false, problem: null },
  devices: {
    microphone: NO_DEVICE,
    camera: NO_DEVICE,
    speakers: [],
    speaker: null,
    sharing: false,
    canShare: false,
    level: 0,
  },
  ui: { panel: null, layout: 'tiles', pinned: null, selfView: true, help: false },
  holdsHostKey: false,
};
