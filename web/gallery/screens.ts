// Every screen, by name. `press` names the controls that are pressed, or written into, in turn, to get there.

import type { AuditedMachine } from '../src/generated/api';
import type { HostMeeting, HostState, PasskeyObstacle, PasskeySettings } from '../src/state/actions';
import type { AppState, Devices, Interface, Link, Meeting, Phase } from '../src/state/model';
import { audience } from '../src/state/roles';
import { chat, meeting, notices, people } from './people';

export interface Writing {
  field: string;
  text: string;
}

export type Screen = { press?: readonly (string | Writing)[] } & (
  | { kind: 'host'; state: HostState; obstacle: PasskeyObstacle | null }
  | { kind: 'meeting'; state: AppState }
);

const DEVICES: Devices = {
  microphone: {
    choices: [
      { id: 'a', label: 'Built-in microphone' },
      { id: 'b', label: 'Conference headset with a rather long name (0b0e:2456), Bluetooth hands-free' },
    ],
    chosen: 'a',
    on: true,
    problem: null,
  },
  camera: { choices: [{ id: 'c', label: 'FaceTime HD camera' }], chosen: 'c', on: true, problem: null },
  speakers: [
    { id: 'd', label: 'Built-in speakers' },
    { id: 'e', label: 'Headset' },
  ],
  speaker: 'd',
  sharing: false,
  canShare: true,
  level: 0.42,
};

const UI: Interface = { panel: null, layout: 'tiles', pinned: null, selfView: true, help: false };

function app(phase: Phase, change: Partial<AppState> = {}): Screen {
  return {
    kind: 'meeting',
    state: {
      meetingId: 'k4v7nq2wz6t3hb5c',
      name: 'Marta Lindqvist',
      phase,
      devices: DEVICES,
      ui: UI,
      holdsHostKey: true,
      ...change,
    },
  };
}

interface RoomWish extends Partial<Meeting> {
  ui?: Partial<Interface>;
  link?: Link;
  devices?: Partial<Devices>;
  press?: readonly string[];
}

function room({ ui, link = { kind: 'up' }, devices, press = [], ...change }: RoomWish): Screen {
  const screen = app(
    { kind: 'inside', link, meeting: meeting(change) },
    { ui: { ...UI, ...ui }, devices: { ...DEVICES, ...devices } },
  );
  return { ...screen, press };
}

function host(
  state: HostState,
  press: readonly (string | Writing)[] = [],
  obstacle: PasskeyObstacle | null = null,
): Screen {
  return { kind: 'host', state, press, obstacle };
}

const KEPT: HostMeeting = {
  id: 'k4v7nq2wz6t3hb5c',
  title: 'Thursday circle',
  link: meeting().inviteLink,
  password: 'kavo-milu-tenu-rafo',
  kept: true,
  live: true,
  settings: { ...meeting().settings, lobby: true },
};
const HOME: HostState = {
  kind: 'home',
  name: 'Marta Lindqvist',
  problem: null,
  certificate: null,
  machine: null,
  hours: null,
  meetings: [
    KEPT,
    { ...KEPT, id: 'b', title: '', password: null, kept: false, live: false, settings: meeting().settings },
    {
      ...KEPT,
      id: 'c',
      title:
        'Parents’ evening of the second year, with the headmistress and the representatives of all classes',
      password: null,
      live: false,
      settings: meeting().settings,
    },
  ],
};

/** Two days ago. */
const looked = (found: Partial<AuditedMachine>): AuditedMachine => ({
  looked: Date.now() / 1000 - 2 * 24 * 3600,
  holds: 0,
  all: 153,
  short: 0,
  worse: 0,
  ...found,
});

export const PASSKEY_LISTS: Record<string, PasskeySettings> = {
  none: { asksBoth: false, passkeys: [] },
  some: {
    asksBoth: true,
    passkeys: [
      { id: 'a', name: 'My telephone', opens: true },
      { id: 'b', name: 'The small black security key that is in the drawer of the secretary', opens: false },
      { id: 'c', name: '', opens: true },
    ],
  },
  full: {
    asksBoth: false,
    passkeys: Array.from({ length: 10 }, (_, at) => ({
      id: `${at}`,
      name: `Passkey ${at + 1}`,
      opens: true,
    })),
  },
};
const PASSKEYS = ['Account · Marta Lindqvist', 'Passkeys'];
const passkeys = (list: string) => [...PASSKEYS, { field: 'Password', text: list }, 'Continue'];

