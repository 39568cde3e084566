import { expect, test } from 'vitest';
import { toBase64Url } from '../crypto/bytes';
import { expectAgreement, meeting, nth, Relay } from './group.testkit';

test('K2 B1 people who come by the link are in one group with one code', async () => {
  const { people } = await meeting(4);
  expectAgreement(people);
  expect(nth(people, 0).view?.code).toMatch(/^\d{5}( \d{5}){4}$/);
  expect(
    nth(people, 3)
      .view?.people.map(({ role }) => role)
      .sort(),
  ).toEqual(['host', 'participant', 'participant', 'participant']);
});

test('K2 people who come at the same moment get in one after the other', async () => {
  const relay = await Relay.open();
  const host = await relay.arrive('host', { host: true });
  const others = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => relay.arrive(name)));
  await relay.settle();
  expectAgreement([host, ...others]);
});

test('S2 through a closed door a moderator adds', async () => {
  const { relay, people } = await meeting(3, true);
  expectAgreement(people);
  expect(nth(people, 2).view?.closed).toBe(true);
  const late = await relay.arrive('late');
  expectAgreement([...people, late]);
});

test('K4 who has another link does not get in, and is told', async () => {
  const { relay, people } = await meeting(2);
  const other = await Relay.open();
  await other.rotate();
  const stranger = await relay.arrive('stranger', { link: other.link });
  expect(stranger.session.inside).toBe(false);
  expect(stranger.problems).toEqual([{ kind: 'not_entered', why: 'unreadable' }]);
  expect(nth(people, 0).view?.people).toHaveLength(2);
});

test('B5 who is removed has no key any more, and the others go on', async () => {
  const { relay, people } = await meeting(4);
  const [host, out] = [nth(people, 0), nth(people, 3)];
  const before = host.mediaKey;
  host.session.remove(out.key.publicKey);
  await relay.settle();
  expect(out.session.inside).toBe(false);
  expectAgreement(people.slice(0, 3));
  expect(host.mediaKey).not.toEqual(before);
  await relay.depart(out);
  await host.say('among us');
  expect(out.words).toEqual([]);
});

test('P3 a participant who removes somebody is refused by all, and nothing changes', async () => {
  const { relay, people } = await meeting(4);
  const [host, villain, victim] = [nth(people, 0), nth(people, 1), nth(people, 3)];
  const code = host.view?.code;
  villain.session.remove(victim.key.publicKey);
  await relay.settle();
  expect(host.problems).toEqual([{ kind: 'refused', by: villain.id, why: 'not_allowed' }]);
  expect(host.view?.code).toBe(code);
  await relay.clock.turn(60_000);
  await relay.settle();
  expectAgreement([host, nth(people, 2), victim]);
});

test('a commit that is nonsense is refused and withdrawn, and the meeting goes on', async () => {
  const { relay, people } = await meeting(3);
  relay.passOn(nth(people, 2), toBase64Url(new Uint8Array(200).fill(7)));
  await relay.settle();
  await nth(people, 0).say('still here');
  expect(nth(people, 1).words).toEqual(['still here']);
  const late = await relay.arrive('late');
  expect(late.session.inside).toBe(true);
});

test('B6 after a server restart the members form the group anew, with the door as it was', async () => {
  const { relay, people } = await meeting(3);
  nth(people, 0).session.change((state) => state.withDoor(true));
  await relay.settle();
  await relay.restart();
  await relay.settle();
  expectAgreement(people);
  expect(nth(people, 1).view?.closed).toBe(true);
});

test('a reloaded page takes its old leaf over', async () => {
  for (const closed of [false, true]) {
    const { relay, people } = await meeting(3, closed);
    await relay.reload(nth(people, 2));
    expectAgreement(people);
  }
});

