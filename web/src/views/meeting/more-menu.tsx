import { CircleHelp, Ellipsis, Hand, MonitorUp, PhoneOff, Settings } from '../icons';
import { Menu, MenuChoice, MenuGroup, MenuItem } from '../parts/menu';
import { names, text } from '../text';
import { useRoom } from './context';

/** Short signs that go to everybody. */
const REACTIONS = ['👍', '👏', '❤️', '😂', '😮', '🤔'] as const;

/** What is needed less often, and on a phone what its bar has no room for. */
export function MoreMenu({ narrow, onEnd }: { narrow: boolean; onEnd: (() => void) | null }) {
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
  const { sharing, state, me, actions, listening } = useRoom();
  const up = me.value?.hand != null;
  // The hand has a place of its own in the bar then, and the rest is for speakers.
  if (listening.value) return null;
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