const CALENDAR = ['Actions for Thursday circle', 'Put it into a calendar…'];
const ENCRYPT = ['Actions for Thursday circle', 'Encrypt an invitation…'];

const prejoin = (change: Partial<Phase & { kind: 'prejoin' }> = {}): Phase => ({
  kind: 'prejoin',
  needsPassword: false,
  problem: null,
  ...change,
});

const ASKED = notices(
  { kind: 'joined', name: 'Wei Chen' },
  { kind: 'device', device: 'camera', problem: 'busy' },
  { kind: 'knock', name: 'Fatou Diop' },
  { kind: 'moderated', by: 'Marta Lindqvist', what: 'asked_to_unmute' },
);

const TROUBLED = notices(
  { kind: 'outside_group' },
  { kind: 'change_refused', name: 'Wei Chen' },
  { kind: 'media_encryption', broken: false },
);

const BUSY_PEOPLE = people(5, {
  1: { role: 'co_host', quality: 'fair', hand: 4 },
  2: { hand: 2, live: ['camera'] },
  3: { role: 'co_host', proven: false, quality: 'poor', live: [] },
  4: { connected: false },
});

/** A usual evening, with two people who wait. */
const LOBBY: RoomWish = {
  people: people(4, { 3: { name: 'Wei Chen' } }),
  settings: { ...meeting().settings, lobby: true },
  knocks: [
    { id: 40, identity: 'person 40', name: 'Fatou Diop', unexpected: false },
    { id: 41, identity: 'person 41', name: 'Hiroshi Tanaka', unexpected: false },
  ],
  ui: { panel: 'people' },
};

const AUDIENCE = { ...meeting().settings, ...audience(true) };

/** Speakers, and far more people who listen. `me`: by place. */
function hall(me: number): Partial<Meeting> {
  const all = people(143, {
    1: { role: 'co_host' },
    2: { role: 'speaker' },
    3: { role: 'speaker' },
    7: { hand: 1 },
    9: { hand: 2 },
  });
  const seated = all.map((person, index) => ({
    ...person,
    me: index === me,
    live: index < 4 ? person.live : [],
    speaking: index === 2,
  }));
  return { me: me + 1, people: seated, settings: AUDIENCE, speakers: [3] };
}

const refusedDevice = { choices: [], chosen: null, on: false, problem: 'refused' as const };