test('a slow page that is asked again while it comes in stays in', async () => {
  const relay = await Relay.open();
  relay.asks = 3;
  const people = [await relay.arrive('host', { host: true }), await relay.arrive('slow')];
  expectAgreement(people);
  expect(nth(people, 0).view?.epoch).toBe(1);
});

test('who vanished is taken away by the first in line', async () => {
  const { relay, people } = await meeting(4);
  await relay.depart(nth(people, 0));
  await relay.clock.turn(1_500);
  await relay.settle();
  expect(nth(people, 1).view?.people).toHaveLength(4);
  await relay.clock.turn(1_000);
  await relay.settle();
  expectAgreement(people.slice(1));
});

test('wishes of two moderators at the same moment are both fulfilled', async () => {
  const { relay, people } = await meeting(5);
  const device = await relay.arrive('second device', { host: true });
  nth(people, 0).session.remove(nth(people, 3).key.publicKey);
  device.session.remove(nth(people, 4).key.publicKey);
  nth(people, 0).session.renew();
  await relay.settle();
  await relay.settle();
  expectAgreement([...people.slice(0, 3), device]);
});

test('P1 words reach members only, and a whisper one of them', async () => {
  const { people } = await meeting(3);
  await nth(people, 0).say('good morning');
  await nth(people, 1).say('between us', nth(people, 2));
  expect(nth(people, 2).words).toEqual(['good morning', 'between us']);
  expect(nth(people, 2).heard.map(({ whispered, role }) => [whispered, role])).toEqual([
    [false, 'host'],
    [true, 'participant'],
  ]);
  expect(nth(people, 0).words).toEqual([]);
});

test('B5 after a new link only those who have it come in', async () => {
  const { relay, people } = await meeting(2);
  const former = relay.link;
  const number = await relay.rotate();
  for (const person of people) person.session.rotated(number, new Uint8Array());
  // The present state of the group is sealed for the new link with the next commit.
  nth(people, 0).session.renew();
  await relay.settle();
  const late = await relay.arrive('late');
  expectAgreement([...people, late]);
  const stale = await relay.arrive('with the former link', { link: former });
  expect(stale.session.inside).toBe(false);
  // Nobody can tell it what the others are told.
  for (const person of [...people, stale]) person.session.rotated(number, new Uint8Array());
  await relay.settle();
  expect([...people, stale].map(({ linksMissed }) => linksMissed)).toEqual([0, 0, 1]);
});

test('B6 who comes back after a lost connection follows what was missed', async () => {
  const { relay, people } = await meeting(4);
  const away = nth(people, 2);
  relay.drop(away);
  nth(people, 0).session.remove(nth(people, 3).key.publicKey);
  nth(people, 1).session.renew();
  await relay.settle();
  await relay.reconnect(away);
  expectAgreement(people.slice(0, 3));
});

test('a commit whose answer was lost counts if the server took it', async () => {
  const { relay, people } = await meeting(4);
  const host = nth(people, 0);
  host.beforeAnswer = () => relay.drop(host);
  host.session.remove(nth(people, 3).key.publicKey);
  await relay.settle();
  host.beforeAnswer = null;
  nth(people, 1).session.renew();
  await relay.settle();
  await relay.reconnect(host);
  expectAgreement(people.slice(0, 3));
});

test('a commit that never arrived is made again', async () => {
  const { relay, people } = await meeting(4);
  const host = nth(people, 0);
  relay.drop(host);
  host.session.remove(nth(people, 3).key.publicKey);
  await relay.settle();
  nth(people, 1).session.renew();
  await relay.settle();
  await relay.reconnect(host);
  await relay.settle();
  expectAgreement(people.slice(0, 3));
});

test('who joined and lost the connection before the answer is in', async () => {
  const { relay, people } = await meeting(2);
  const late = await relay.arrive('late', { beforeAnswer: (person) => relay.drop(person) });
  expect(late.session.inside).toBe(false);
  late.beforeAnswer = null;
  await relay.reconnect(late);
  expectAgreement([...people, late]);
});
