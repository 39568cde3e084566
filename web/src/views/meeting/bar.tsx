import { useState } from 'preact/hooks';
import { DoorOpen, Hand, MessageSquare, MonitorUp, MonitorX, PhoneOff, Users } from '../icons';
import { Confirm } from '../parts/dialog';
import { names, text } from '../text';
import { BarButton } from './bar-button';
import { useRoom } from './context';
import { CameraControl, MicrophoneControl } from './device-controls';
import { MoreMenu } from './more-menu';
import { togglePanel } from './panel';
import { TABLET, useNarrow } from './use-narrow';

/** What one can do, always in sight. */
export function Bar() {
  const room = useRoom();
  const { actions, me, listening } = room;
  const narrow = useNarrow();
  const endInMenu = useNarrow(TABLET);
  const [ending, setEnding] = useState(false);
  const isHost = me.value?.role === 'host';
  return (
    <footer class="bar">
      {/* biome-ignore lint/a11y/useSemanticElements: buttons that belong together, not the fields of a form. */}
      <div class="bar-controls" role="group" aria-label={names.controls}>
        {!listening.value && (
          <>
            <MicrophoneControl narrow={narrow} />
            <CameraControl narrow={narrow} />
            {!narrow && <ShareControl />}
          </>
        )}
        {listening.value && <HandControl />}
        <PeopleControl />
        <ChatControl />
        {!narrow && !listening.value && <HandControl />}
        <MoreMenu narrow={narrow} onEnd={isHost && endInMenu ? () => setEnding(true) : null} />
        <BarButton name={names.leave} label={text.bar.leave} tone="leave" onClick={() => actions.leave()}>
          <DoorOpen size={22} />
        </BarButton>
      </div>
      {isHost && !endInMenu && (
        <button type="button" class="button button-danger-quiet bar-end" onClick={() => setEnding(true)}>
          <PhoneOff size={18} />
          {names.endForAll}
        </button>
      )}
      {ending && (
        <Confirm
          title={text.bar.endTitle}
          lead={text.bar.endLead}
          confirm={names.endForAll}
          onConfirm={() => actions.moderation.endForAll()}
          onClose={() => setEnding(false)}
        />
      )}
    </footer>
  );
}

function ShareControl() {
  const { sharing, state, actions } = useRoom();
  const canShare = state.value.devices.canShare;
  if (!canShare) return null;
  return (
    <BarButton
      name={names.share}
      label={text.bar.share}
      pressed={sharing.value}
      tone={sharing.value ? 'active' : undefined}
      onClick={() => actions.setSharing(!sharing.value)}
    >
      {sharing.value ? <MonitorX size={22} /> : <MonitorUp size={22} />}
    </BarButton>
  );
}

function PeopleControl() {
  const room = useRoom();
  const waiting = room.meeting.value.knocks.length;
  return (
    <BarButton
      name={names.people}
      label={text.bar.people}
      expanded={room.ui.value.panel === 'people'}
      tone={room.ui.value.panel === 'people' ? 'active' : undefined}
      badge={waiting > 0 ? text.bar.waitingCount(waiting) : null}
      badgeCount={waiting}
      onClick={() => togglePanel(room, 'people')}
    >
      <Users size={22} />
    </BarButton>
  );
}

function ChatControl() {
  const room = useRoom();
  const unread = room.meeting.value.unreadChat;
  return (
    <BarButton
      name={names.chat}
      label={text.bar.chat}
      expanded={room.ui.value.panel === 'chat'}
      tone={room.ui.value.panel === 'chat' ? 'active' : undefined}
      badge={unread > 0 ? text.bar.unread(unread) : null}
      badgeCount={unread}
      onClick={() => togglePanel(room, 'chat')}
    >
      <MessageSquare size={22} />
    </BarButton>
  );
}

function HandControl() {
  const { me, actions, listening } = useRoom();
  const up = me.value?.hand != null;
  return (
    <BarButton
      name={names.hand}
      label={listening.value ? names.hand : text.bar.hand}
      pressed={up}
      tone={up ? 'active' : undefined}
      onClick={() => actions.setHand(!up)}
    >
      <Hand size={22} />
    </BarButton>
  );
}
