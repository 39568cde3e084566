import { useEffect } from 'preact/hooks';
import type { Notice, NoticeText } from '../../state/model';
import { lacksFloor } from '../../state/roles';
import { closingText } from '../hours';
import { X } from '../icons';
import { names, text } from '../text';
import { type Room, useRoom } from './context';
import { deviceWords } from './device-help';
import { readable } from './person';
import { useSmall } from './use-narrow';

const words = text.notice;
/** Long enough to be read twice. */
const SHOWN_MS = 7000;
/** More would hide the meeting. */
const MOST = { large: 4, small: 2 };

/** Messages that come and go. */
export function Notices() {
  const { meeting } = useRoom();
  const most = useSmall() ? MOST.small : MOST.large;
  return (
    <section class="notices" aria-label={words.region} aria-live="polite">
      {choose(meeting.value.notices, most).map((notice) => (
        <NoticeCard key={notice.key} notice={notice} />
      ))}
    </section>
  );
}

/** The latest; those that ask for something stay longest. */
function choose(notices: readonly Notice[], most: number): readonly Notice[] {
  const urgent = notices.filter((notice) => notice.urgent).slice(-most);
  const latest = notices.filter((notice) => !notice.urgent).slice(-most);
  const room = most - urgent.length;
  const kept = [...urgent, ...(room > 0 ? latest.slice(-room) : [])];
  return notices.filter((notice) => kept.includes(notice));
}

function NoticeCard({ notice }: { notice: Notice }) {
  const room = useRoom();
  const { actions } = room;
  const { key, urgent } = notice;
  const settled = isSettled(notice.text, room);
  useEffect(() => {
    if (settled) return actions.dismiss(key);
    if (urgent) return;
    const timer = setTimeout(() => actions.dismiss(key), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [actions, key, urgent, settled]);
  return (
    <div class={urgent ? 'notice notice-urgent' : 'notice'}>
      <p>{wordsFor(notice.text)}</p>
      <Answer notice={notice} />
      <button type="button" class="icon-button" aria-label={names.close} onClick={() => actions.dismiss(key)}>
        <X size={18} />
      </button>
    </div>
  );
}

/** Whether what the notice asks for was done, here or elsewhere. */
function isSettled(said: NoticeText, { microphone, meeting, me }: Room): boolean {
  if (said.kind === 'knock') return meeting.value.knocks.length === 0;
  if (said.kind === 'hand') {
    return !meeting.value.people.some(({ id, hand }) => id === said.who && hand !== null);
  }
  if (said.kind !== 'moderated') return false;
  if (said.what === 'floor_given') return microphone.value.on || me.value?.role === 'participant';
  return said.what === 'asked_to_unmute' && microphone.value.on;
}

/** The act that a notice asks for. */
function Answer({ notice: { key, text: said } }: { notice: Notice }) {
  const { actions, meeting, moderator } = useRoom();
  const button = (label: string, act: () => void) => (
    <button
      type="button"
      class="button button-small button-primary"
      onClick={() => {
        act();
        actions.dismiss(key);
      }}
    >
      {label}
    </button>
  );
  if (said.kind === 'moderated' && (said.what === 'asked_to_unmute' || said.what === 'floor_given')) {
    return button(names.unmute, () => void actions.setMicrophone(true));
  }
  if (said.kind === 'stale_link' && said.host) {
    return button(text.people.newLink, () => void actions.moderation.newLink());
  }
  if (said.kind === 'hand' && moderator.value) {
    const person = meeting.value.people.find(({ id }) => id === said.who);
    if (!person || !lacksFloor(person, meeting.value.settings)) return null;
    return button(names.giveFloor, () => actions.moderation.giveFloor(person.id, true));
  }
  if (said.kind === 'knock') return button(words.see, () => actions.setInterface({ panel: 'people' }));
  return null;
}

function wordsFor(said: NoticeText): string {
  switch (said.kind) {
    case 'joined':
      return words.joined(readable(said.name));
    case 'left':
      return words.left(readable(said.name));
    case 'removed':
      return words.removed(readable(said.name));
    case 'moderated':
      return words.moderated[said.what](readable(said.by));
    case 'hand':
      return words.hand(readable(said.name));
    case 'knock':
      return words.knock(readable(said.name));
    case 'screen':
      return words.screen(readable(said.name), said.on);
    case 'denied':
      return text.denial[said.reason];
    case 'new_link':
      return words.newLink;
    case 'stale_link':
      return said.host ? words.staleLinkHost : words.staleLink;
    case 'link_not_kept':
      return said.trying ? words.linkNotKeptYet : words.linkNotKept;
    case 'link_kept':
      return words.linkKept;
    case 'role':
      return words.role[said.role];
    case 'device': {
      const { title, next } = deviceWords(said.device, said.problem);
      return `${title}. ${next}`;
    }
    case 'closing':
      return closingText(said, Date.now());
    case 'reconnected':
      return words.reconnected;
    case 'not_said':
      return words.notSaid;
    case 'outside_group':
      return words.outsideGroup;
    case 'change_refused':
      return words.changeRefused(readable(said.name));
    case 'media_encryption':
      return said.broken ? words.mediaBroken : words.mediaTampered;
  }
}
