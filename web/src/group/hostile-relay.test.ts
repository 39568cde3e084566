// The relay is hostile: what it passes on is bent, repeated, exchanged or kept back. Nobody believes it, and whoever cannot
// follow any more comes in anew.

import { expect, test } from 'vitest';
import { fromBase64Url, systemRandom, toBase64Url } from '../crypto/bytes';
import { expectAgreement, meeting, nth, type Person, type Relay } from './group.testkit';
import type { GroupEvent } from './relay';

type Commit = Extract<GroupEvent, { event: 'commit' }>;

/** Each commit to `victim` becomes what the next of `changes` makes of it; the rest are passed on as they are. */
function tamperWith(relay: Relay, victim: Person, ...changes: ((commit: Commit) => GroupEvent[])[]): void {
  relay.tamper = (person, event) =>
    person === victim && event.event === 'commit' ? changes.shift()?.(event) : undefined;
}

/** One bit of a byte in the middle is turned over. */
function bent(text: string): string {
  const bytes = fromBase64Url(text);
  if (bytes === null) throw new Error('what is sent is base64url');
  const middle = bytes.length >> 1;
  bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  return toBase64Url(bytes);
}

async function renew(relay: Relay, person: Person): Promise<void> {
  person.session.renew();
  await relay.settle();
}

test('B1 who gets a bent commit refuses it, and comes in anew when the others keep it', async () => {
  const { relay, people } = await meeting(4);
  const victim = nth(people, 3);
  tamperWith(relay, victim, (commit) => [{ ...commit, commit: bent(commit.commit) }]);
  await renew(relay, nth(people, 1));
  expect(victim.problems).toMatchObject([{ kind: 'refused' }]);
  expect(victim.view?.epoch).toBe(3);
  await relay.clock.turn(5_000);
  await relay.settle();
  expectAgreement(people);
});

test('B1 a commit that comes twice counts once', async () => {
  const { relay, people } = await meeting(3);
  tamperWith(relay, nth(people, 2), (commit) => [commit, commit]);
  await renew(relay, nth(people, 1));
  expectAgreement(people);
  expect(nth(people, 2).problems).toEqual([]);
});

test('B1 who misses a commit blames nobody for it, and comes in anew', async () => {
  const { relay, people } = await meeting(4);
  const victims = [nth(people, 0), nth(people, 3)];
  let kept = victims.length;
  relay.tamper = (person, event) => {
    if (event.event !== 'commit' || !victims.includes(person) || kept === 0) return undefined;
    kept -= 1;
    return [];
  };
  await renew(relay, nth(people, 1));
  expect(nth(people, 0).view?.code).not.toBe(nth(people, 1).view?.code);
  await renew(relay, nth(people, 1));
  expectAgreement(people);
  expect(people.flatMap(({ problems }) => problems)).toEqual([]);
});

test('B1 commits in another order keep nobody out', async () => {
  const { relay, people } = await meeting(4);
  const kept: Commit[] = [];
  tamperWith(
    relay,
    nth(people, 3),
    (commit) => {
      kept.push(commit);
      return [];
    },
    (commit) => [commit, ...kept],
  );
  await renew(relay, nth(people, 1));
  await renew(relay, nth(people, 0));
  expectAgreement(people);
});

test('B1 who is told that another commit came first, and never sees it, comes in anew', async () => {
  const { relay, people } = await meeting(3);
  tamperWith(relay, nth(people, 0), () => []);
  await renew(relay, nth(people, 1));
  await renew(relay, nth(people, 0));
  expect(nth(people, 0).view?.epoch).toBe(2);
  await relay.clock.turn(5_000);
  await relay.settle();
  expectAgreement(people);
});

test('K4 two halves of a split meeting have other codes, and read nothing of each other', async () => {
  const { relay, people } = await meeting(4);
  const [host, one, two, three] = [nth(people, 0), nth(people, 1), nth(people, 2), nth(people, 3)];
  relay.tamper = (person, event) =>
    event.event === 'commit' && (person === two || person === three) ? [] : undefined;
  await renew(relay, host);
  const late = await relay.arrive('late');
  const code = host.view?.code;
  expect([one, late].map(({ view }) => view?.code)).toEqual([code, code]);
  expect(two.view?.code).toBe(three.view?.code);
  expect(two.view?.code).not.toBe(code);
  expect(two.view?.people).toHaveLength(4);
  await relay.clock.turn(10_001);
  await host.say('to this half');
  await two.say('to that half');
  expect(people.map(({ words }) => words)).toEqual([[], ['to this half'], [], ['to that half']]);
  expect(late.words).toEqual(['to this half']);
});

