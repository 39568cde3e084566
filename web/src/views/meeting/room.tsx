import { type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import type { MeetingActions } from '../../state/actions';
import type { AppState, Interface, Meeting } from '../../state/model';
import { Lock } from '../icons';
import { text } from '../text';
import { Mark } from '../wordmark';
import { Announcer } from './announcer';
import { Banner } from './banner';
import { Bar } from './bar';
import { ChatPanel } from './chat';
import { type Room, RoomContext, roomOf, useRoom } from './context';
import { HelpDialog } from './help';
import { Notices } from './notices';
import { togglePanel } from './panel';
import { PeoplePanel } from './people';
import { SecuritySign } from './security';
import { SettingsPanel } from './settings';
import { type ShortcutHandlers, useShortcuts } from './shortcuts';
import { Stage } from './stage';

interface Props {
  state: ReadonlySignal<AppState>;
  actions: MeetingActions;
  first: Meeting;
}

/** The meeting itself. */
export function MeetingRoom({ state, actions, first }: Props) {
  // `first` only bridges the moment of taking down.
  const room = useMemo(() => roomOf(state, actions, first), [state, actions]);
  /** Talking while Space is held. */
  const held = useMemo(() => signal(false), []);
  useShortcuts(useMemo(() => handlersFor(room, held), [room, held]));

  const { panel, help } = room.ui.value;
  return (
    <RoomContext.Provider value={room}>
      <div class={panel ? 'room room-with-panel' : 'room'}>
        <RoomTop />
        <Banner held={held} />
        <Stage />
        {panel && <OpenPanel panel={panel} />}
        <Bar />
        <Notices />
        <Announcer />
        {help && <HelpDialog onClose={() => actions.setInterface({ help: false })} />}
      </div>
    </RoomContext.Provider>
  );
}

function OpenPanel({ panel }: { panel: NonNullable<Interface['panel']> }) {
  switch (panel) {
    case 'people':
      return <PeoplePanel />;
    case 'chat':
      return <ChatPanel />;
    case 'settings':
      return <SettingsPanel />;
  }
}

function RoomTop() {
  const { meeting } = useRoom();
  const { title, settings, people } = meeting.value;
  return (
    <header class="room-top">
      <Mark size={26} />
      <h1>{title || text.product}</h1>
      <span class="room-count">{text.room.count(people.length)}</span>
      {settings.locked && (
        <span class="chip">
          <Lock size={14} />
          {text.room.locked}
        </span>
      )}
      <SecuritySign />
    </header>
  );
}

function handlersFor(room: Room, held: Signal<boolean>): ShortcutHandlers {
  const { actions } = room;
  return {
    run(command) {
      switch (command) {
        case 'microphone':
          void actions.setMicrophone(!room.microphone.peek().on);
          return;
        case 'camera':
          void actions.setCamera(!room.camera.peek().on);
          return;
        case 'hand':
          actions.setHand(room.me.peek()?.hand === null);
          return;
        case 'people':
        case 'chat':
          togglePanel(room, command);
          return;
        case 'help':
          actions.setInterface({ help: true });
          return;
      }
    },
    talk(down) {
      if (down === held.peek() || (down && room.microphone.peek().on)) return;
      held.value = down;
      void actions.setMicrophone(down);
    },
  };
}
