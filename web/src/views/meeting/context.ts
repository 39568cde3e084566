// What the parts of the meeting's screen share: slices of the state, and what may be asked for.
// A slice is drawn again only when it changes, not whenever the level meter moves.

import { computed, type ReadonlySignal } from '@preact/signals';
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { MeetingActions } from '../../state/actions';
import type { AppState, Device, Interface, Link, Meeting, Person } from '../../state/model';
import { listens, moderates } from '../../state/roles';

export interface Room {
  actions: MeetingActions;
  state: ReadonlySignal<AppState>;
  meeting: ReadonlySignal<Meeting>;
  link: ReadonlySignal<Link>;
  ui: ReadonlySignal<Interface>;
  microphone: ReadonlySignal<Device>;
  camera: ReadonlySignal<Device>;
  sharing: ReadonlySignal<boolean>;
  me: ReadonlySignal<Person | undefined>;
  moderator: ReadonlySignal<boolean>;
  /** In the audience: to be heard takes the floor. */
  listening: ReadonlySignal<boolean>;
}

/** Valid while the phase is `inside`; keeps the last meeting while the screen is being taken down. */
export function roomOf(state: ReadonlySignal<AppState>, actions: MeetingActions, first: Meeting): Room {
  let last = first;
  const meeting = computed(() => {
    const { phase } = state.value;
    if (phase.kind === 'inside') last = phase.meeting;
    return last;
  });
  const me = computed(() => meeting.value.people.find((person) => person.me));
  return {
    actions,
    state,
    meeting,
    me,
    link: computed(() => (state.value.phase.kind === 'inside' ? state.value.phase.link : { kind: 'up' })),
    ui: computed(() => state.value.ui),
    microphone: computed(() => state.value.devices.microphone),
    camera: computed(() => state.value.devices.camera),
    sharing: computed(() => state.value.devices.sharing),
    moderator: computed(() => moderates(me.value?.role ?? 'participant')),
    listening: computed(() => me.value !== undefined && listens(me.value, meeting.value.settings)),
  };
}

export const RoomContext = createContext<Room | null>(null);

export function useRoom(): Room {
  const room = useContext(RoomContext);
  // Only parts of the meeting's screen call this, and the screen provides it.
  if (!room) throw new Error('outside the meeting');
  return room;
}