test('K4 a welcome that nobody asked for is not followed', async () => {
  const { relay, people } = await meeting(3, true);
  const before = people.map(({ view }) => view);
  const welcomes: string[] = [];
  relay.tamper = (_, event) => {
    if (event.event === 'welcome') welcomes.push(event.message);
    return undefined;
  };
  const late = await relay.arrive('late');
  expectAgreement([...people, late]);
  const nonsense = toBase64Url(systemRandom(900));
  for (const message of [...welcomes, nonsense]) {
    for (const person of [...people, late]) person.session.handle({ event: 'welcome', number: 9, message });
  }
  await relay.settle();
  expectAgreement([...people, late]);
  expect(nth(people, 0).view?.epoch).toBe((before[0]?.epoch ?? 0) + 1);
});

test('K4 who knocks follows no welcome of somebody else', async () => {
  const { relay, people } = await meeting(2, true);
  let wanted: string | null = null;
  relay.tamper = (_, event) => {
    if (event.event !== 'welcome') return undefined;
    wanted ??= event.message;
    return [{ ...event, message: wanted }];
  };
  const first = await relay.arrive('first');
  expectAgreement([...people, first]);
  const second = await relay.arrive('second');
  expect(second.session.inside).toBe(false);
  expect(second.problems.length).toBeGreaterThan(0);
  relay.tamper = () => undefined;
});

test('S2 K4 nobody comes through a closed door on the word of the server', async () => {
  const { relay, people } = await meeting(3, true);
  const device = await relay.arrive('second device', { host: true });
  const moderators = [nth(people, 0), device];
  const stranger = await relay.arrive('stranger', { unasked: true });
  expect(stranger.session.inside).toBe(false);
  expectAgreement([...people, device]);
  const asked = moderators.find(({ unexpected }) => unexpected.length > 0);
  expect(asked?.unexpected).toEqual([{ id: stranger.id, identity: stranger.key.publicKey }]);
  // A moderator looks, and says yes.
  asked?.session.admit(stranger.key.publicKey);
  await relay.settle();
  expectAgreement([...people, device, stranger]);
  expect(asked?.unexpected).toEqual([]);
});

test('S2 who was sent away needs to be let in again', async () => {
  const { relay, people } = await meeting(3, true);
  const [host, guest] = [nth(people, 0), nth(people, 2)];
  host.session.remove(guest.key.publicKey);
  await relay.settle();
  expect(guest.session.inside).toBe(false);
  await relay.reload(guest);
  expect(guest.session.inside).toBe(false);
  expect(host.unexpected.map(({ id }) => id)).toEqual([guest.id]);
});

/** The server has `by` add whoever it wants added. */
function addBy(relay: Relay, by: Person): void {
  relay.tamper = (person, event) => {
    if (event.event !== 'add' || person === by) return undefined;
    by.session.handle(event);
    return [];
  };
}

test('S2 who left has to be let in again, whichever moderator is asked', async () => {
  const { relay, people } = await meeting(2, true);
  const device = await relay.arrive('second device', { host: true });
  const guest = await relay.arrive('guest');
  expectAgreement([...people, device, guest]);
  await relay.depart(guest);
  await relay.clock.turn(2_000);
  await relay.settle();
  expectAgreement([...people, device]);
  for (const moderator of [nth(people, 0), device]) {
    addBy(relay, moderator);
    await relay.comeBack(guest);
    expect(guest.session.inside).toBe(false);
    expect(moderator.unexpected.map(({ id }) => id)).toEqual([guest.id]);
    await relay.depart(guest);
    await relay.clock.turn(2_000);
    expect(moderator.unexpected).toEqual([]);
  }
});

test('S2 a moderator who was kept out meanwhile does not let in who was sent away', async () => {
  const { relay, people } = await meeting(2, true);
  const host = nth(people, 0);
  const device = await relay.arrive('second device', { host: true });
  const guest = await relay.arrive('guest');
  expectAgreement([...people, device, guest]);
  // The device misses a commit, and is not given its place back before the guest is gone.
  tamperWith(relay, device, () => []);
  host.session.renew();
  await relay.settle();
  const held: GroupEvent[] = [];
  relay.tamper = (person, event) => {
    if (person !== device || event.event === 'commit') return undefined;
    held.push(event);
    return [];
  };
  host.session.renew();
  await relay.settle();
  expect(device.session.inside).toBe(false);
  host.session.remove(guest.key.publicKey);
  await relay.settle();
  relay.tamper = () => undefined;
  for (const event of held) device.session.handle(event);
  await relay.settle();
  expectAgreement([...people, device]);
  addBy(relay, device);
  await relay.reload(guest);
  expect(guest.session.inside).toBe(false);
  expect(device.unexpected.map(({ id }) => id)).toEqual([guest.id]);
});

