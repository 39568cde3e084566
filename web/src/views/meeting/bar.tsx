import type { ComponentChildren } from 'preact';
import { useId, useState } from 'preact/hooks';
import type { Choice, Device } from '../../state/model';
import {
  ChevronUp,
  CircleHelp,
  DoorOpen,
  Ellipsis,
  Hand,
  MessageSquare,
  Mic,
  MicOff,
  MonitorUp,
  MonitorX,
  PhoneOff,
  Settings,
  Users,
  Video,
  VideoOff,
} from '../icons';
import { Confirm } from '../parts/dialog';
import { Menu, MenuChoice, MenuGroup, MenuItem } from '../parts/menu';
import { names, text } from '../text';
import { useRoom } from './context';
import { togglePanel } from './panel';
import { TABLET, useNarrow } from './use-narrow';

/** Short signs that go to everybody. */
const REACTIONS = ['👍', '👏', '❤️', '😂', '😮', '🤔'] as const;

/** What one can do, always in sight. */
export function Bar() {
  const room = useRoom();
  const { actions, me } = room;
  const narrow = useNarrow();
  const endInMenu = useNarrow(TABLET);
  const [ending, setEnding] = useState(false);
  const isHost = me.value?.role === 'host';
  return (
    <footer class="bar">
      {/* biome-ignore lint/a11y/useSemanticElements: buttons that belong together, not the fields of a form. */}
      <div class="bar-controls" role="group" aria-label={names.controls}>
        <MicrophoneControl narrow={narrow} />
        <CameraControl narrow={narrow} />
        {!narrow && <ShareControl />}
        <PeopleControl />
        <ChatControl />
        {!narrow && <HandControl />}
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
          onConfirm={() => actions.endForAll()}
          onClose={() => setEnding(false)}
        />
      )}
    </footer>
  );
}

interface ButtonProps {
  name: string;
  label: string;
  onClick: () => void;
  children: ComponentChildren;
  /** For a control that is on or off. */
  pressed?: boolean;
  /** For a control that opens a panel. */
  expanded?: boolean;
  tone?: 'off' | 'active' | 'leave' | undefined;
  badge?: string | null;
  badgeCount?: number;
}

function BarButton(props: ButtonProps) {
  const id = useId();
  return (
    <button
      type="button"
      class={props.tone ? `bar-button bar-${props.tone}` : 'bar-button'}
      aria-label={props.name}
      aria-describedby={props.badge ? id : undefined}
      aria-pressed={props.pressed}
      aria-expanded={props.expanded}
      onClick={props.onClick}
    >
      {props.children}
      <span class="bar-label" aria-hidden="true">
        {props.label}
      </span>
      {props.badge && (
        // The number is drawn by the style sheet: the name of the control stays the same.
        <span class="bar-badge" data-count={props.badgeCount}>
          <span id={id} hidden>
            {props.badge}
          </span>
        </span>
      )}
    </button>
  );
}

function MicrophoneControl({ narrow }: { narrow: boolean }) {
  const { microphone, state, actions } = useRoom();
  const device = microphone.value;
  return (
    <div class={narrow ? 'bar-split bar-split-narrow' : 'bar-split'}>
      <BarButton
        name={names.microphone}
        label={text.bar.mic}
        pressed={device.on}
        tone={device.on ? undefined : 'off'}
        onClick={() => actions.setMicrophone(!device.on)}
      >
        {device.on ? <Mic size={22} /> : <MicOff size={22} />}
      </BarButton>
      {!narrow && (
        <Menu label={names.microphoneMenu} triggerClass="bar-arrow" trigger={<ChevronUp size={16} />}>
          <DeviceChoices
            title={names.microphone}
            device={device}
            onChoose={(id) => actions.chooseDevice('microphone', id)}
          />
          <SpeakerChoices
            speakers={state.value.devices.speakers}
            chosen={state.value.devices.speaker}
            onChoose={(id) => actions.chooseDevice('speaker', id)}
          />
        </Menu>
      )}
    </div>
  );
}

function CameraControl({ narrow }: { narrow: boolean }) {
  const { camera, actions } = useRoom();
  const device = camera.value;
  return (
    <div class={narrow ? 'bar-split bar-split-narrow' : 'bar-split'}>
      <BarButton
        name={names.camera}
        label={text.bar.camera}
        pressed={device.on}
        tone={device.on ? undefined : 'off'}
        onClick={() => actions.setCamera(!device.on)}
      >
        {device.on ? <Video size={22} /> : <VideoOff size={22} />}
      </BarButton>
      {!narrow && (
        <Menu label={names.cameraMenu} triggerClass="bar-arrow" trigger={<ChevronUp size={16} />}>
          <DeviceChoices
            title={names.camera}
            device={device}
            onChoose={(id) => actions.chooseDevice('camera', id)}
          />
        </Menu>
      )}
    </div>
  );
}