export const SCREENS: Record<string, Screen> = {
  'host-loading': host({ kind: 'loading' }),
  'host-sign-in': host({ kind: 'signed_out', problem: null }),
  'host-sign-in-wrong': host({ kind: 'signed_out', problem: 'wrong_password' }),
  'host-sign-in-passkey': host({ kind: 'signed_out', problem: 'passkey_unused' }),
  'host-sign-in-number': host({ kind: 'signed_out', problem: null }, [], 'address'),
  'host-enrol-first': host({ kind: 'enrolling', name: null, reset: false, problem: null }),
  'host-enrol-named': host({ kind: 'enrolling', name: 'Jonas', reset: false, problem: 'unreachable' }),
  'host-reset': host({ kind: 'enrolling', name: 'Jonas', reset: true, problem: null }),
  'host-spent': host({ kind: 'spent_address' }),
  'host-home': host(HOME),
  'host-home-empty': host({
    kind: 'home',
    name: 'Marta',
    meetings: [],
    certificate: null,
    machine: null,
    hours: null,
    problem: null,
  }),
  'host-home-certificate': host({
    ...HOME,
    certificate: { ends: Date.UTC(2026, 11, 3, 13, 5) / 1000, ordered: true },
  }),
  'host-home-machine': host({ ...HOME, machine: looked({ holds: 153 }) }),
  'host-home-machine-short': host({ ...HOME, machine: looked({ holds: 151, short: 2 }) }),
  'host-home-machine-worse': host({ ...HOME, machine: looked({ holds: 150, short: 3, worse: 2 }) }),
  'host-home-protects': host({ ...HOME, problem: 'unreachable' }, ['What this meeting protects']),
  'host-account': host(HOME, ['Account · Marta Lindqvist']),
  'host-password': host(HOME, ['Account · Marta Lindqvist', 'Change password']),
  'host-passkeys': host(HOME, PASSKEYS),
  'host-passkeys-wrong': host(HOME, passkeys('wrong')),
  'host-passkeys-none': host(HOME, passkeys('none')),
  'host-passkeys-some': host(HOME, passkeys('some')),
  'host-passkeys-full': host(HOME, passkeys('full')),
  'host-passkeys-added': host(HOME, [...passkeys('none'), 'Add a passkey']),
  'host-passkeys-beside': host(HOME, [
    ...passkeys('none'),
    { field: 'Name of the new passkey', text: 'Old security key' },
    'Add a passkey',
  ]),
  'host-passkeys-remove': host(HOME, [...passkeys('some'), 'Remove My telephone']),
  'host-passkeys-number': host(HOME, passkeys('none'), 'address'),
  'host-new': host(HOME, ['New meeting']),
  'host-new-password': host(HOME, ['New meeting', 'Ask for a password']),
  'host-invite': host(HOME, ['Invite', 'Show QR code']),
  'host-calendar': host(HOME, CALENDAR),
  'host-calendar-fault': host(HOME, [
    ...CALENDAR,
    { field: 'Day', text: '2026-01-01' },
    { field: 'Start', text: '' },
    'Repeat every week',
    'Put the link into the entry',
    'Save the file',
  ]),
  'host-calendar-saved': host(HOME, [
    ...CALENDAR,
    { field: 'Title in the calendar', text: 'Circle' },
    'Put the link into the entry',
    'Save the file',
  ]),
  'host-encrypt': host(HOME, ENCRYPT),
  'host-encrypt-one': host(HOME, [...ENCRYPT, { field: 'Public key', text: 'one' }]),
  'host-encrypt-several': host(HOME, [
    ...ENCRYPT,
    { field: 'Public key', text: 'several' },
    { field: 'When · optional', text: 'Thursday, 26 November, 19:00' },
    'Read what will be encrypted',
  ]),
  'host-encrypt-secret': host(HOME, [...ENCRYPT, { field: 'Public key', text: 'secret' }]),
  'host-encrypt-expired': host(HOME, [...ENCRYPT, { field: 'Public key', text: 'expired' }]),
  'host-encrypt-age': host(HOME, [...ENCRYPT, { field: 'Public key', text: 'age' }]),
  'host-encrypted': host(HOME, [...ENCRYPT, { field: 'Public key', text: 'one' }, 'Encrypt', 'Your own key']),
  'host-encrypted-age': host(HOME, [...ENCRYPT, { field: 'Public key', text: 'age' }, 'Encrypt']),
  'host-settings': host(HOME, ['Actions for Thursday circle', 'Settings']),
  'host-menu': host(HOME, ['Actions for Thursday circle']),
  'host-delete': host(HOME, ['Actions for Thursday circle', 'Delete']),

  prejoin: app(prejoin()),
  'prejoin-password': app(
    prejoin({ needsPassword: true, problem: { kind: 'refused', reason: 'not_admitted' } }),
  ),
  'prejoin-refused': app(prejoin(), {
    name: '',
    devices: { ...DEVICES, microphone: refusedDevice, camera: refusedDevice, speakers: [], level: 0 },
  }),
  'prejoin-bad-link': app(prejoin({ problem: { kind: 'bad_link' } })),
  'prejoin-unsupported': app(prejoin({ problem: { kind: 'unsupported', missing: 'webrtc' } })),
  joining: app({ kind: 'joining' }),
  'waiting-host': app({ kind: 'waiting', until: 'host' }),
  'waiting-lobby': app({ kind: 'waiting', until: 'admission' }),
  'over-left': app({ kind: 'over', how: { kind: 'left' } }),
  'over-removed': app({ kind: 'over', how: { kind: 'refused', reason: 'removed' } }),
  'over-replaced': app({ kind: 'over', how: { kind: 'refused', reason: 'replaced' } }),
  'over-unreachable': app({ kind: 'over', how: { kind: 'unreachable' } }),

  'room-1': room({ people: people(1), speakers: [] }),
  'room-2': room({ people: people(2) }),
  'room-3': room({ people: people(3) }),
  'room-5': room({ people: BUSY_PEOPLE, reactions: [{ key: 1, from: 2, emoji: '👏' }] }),
  'room-9': room({
    people: people(9),
    unreadChat: 3,
    knocks: [{ id: 40, identity: 'person 40', name: 'Fatou Diop', unexpected: false }],
  }),
  'room-25': room({ people: people(25) }),
  'room-speaker': room({ people: people(9), ui: { layout: 'speaker' } }),
  'room-screen': room({
    people: people(12, { 2: { live: ['microphone', 'camera', 'screen', 'screen_audio'] } }),
  }),
  'room-sharing': room({ people: people(3), devices: { sharing: true } }),
  'room-notices': room({
    notices: ASKED,
    knocks: [{ id: 40, identity: 'person 40', name: 'Fatou Diop', unexpected: false }],
    devices: { microphone: { ...DEVICES.microphone, on: false } },
  }),
  'room-troubled': room({ notices: TROUBLED }),
  'room-reconnecting': room({ link: { kind: 'reconnecting', attempt: 3 } }),
  'room-people': room({
    people: BUSY_PEOPLE,
    knocks: [
      { id: 40, identity: 'person 40', name: 'Fatou Diop', unexpected: false },
      { id: 41, identity: 'person 41', name: 'Somebody with quite a long name indeed', unexpected: false },
      { id: 42, identity: 'person 42', name: null, unexpected: true },
    ],
    ui: { panel: 'people' },
  }),
  'room-lobby': room(LOBBY),
  'room-people-menu': room({ ...LOBBY, knocks: [], press: ['Actions for Amira Haddad'] }),
  'room-people-screen': room({
    people: people(4, { 2: { live: ['microphone', 'camera', 'screen', 'screen_audio'] } }),
    ui: { panel: 'people' },
  }),
  'room-audience-host': room({
    ...hall(0),
    notices: notices({ kind: 'hand', who: 8, name: 'Ingrid Sørensen' }),
  }),
  'room-audience-people': room({ ...hall(0), ui: { panel: 'people' } }),
  'room-audience-menu': room({ ...hall(0), ui: { panel: 'people' }, press: ['Actions for Amira Haddad'] }),
  'room-audience-listening': room(hall(20)),
  'room-audience-asking': room(hall(7)),
  'room-audience-floor': room({
    ...hall(2),
    notices: notices({ kind: 'moderated', by: 'Marta Lindqvist', what: 'floor_given' }),
    devices: { microphone: { ...DEVICES.microphone, on: false } },
  }),
  'room-audience-alone': room({ ...hall(0), people: people(40).map((person) => ({ ...person, live: [] })) }),
  'room-audience-nobody': room({
    ...hall(20),
    people: people(40).map((person, index) => ({
      ...person,
      role: 'participant' as const,
      live: [],
      me: index === 20,
    })),
  }),
  'room-audience-full': room({
    notices: notices(
      { kind: 'denied', reason: 'too_many_sounds' },
      { kind: 'denied', reason: 'switched_off' },
    ),
  }),
  'room-people-25': room({ people: people(25), ui: { panel: 'people' } }),
  'room-person-menu': room({
    people: BUSY_PEOPLE,
    ui: { panel: 'people' },
    press: ['Actions for Jonas Ferreira'],
  }),
  'room-remove': room({
    people: BUSY_PEOPLE,
    ui: { panel: 'people' },
    press: ['Actions for Jonas Ferreira', 'Remove…'],
  }),
  'room-chat': room({ chat: chat(), ui: { panel: 'chat' } }),
  'room-chat-empty': room({ ui: { panel: 'chat' } }),
  'room-settings': room({ ui: { panel: 'settings' } }),
  'room-more': room({ press: ['More'] }),
  'room-microphone-menu': room({ press: ['Choose microphone and speaker'] }),
  'room-help': room({ ui: { help: true } }),
  'room-end': room({ press: ['End for all'] }),
  'room-security': room({ press: ['End-to-end encrypted'] }),
  'room-security-strict': room({
    settings: { ...meeting().settings, strict: true },
    press: ['End-to-end encrypted'],
  }),
  'room-security-coming': room({ security: { code: null, hidden: 0, outside: 0 } }),
  'room-security-alarm': room({
    security: { code: '48213 90577 16402 77351 02896', hidden: 1, outside: 2 },
    press: ['Check who is here'],
  }),
};
