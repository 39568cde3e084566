import { beforeEach, expect, test, vi } from 'vitest';
import { hostKeysFromSeed } from '../crypto/account';
import { generateSigningKey, verify } from '../crypto/ed25519';
import { heldText, signHeld } from '../crypto/grant';
import {
  type HeldContent,
  type HeldState,
  type MeetingSettings,
  type Participant,
  type Role,
  USUAL_SETTINGS,
} from '../generated/protocol';
import { FakeClock } from './connection.testkit';
import { Holding, RENEW_MS } from './holding';
import type { OwnMeeting } from './own-meeting';
import type { Reply } from './signalling';

const MEETING = 'abcdefghijklmnop';

let host: OwnMeeting;
let clock: FakeClock;
let given: HeldState[];
let reply: Reply;
let settings: MeetingSettings | null;
let holding: Holding;

beforeEach(async () => {
  host = {
    meeting: MEETING,
    keys: await hostKeysFromSeed(new Uint8Array(32).fill(7)),
    note: null,
    kept: false,
  };
  clock = new FakeClock();
  given = [];
  reply = { kind: 'done' };
  settings = USUAL_SETTINGS;
  holding = new Holding(clock, (held) => {
    given.push(held);
    return Promise.resolve(reply);
  });
});

/** Signing is not over when the clock has turned. Without `expected`, what should not come has a moment to come. */
async function turn(ms: number, expected = 0): Promise<void> {
  await clock.turn(ms);
  if (expected > 0) await vi.waitUntil(() => given.length === expected, { timeout: 30_000 });
  await new Promise((resolve) => setTimeout(resolve, 20));
}

function plan(): void {
  holding.plan(host, () => settings && { meeting: MEETING, settings, people: [] });
}

function contents(): HeldContent[] {
  return given.map(({ text }) => JSON.parse(text) as HeldContent);
}

test('a state is given once for a burst of changes, and again only when it says something else (B6)', async () => {
  plan();
  plan();
  await turn(1000, 1);
  plan();
  await turn(1000);
  expect(given).toHaveLength(1);
  settings = { ...USUAL_SETTINGS, locked: true };
  plan();
  await turn(1000, 2);
  expect(contents().map(({ sequence }) => sequence)).toEqual([1, 2]);
  const [first] = given;
  expect(first && (await verify(host.keys.signing.publicKey, first.signature, heldText(first.text)))).toBe(
    true,
  );
});

test('the present state is signed anew every five minutes while inside, for the server takes young ones only', async () => {
  expect(RENEW_MS).toBe(300_000);
  plan();
  await turn(1000, 1);
  await turn(RENEW_MS - 1);
  expect(given).toHaveLength(1);
  await turn(1, 2);
  await turn(RENEW_MS, 3);
  expect(contents().map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
  holding.leave();
  await turn(3 * RENEW_MS);
  expect(given).toHaveLength(3);
});

test('a state that the server did not take is not counted, and tried again', async () => {
  reply = { kind: 'lost' };
  plan();
  await turn(1000, 1);
  expect(holding.newest).toBeNull();
  reply = { kind: 'done' };
  await turn(RENEW_MS, 2);
  expect(contents().map(({ sequence }) => sequence)).toEqual([1, 1]);
  expect(holding.newest).toEqual(given[1]);
});

test('nothing is made when there is no meeting any more', async () => {
  settings = null;
  plan();
  await turn(1000 + 2 * RENEW_MS);
  expect(given).toEqual([]);
});

test('in a large meeting comings wait for one another, and the floor for nobody', async () => {
  const record = (id: number, role: Role): Participant => ({
    id,
    identity: `person ${id}`,
    role,
    live: [],
    quality: 'unknown',
    connected: true,
  });
  const people = Array.from({ length: 200 }, (_, index) => record(index, 'participant'));
  const planned = () => holding.plan(host, () => ({ meeting: MEETING, settings: USUAL_SETTINGS, people }));
  planned();
  await turn(1000, 1);
  people.push(record(200, 'participant'));
  planned();
  await turn(3000);
  expect(given).toHaveLength(1);
  people[7] = record(7, 'speaker');
  planned();
  await turn(1000, 2);
  people.push(record(201, 'participant'));
  planned();
  await turn(7000, 3);
  expect(given.at(-1)?.text).toContain('person 201');
});

test('of the states that others hand on, the newest that the host made is kept', async () => {
  const key = host.keys.signing.publicKey;
  const content = (sequence: number): HeldContent => ({
    meeting: MEETING,
    sequence,
    issued: 0,
    settings: USUAL_SETTINGS,
    people: [],
  });
  const second = await signHeld(host.keys.signing, content(2));
  await holding.keep(second, key);
  expect(holding.newest).toEqual(second);
  await holding.keep(await signHeld(host.keys.signing, content(1)), key);
  await holding.keep(await signHeld(await generateSigningKey(), content(3)), key);
  await holding.keep({ ...second, text: second.text.replace('"sequence":2', '"sequence":4') }, key);
  await holding.keep(await signHeld(host.keys.signing, content(5)), null);
  expect(holding.newest).toEqual(second);
});