function DeviceChoices({
  title,
  device,
  onChoose,
}: {
  title: string;
  device: Device;
  onChoose: (id: string) => void;
}) {
  const chosen = device.chosen ?? device.choices[0]?.id;
  return (
    <MenuGroup title={title}>
      {device.choices.length === 0 && <p class="menu-empty">{text.bar.noChoice}</p>}
      {device.choices.map(({ id, label }) => (
        <MenuChoice key={id} kind="radio" checked={id === chosen} onSelect={() => onChoose(id)}>
          {label}
        </MenuChoice>
      ))}
    </MenuGroup>
  );
}

interface SpeakerProps {
  speakers: readonly Choice[];
  chosen: string | null;
  onChoose: (id: string) => void;
}

function SpeakerChoices({ speakers, chosen, onChoose }: SpeakerProps) {
  if (speakers.length === 0) return null;
  return (
    <MenuGroup title={text.bar.speakers}>
      {speakers.map(({ id, label }) => (
        <MenuChoice
          key={id}
          kind="radio"
          checked={id === (chosen ?? speakers[0]?.id)}
          onSelect={() => onChoose(id)}
        >
          {label}
        </MenuChoice>
      ))}
    </MenuGroup>
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
  const { me, actions } = useRoom();
  const up = me.value?.hand != null;
  return (
    <BarButton
      name={names.hand}
      label={text.bar.hand}
      pressed={up}
      tone={up ? 'active' : undefined}
      onClick={() => actions.setHand(!up)}
    >
      <Hand size={22} />
    </BarButton>
  );
}

function MoreMenu({ narrow, onEnd }: { narrow: boolean; onEnd: (() => void) | null }) {
  const { ui, actions } = useRoom();
  const { layout, selfView } = ui.value;
  return (
    <Menu
      label={names.more}
      triggerClass="bar-button"
      trigger={
        <>
          <Ellipsis size={22} />
          <span class="bar-label" aria-hidden="true">
            {text.bar.more}
          </span>
        </>
      }
    >
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset has no place in a menu. */}
      <div class="menu-reactions" role="group" aria-label={text.bar.reactions}>
        {REACTIONS.map((emoji) => (
          <button
            key={emoji}
            type="button"
            role="menuitem"
            tabIndex={-1}
            aria-label={text.bar.react(emoji)}
            onClick={() => actions.react(emoji)}
          >
            {emoji}
          </button>
        ))}
      </div>
      {narrow && <NarrowItems />}
      <MenuGroup title={text.bar.layout}>
        <MenuChoice
          kind="radio"
          checked={layout === 'tiles'}
          onSelect={() => actions.setInterface({ layout: 'tiles' })}
        >
          {text.bar.tiles}
        </MenuChoice>
        <MenuChoice
          kind="radio"
          checked={layout === 'speaker'}
          onSelect={() => actions.setInterface({ layout: 'speaker' })}
        >
          {text.bar.speaker}
        </MenuChoice>
      </MenuGroup>
      <MenuChoice
        kind="checkbox"
        checked={selfView}
        onSelect={() => actions.setInterface({ selfView: !selfView })}
      >
        {text.bar.selfView}
      </MenuChoice>
      <MenuItem icon={<Settings size={18} />} onSelect={() => actions.setInterface({ panel: 'settings' })}>
        {text.bar.settings}
      </MenuItem>
      <MenuItem icon={<CircleHelp size={18} />} onSelect={() => actions.setInterface({ help: true })}>
        {text.bar.help}
      </MenuItem>
      {onEnd && (
        <MenuItem danger icon={<PhoneOff size={18} />} onSelect={onEnd}>
          {names.endForAll}
        </MenuItem>
      )}
    </Menu>
  );
}

/** What a phone's bar has no room for. */
function NarrowItems() {
  const { sharing, state, me, actions } = useRoom();
  const up = me.value?.hand != null;
  return (
    <>
      <MenuItem icon={<Hand size={18} />} onSelect={() => actions.setHand(!up)}>
        {up ? text.bar.lowerHand : names.hand}
      </MenuItem>
      {state.value.devices.canShare && (
        <MenuItem icon={<MonitorUp size={18} />} onSelect={() => actions.setSharing(!sharing.value)}>
          {sharing.value ? text.bar.stopSharing : names.share}
        </MenuItem>
      )}
    </>
  );
}
