import { useState } from 'preact/hooks';
import type { Person } from '../../state/model';
import { lacksFloor, listens, moderates } from '../../state/roles';
import { EllipsisVertical } from '../icons';
import { Confirm } from '../parts/dialog';
import { Menu, MenuItem } from '../parts/menu';
import { names, text } from '../text';
import { privateTo } from './chat';
import { type Room, useRoom } from './context';
import { readable } from './person';

const words = text.people;

/** What one may do about a person. The server decides; what it would refuse is not offered. */
export function PersonMenu({ person }: { person: Person }) {
  const room = useRoom();
  const { actions, ui, meeting, moderator } = room;
  const [removing, setRemoving] = useState(false);
  const name = readable(person.name);
  const { pinned } = ui.value;
  const isPinned = pinned?.participant === person.id && pinned.source === 'camera';
  const mayChat = moderator.value || meeting.value.settings.chat;
  return (
    <>
      <Menu
        label={words.actionsFor(name)}
        triggerClass="icon-button"
        trigger={<EllipsisVertical size={20} />}
      >
        {!listens(person, meeting.value.settings) && (
          <MenuItem
            onSelect={() =>
              actions.setInterface({ pinned: isPinned ? null : { participant: person.id, source: 'camera' } })
            }
          >
            {isPinned ? text.room.unpin : text.room.pin}
          </MenuItem>
        )}
        {mayChat && (
          <MenuItem
            onSelect={() => {
              privateTo.value = person.id;
              actions.setInterface({ panel: 'chat' });
            }}
          >
            {words.message}
          </MenuItem>
        )}
        {mayModerate(room, person) && <ModeratorItems person={person} onRemove={() => setRemoving(true)} />}
      </Menu>
      {removing && (
        <Confirm
          title={words.removeTitle(name)}
          lead={words.removeLead(name)}
          confirm={words.remove}
          onConfirm={() => void actions.moderation.remove(person.id)}
          onClose={() => setRemoving(false)}
        />
      )}
    </>
  );
}

/** Nobody moderates the host, and a co-host no other co-host. */
function mayModerate({ me }: Room, person: Person): boolean {
  switch (me.value?.role) {
    case 'host':
      return person.role !== 'host';
    case 'co_host':
      return !moderates(person.role);
    default:
      return false;
  }
}

function ModeratorItems({ person, onRemove }: { person: Person; onRemove: () => void }) {
  const { actions, me, meeting, state } = useRoom();
  const { moderation } = actions;
  const { id, live, role } = person;
  // A role is a signature by the host key, which only some of the host's devices may hold.
  const givesRoles = me.value?.role === 'host' && state.value.holdsHostKey;
  const has = (source: Person['live'][number]) => live.includes(source);
  return (
    <>
      <hr />
      {has('microphone') ? (
        <MenuItem onSelect={() => moderation.mute(id)}>{words.mute}</MenuItem>
      ) : (
        <MenuItem onSelect={() => moderation.askToUnmute(id)}>{words.askToUnmute}</MenuItem>
      )}
      {has('camera') && <MenuItem onSelect={() => moderation.stopVideo(id)}>{words.stopVideo}</MenuItem>}
      {has('screen') && <MenuItem onSelect={() => moderation.stopScreen(id)}>{words.stopScreen}</MenuItem>}
      {lacksFloor(person, meeting.value.settings) && (
        <MenuItem onSelect={() => moderation.giveFloor(id, true)}>{names.giveFloor}</MenuItem>
      )}
      {role === 'speaker' && (
        <MenuItem onSelect={() => moderation.giveFloor(id, false)}>{names.takeFloor}</MenuItem>
      )}
      {person.hand !== null && (
        <MenuItem onSelect={() => moderation.lowerHand(id)}>{words.lowerHand}</MenuItem>
      )}
      {givesRoles && (
        <MenuItem
          onSelect={() => void moderation.setRole(id, role === 'co_host' ? 'participant' : 'co_host')}
        >
          {role === 'co_host' ? words.makeParticipant : words.makeCoHost}
        </MenuItem>
      )}
      <hr />
      <MenuItem onSelect={() => void moderation.sendToLobby(id)}>{words.sendToLobby}</MenuItem>
      <MenuItem danger onSelect={onRemove}>
        {words.remove}…
      </MenuItem>
    </>
  );
}
