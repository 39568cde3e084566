import { USUAL_SETTINGS } from '../src/generated/protocol';
// Made-up people in a made-up meeting.

import type { ChatLine, Meeting, Notice, NoticeText, Person } from '../src/state/model';

const NAMES = [
  'Marta Lindqvist',
  'Jonas Ferreira',
  'Amira Haddad',
  'Oluwaseun Adeyemi-Bartholomew-Fitzgerald',
  'Wei Chen',
  'Priya Raghunathan',
  'Tom',
  'Ingrid Sørensen',
  'Łukasz Wiśniewski',
  'Fatou Diop',
  'Hiroshi Tanaka',
  'Elena Popescu',
  'Samuel O’Connor',
  'Noor van Dijk',
  'Mateus Carvalho',
  'Yasmin Öztürk',
  'Greta Hofmann',
  'David Ben-Ami',
  'Lucía Fernández',
  'Ivan Petrov',
  'Aisha Mohammed',
  'Bence Nagy',
  'Chloé Dubois',
  'Kwame Mensah',
  'Sofia Rossi',
];

export function person(index: number, change: Partial<Person> = {}): Person {
  return {
    id: index + 1,
    identity: `identity-of-${index * 7}`,
    name: NAMES[index % NAMES.length] ?? null,
    role: index === 0 ? 'host' : 'participant',
    proven: true,
    live: index % 4 === 3 ? ['microphone'] : ['microphone', 'camera'],
    hand: null,
    quality: 'good',
    connected: true,
    me: index === 0,
    speaking: index === 1,
    ...change,
  };
}

export function people(count: number, changes: Record<number, Partial<Person>> = {}): Person[] {
  return Array.from({ length: count }, (_, index) => person(index, changes[index]));
}

export function meeting(change: Partial<Meeting> = {}): Meeting {
  return {
    me: 1,
    title: 'Thursday circle',
    settings: USUAL_SETTINGS,
    people: people(5),
    knocks: [],
    chat: [],
    unreadChat: 0,
    reactions: [],
    speakers: [2],
    inviteLink: 'https://rooms.example.org/m/k4v7nq2wz6t3hb5c#m3Yt0cXo9nQe1R5kP8sVwA.b7LhT2fUo4JzGx6DqCqI0w',
    security: { code: '48213 90577 16402 77351 02896', hidden: 0, outside: 0 },
    notices: [],
    ...change,
  };
}

export function notices(...texts: NoticeText[]): Notice[] {
  return texts.map((text, key) => ({
    key,
    text,
    urgent:
      text.kind === 'knock' ||
      (text.kind === 'moderated' && ['asked_to_unmute', 'floor_given'].includes(text.what)),
  }));
}

export function chat(): ChatLine[] {
  const at = Date.UTC(2026, 10, 21, 18, 4);
  const line = (key: number, from: number, text: string, change: Partial<ChatLine> = {}): ChatLine => ({
    key,
    from,
    name: NAMES[from - 1] ?? null,
    text,
    privatelyTo: null,
    mine: from === 1,
    at: at + key * 65_000,
    ...change,
  });
  return [
    line(1, 2, 'Good evening, everybody.'),
    line(2, 1, 'Welcome! We begin in two minutes, when Amira is here.'),
    line(
      3,
      4,
      'I have put the notes of last week here: https://notes.example.org/a-very-long-address/that-does-not-break/2026-11-14-thursday-circle',
    ),
    line(4, 3, 'May I go first today? I have to leave at half past seven.', { privatelyTo: 'Marta' }),
    line(5, 1, 'Of course.', { privatelyTo: 'Amira Haddad' }),
    line(6, 5, 'Thank you all.\nSee you next week!'),
  ];
}
