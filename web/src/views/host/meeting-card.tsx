import { useState } from 'preact/hooks';
import type { OpeningHours } from '../../generated/api';
import type { HostActions, HostMeeting, HostProblem } from '../../state/actions';
import { CalendarPlus, Ellipsis, KeyRound, Lock, Settings, Trash2 } from '../icons';
import { CopyButton } from '../parts/copy';
import { Confirm } from '../parts/dialog';
import { Menu, MenuItem } from '../parts/menu';
import { names, text } from '../text';
import { CalendarDialog } from './calendar';
import { EncryptInvitation } from './encrypt';
import { Invite } from './invite';
import { MeetingSettingsDialog } from './meeting-settings';

const words = text.host.home;

interface Props {
  meeting: HostMeeting;
  hours: OpeningHours | null;
  actions: HostActions;
  onProblem: (problem: HostProblem) => void;
}

export function MeetingCard({ meeting, hours, actions, onProblem }: Props) {
  const [open, setOpen] = useState<'invite' | 'calendar' | 'encrypt' | 'settings' | 'delete' | null>(null);
  const title = meeting.title || words.untitled;
  const hasNextTime = meeting.kept || !meeting.live;
  const close = () => setOpen(null);
  const remove = async () => {
    const outcome = await actions.deleteMeeting(meeting.id);
    if (!outcome.ok) onProblem(outcome.problem);
  };
  return (
    <li class="card" aria-label={title}>
      <div class="card-words">
        <h2>{title}</h2>
        <p class="card-facts">
          {meeting.live && <span class="live">{words.live}</span>}
          <span>{meeting.kept ? words.kept : words.once}</span>
          {meeting.password !== null && (
            <span>
              <Lock size={14} />
              {words.withPassword}
            </span>
          )}
          {meeting.settings.lobby && <span>{words.withLobby}</span>}
          {meeting.settings.strict && <span>{text.strict.label}</span>}
        </p>
      </div>
      <div class="card-actions">
        <CopyButton label={names.copyLink} value={meeting.link} quiet />
        <button type="button" class="button button-quiet" onClick={() => setOpen('invite')}>
          {words.invite}
        </button>
        <Menu
          trigger={<Ellipsis size={20} />}
          label={text.people.actionsFor(title)}
          triggerClass="icon-button card-more"
        >
          {meeting.kept && meeting.link !== '' && (
            <MenuItem icon={<CalendarPlus size={18} />} onSelect={() => setOpen('calendar')}>
              {text.host.calendar.open}
            </MenuItem>
          )}
          <MenuItem icon={<KeyRound size={18} />} onSelect={() => setOpen('encrypt')}>
            {text.host.encrypt.open}
          </MenuItem>
          {hasNextTime && (
            <MenuItem icon={<Settings size={18} />} onSelect={() => setOpen('settings')}>
              {text.host.settings.open}
            </MenuItem>
          )}
          <MenuItem danger icon={<Trash2 size={18} />} onSelect={() => setOpen('delete')}>
            {words.remove}
          </MenuItem>
        </Menu>
        <a class={meeting.live ? 'button button-primary' : 'button'} href={meeting.link}>
          {words.join}
        </a>
      </div>
      {open === 'invite' && <Invite meeting={meeting} actions={actions.invitations} onClose={close} />}
      {open === 'calendar' && <CalendarDialog meeting={meeting} hours={hours} onClose={close} />}
      {open === 'encrypt' && (
        <EncryptInvitation meeting={meeting} actions={actions.invitations} onClose={close} />
      )}
      {open === 'settings' && <MeetingSettingsDialog meeting={meeting} actions={actions} onClose={close} />}
      {open === 'delete' && (
        <Confirm
          title={words.removeTitle}
          lead={`${words.removeLead(title)}${meeting.live ? ` ${words.removeLive}` : ''}`}
          confirm={words.remove}
          onConfirm={remove}
          onClose={close}
        />
      )}
    </li>
  );
}
