import { beforeEach, expect, test } from 'vitest';
import type { Knock } from '../generated/protocol';
import { Door } from './door';

let history: string[];
let door: Door;

beforeEach(() => {
  history = [];
  door = new Door({
    name: ({ name }: Knock) => Promise.resolve(name),
    ask: (act) => history.push(`ask ${act.act}`),
    tell: (content) => {
      const who = content.type === 'admitted' ? content.identities.join(' ') : '';
      history.push(`tell ${content.type} ${who}`);
      return Promise.resolve(true);
    },
    admitted: (identity) => history.push(`let in ${identity}`),
  });
});

const KNOCKS: Knock[] = [
  { id: 7, identity: 'ada', name: 'Ada' },
  { id: 8, identity: 'bob', name: null },
];

test('S2 whom a moderator lets in is told to the group before the server is asked', async () => {
  await door.knocked(KNOCKS);
  await door.admit('ada');
  expect(history).toEqual(['let in ada', 'tell admitted ada', 'ask admit']);
});

test('S2 all at once are those whom the moderator saw', async () => {
  await door.knocked(KNOCKS);
  door.letInByServer([{ id: 9, identity: 'carl' }]);
  await door.admitAll();
  expect(history).toEqual(['let in ada', 'let in bob', 'tell admitted ada bob', 'ask admit_all']);
});

test('S2 whom the server let in is shown as such, under the name of their knock, and let in by this page alone', async () => {
  await door.knocked(KNOCKS);
  await door.knocked([]);
  door.letInByServer([
    { id: 7, identity: 'ada' },
    { id: 9, identity: 'carl' },
  ]);
  expect(door.waiting).toEqual([
    { id: 7, identity: 'ada', name: 'Ada', unexpected: true },
    { id: 9, identity: 'carl', name: null, unexpected: true },
  ]);
  await door.admit('ada');
  expect(history).toEqual(['let in ada', 'tell admitted ada']);
});

test('who is turned away goes, or waits at the door again', async () => {
  await door.knocked(KNOCKS);
  door.letInByServer([{ id: 9, identity: 'carl' }]);
  door.deny('ada');
  door.deny('carl');
  expect(history).toEqual(['ask deny', 'ask send_to_lobby']);
});

test('S2 one Admit lets in one person, whatever numbers the server gives', async () => {
  await door.knocked([...KNOCKS, { id: 7, identity: 'mallory', name: 'Ada' }]);
  door.letInByServer([{ id: 8, identity: 'oscar' }]);
  expect(door.waiting.map(({ identity }) => identity)).toEqual(['ada', 'bob']);
  await door.admit('ada');
  await door.admit('mallory');
  expect(history).toEqual(['let in ada', 'tell admitted ada', 'ask admit']);
});
