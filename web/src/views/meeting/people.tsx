import { useState } from 'preact/hooks';
import type { Person } from '../../state/model';
import { lacksFloor, listens, moderates } from '../../state/roles';
import { Hand, MicOff, MonitorUp, QrCode as QrIcon, VideoOff, Volume2 } from '../icons';
import { Avatar } from '../parts/avatar';
import { CopyButton } from '../parts/copy';
import { Field } from '../parts/field';
import { QrCode } from '../parts/qr';
import { names, text } from '../text';
import { useRoom } from './context';
import { Lobby } from './lobby';
import { Moderation } from './moderation';
import { Panel } from './panel';
import { handPlace, nameOf, readable } from './person';
import { PersonMenu } from './person-menu';
import { RoleBadge } from './role-badge';
import { SignalBars } from './signal-bars';

const words = text.people;
/** With more people than this there is a search field. */
const FEW = 10;
/** Rows that are drawn at first, and with each wish for more: hundreds would make the page slow. */
const ROWS = 60;

export function PeoplePanel() {
  const { meeting, moderator } = useRoom();
  const [search, setSearch] = useState('');
  const [most, setMost] = useState(ROWS);
  const { people, knocks } = meeting.value;
  const found = inOrder(people).filter((person) => matches(person, search));
  return (
    <Panel title={`${words.title} (${people.length})`}>
      <div class="panel-scroll">
        {knocks.length > 0 && <Lobby />}
        <Invite />
        {people.length > FEW && <Field label={words.search} value={search} onInput={setSearch} />}
        {found.length === 0 && <p class="help">{words.none}</p>}
        <ul class="people">
          {found.slice(0, most).map((person) => (
            <PersonRow key={person.id} person={person} />
          ))}
        </ul>
        {found.length > most && (
          <button type="button" class="button" onClick={() => setMost(most + ROWS)}>
            {words.more(found.length - most)}
          </button>
        )}
        {moderator.value && <Moderation />}
      </div>
    </Panel>
  );
}

function PersonRow({ person }: { person: Person }) {
  const { meeting, moderator, actions } = useRoom();
  const place = handPlace(meeting.value.people, person);
  // That the audience is silent goes without saying.
  const silent = listens(person, meeting.value.settings);
  const asks = moderator.value && place !== null && lacksFloor(person, meeting.value.settings);
  return (
    <li class={person.connected ? 'person' : 'person person-away'}>
      <Avatar identity={person.identity} name={person.name} />
      <span class="person-words">
        <span class="person-name">{nameOf(person)}</span>
        <span class="person-facts">
          <RoleBadge person={person} />
          {!person.connected && <span>{text.room.away}</span>}
        </span>
      </span>
      <span class="person-marks">
        {place !== null && (
          <span class="person-hand">
            <Hand size={16} />
            <span aria-hidden="true">{place}</span>
            <span class="visually-hidden">{text.room.handUp(place)}</span>
          </span>
        )}
        {person.live.includes('screen') && (
          <>
            <MonitorUp size={16} />
            <span class="visually-hidden">{text.room.sharing}</span>
          </>
        )}
        {person.live.includes('screen_audio') && (
          <>
            <Volume2 size={16} />
            <span class="visually-hidden">{text.room.sharingSound}</span>
          </>
        )}
        {!silent && !person.live.includes('microphone') && (
          <>
            <MicOff size={16} />
            <span class="visually-hidden">{text.room.muted}</span>
          </>
        )}
        {!silent && !person.live.includes('camera') && (
          <>
            <VideoOff size={16} />
            <span class="visually-hidden">{text.room.cameraIsOff}</span>
          </>
        )}
        <SignalBars quality={person.quality} />
      </span>
      {!person.me && <PersonMenu person={person} />}
      {asks && (
        <button
          type="button"
          class="button button-small person-floor"
          aria-label={words.giveFloorTo(nameOf(person))}
          onClick={() => actions.moderation.giveFloor(person.id, true)}
        >
          {names.giveFloor}
        </button>
      )}
      {moderates(person.role) && !person.proven && <span class="person-warning">{text.unprovenHelp}</span>}
    </li>
  );
}

function Invite() {
  const { meeting } = useRoom();
  const [qr, setQr] = useState(false);
  const link = meeting.value.inviteLink;
  return (
    <section class="invite" aria-label={words.invite}>
      <div class="row">
        <CopyButton label={names.copyLink} value={link} />
        <button type="button" class="button" aria-expanded={qr} onClick={() => setQr(!qr)}>
          <QrIcon size={18} />
          {qr ? words.hideQr : words.qr}
        </button>
      </div>
      {qr && <QrCode value={link} label={text.host.invite.qr} />}
    </section>
  );
}

/** Raised hands first, in their order; then oneself; then who moderates or speaks; then by the order of joining. */
function inOrder(people: readonly Person[]): Person[] {
  const rank = ({ hand, me, role }: Person) => {
    if (hand !== null) return 0;
    if (me) return 1;
    return role === 'participant' ? 3 : 2;
  };
  return [...people].sort((a, b) => rank(a) - rank(b) || (a.hand ?? 0) - (b.hand ?? 0));
}

function matches(person: Person, search: string): boolean {
  return readable(person.name).toLocaleLowerCase().includes(search.trim().toLocaleLowerCase());
}
