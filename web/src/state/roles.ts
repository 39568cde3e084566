// What a part in the meeting means, where a view or the session has to know. The server's policy decides.

import type { MeetingSettings, Role } from '../generated/protocol';
import type { Person } from './model';

export function moderates(role: Role): boolean {
  return role === 'host' || role === 'co_host';
}

/** Only speakers and moderators may switch things on. */
export function isAudience({ unmute, video, screen }: MeetingSettings): boolean {
  return !unmute && !video && !screen;
}

/** What makes an audience of the participants, or no longer. */
export function audience(on: boolean): Pick<MeetingSettings, 'unmute' | 'video' | 'screen'> {
  return { unmute: !on, video: !on, screen: !on };
}

/** Whether there is something that the floor would allow this person. */
export function lacksFloor({ role }: Person, { unmute, video, screen }: MeetingSettings): boolean {
  return role === 'participant' && !(unmute && video && screen);
}

/** In the audience, and nothing of theirs is to be heard or seen. */
export function listens({ role, live }: Person, settings: MeetingSettings): boolean {
  return isAudience(settings) && role === 'participant' && live.length === 0;
}