test('K4 the key package of one is not taken for another', async () => {
  const { relay, people } = await meeting(3, true);
  const packages: string[] = [];
  relay.tamper = (_, event) => {
    if (event.event !== 'add') return undefined;
    packages.push(...event.people.map(({ keyPackage }) => keyPackage));
    return [{ ...event, people: event.people.map((one) => ({ ...one, participant: nth(people, 2).id })) }];
  };
  const late = await relay.arrive('late');
  expect(packages).toHaveLength(1);
  expect(late.session.inside).toBe(false);
  // Else the place of the one would have been given to the other.
  expectAgreement(people);
});

test('K2 a host is not lured out of a closed meeting into a group that somebody made up', async () => {
  for (const closed of [false, true]) {
    const { relay, people } = await meeting(2, true);
    const host = nth(people, 0);
    const accomplice = await relay.arrive('accomplice', { unasked: true });
    const { info, made } = await accomplice.makeUp(closed);
    // Whoever knocks there is let in there.
    relay.seen = (from, message) => {
      if (from !== host || message.group !== 'ask_add') return;
      void relay.link.seal.openKeyPackage(message.keyPackage).then((keyPackage) => {
        if (keyPackage === null) throw new Error('the link opens what it sealed');
        const { welcome } = made.commit([keyPackage], [], undefined);
        if (!welcome) throw new Error('who is added gets a welcome');
        const event = {
          event: 'welcome' as const,
          number: 99,
          message: toBase64Url(new Uint8Array(welcome)),
        };
        host.session.handle(event);
      });
    };
    relay.tamper = (person, event) => (person === host && event.event === 'welcome' ? [] : undefined);
    host.session.handle({ event: 'turn', epoch: 0, info });
    await relay.settle();
    const shared = host.view?.people.some(({ identity }) => identity === accomplice.key.publicKey);
    expect(shared ?? false, closed ? 'a closed one' : 'an open one').toBe(false);
    expect(host.problems).toMatchObject([{ kind: 'not_entered' }]);
  }
});

test('B5 somebody whose removal is under way does not come in by a group that is founded anew', async () => {
  const { relay, people } = await meeting(3, true);
  const [host, guest] = [nth(people, 0), nth(people, 2)];
  relay.drop(host);
  host.session.remove(guest.key.publicKey);
  await relay.settle();
  host.connected = true;
  await relay.restart();
  await relay.settle();
  expect(host.session.inside).toBe(true);
  expect(guest.session.inside).toBe(false);
  expect(host.unexpected.map(({ id }) => id)).toEqual([guest.id]);
});

test('P3 who is no moderator adds nobody, though the server asks for it', async () => {
  const { relay, people } = await meeting(3, true);
  addBy(relay, nth(people, 1));
  await relay.reload(nth(people, 2));
  expect(people.flatMap(({ problems }) => problems)).toEqual([]);
  expect(nth(people, 1).unexpected).toEqual([]);
  expect(nth(people, 0).view?.epoch).toBe(nth(people, 1).view?.epoch);
});

test('S2 a door that the server would not have closed is closed as soon as it lets it, and not tried for ever', async () => {
  const { relay, people } = await meeting(2);
  const host = nth(people, 0);
  relay.denies = host;
  host.session.change((state) => state.withDoor(true));
  await relay.settle();
  await relay.clock.turn(5_000);
  expect(nth(people, 1).view?.closed).toBe(false);
  relay.denies = null;
  await relay.clock.turn(1_000);
  await relay.settle();
  expectAgreement(people);
  expect(nth(people, 1).view?.closed).toBe(true);

  let asked = 0;
  relay.denies = host;
  relay.seen = () => {
    asked += 1;
  };
  host.session.change((state) => state.withDoor(false));
  for (let second = 0; second < 60; second += 1) {
    await relay.clock.turn(1_000);
    await relay.settle();
  }
  expect(asked).toBe(10);
});
