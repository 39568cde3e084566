import { describe, expect, test } from 'vitest';
import { ConnectionKit, settle } from './connection.testkit';

describe('joining', () => {
  test('answers the challenge, and nothing before it', async () => {
    const kit = new ConnectionKit();
    kit.connection.start();
    expect(kit.socket.sent).toEqual([]);
    await kit.letIn();
    expect(kit.socket.sent).toEqual([{ type: 'hello', proof: 'n' }]);
    expect(kit.connection.instance).toBe('one');
    expect(kit.connection.up).toBe(true);
  });

  test('that fails is not tried again by itself', async () => {
    const kit = new ConnectionKit();
    kit.connection.start();
    await kit.socket.lose();
    await kit.clock.turn(60_000);
    expect(kit.events).toEqual(['gave up']);
    expect(kit.sockets).toHaveLength(1);
  });

  test('gives a silent server ten seconds', async () => {
    const kit = new ConnectionKit();
    kit.connection.start();
    await kit.clock.turn(10_000);
    expect(kit.events).toEqual(['gave up']);
  });
});

describe('a lost connection', () => {
  test('is made again until the server lets us in, for five minutes', async () => {
    const kit = new ConnectionKit();
    kit.connection.start();
    await kit.letIn();
    await kit.socket.lose();
    await kit.clock.turn(300);
    expect(kit.sockets).toHaveLength(2);
    await kit.socket.lose();
    await kit.clock.turn(600);
    expect(kit.sockets).toHaveLength(3);
    await kit.letIn('two');
    expect(kit.events).toEqual(['welcome', 'retrying 1', 'retrying 2', 'welcome']);
    expect(kit.connection.instance).toBe('two');

    kit.events.length = 0;
    await kit.socket.lose();
    const lost = kit.clock.now();
    for (let turns = 0; turns < 4000 && !kit.events.includes('gave up'); turns += 1) {
      await kit.clock.turn(100);
      if (kit.socket.readyState === 1) await kit.socket.lose();
    }
    expect(kit.events.at(-1)).toBe('gave up');
    expect(kit.clock.now() - lost).toBeGreaterThanOrEqual(300_000);
    const { length } = kit.sockets;
    await kit.clock.turn(60_000);
    expect(kit.sockets).toHaveLength(length);
  });

  test('is tried at once when the network is back', async () => {
    const kit = new ConnectionKit();
    kit.connection.start();
    await kit.letIn();
    await kit.socket.lose();
    kit.connection.networkChanged();
    expect(kit.sockets).toHaveLength(2);
    await kit.clock.turn(5000);
    expect(kit.sockets).toHaveLength(2);
  });

  test('is found out by a ping without an answer', async () => {
    const kit = new ConnectionKit();
    const pings = () => kit.sockets[0]?.sent.filter(({ type }) => type === 'ping').length;
    kit.connection.start();
    await kit.letIn();
    for (let answered = 1; answered <= 4; answered += 1) {
      await kit.clock.turn(15_000);
      expect(pings()).toBe(answered);
      await kit.socket.arrive({ type: 'pong' });
    }
    expect(kit.events).toEqual(['welcome']);
    await kit.clock.turn(15_000);
    expect(kit.events).toEqual(['welcome']);
    await kit.clock.turn(15_000);
    expect(kit.events).toEqual(['welcome', 'retrying 1']);
    expect(kit.sockets[0]?.readyState).toBe(3);
    expect(pings()).toBe(5);
  });

  test('is found out sooner when the network changed', async () => {
    const kit = new ConnectionKit();
    kit.connection.start();
    await kit.letIn();
    kit.connection.networkChanged();
    await kit.socket.arrive({ type: 'pong' });
    await kit.clock.turn(3000);
    expect(kit.events).toEqual(['welcome']);
    kit.connection.networkChanged();
    await kit.clock.turn(2999);
    expect(kit.events).toEqual(['welcome']);
    await kit.clock.turn(1);
    expect(kit.events).toEqual(['welcome', 'retrying 1']);
  });

  test('is found out sooner when the media says so, and an attempt that is under way is left alone', async () => {
    const kit = new ConnectionKit();
    kit.connection.start();
    kit.connection.probe();
    expect(kit.socket.sent).toEqual([]);
    await kit.letIn();
    kit.connection.probe();
    kit.connection.probe();
    expect(kit.socket.sent.filter(({ type }) => type === 'ping')).toHaveLength(1);
    await kit.clock.turn(3000);
    expect(kit.events).toEqual(['welcome', 'retrying 1']);
    kit.connection.probe();
    expect(kit.sockets).toHaveLength(1);
  });

  test('answers what was asked for with "lost"', async () => {
    const kit = new ConnectionKit();
    kit.connection.start();
    await kit.letIn();
    const reply = kit.connection.act({ act: 'mute_all' });
    await kit.socket.lose();
    expect(await reply).toEqual({ kind: 'lost' });
    expect(await kit.connection.act({ act: 'mute_all' })).toEqual({ kind: 'lost' });
  });

  test('after leaving stays lost', async () => {
    const kit = new ConnectionKit();
    kit.connection.start();
    await kit.letIn();
    kit.connection.stop();
    await kit.clock.turn(60_000);
    expect(kit.sockets).toHaveLength(1);
    expect(kit.events).toEqual(['welcome']);
  });
});

test('answers find their questions', async () => {
  const kit = new ConnectionKit();
  kit.connection.start();
  await kit.letIn();
  const [admit, mute] = [kit.connection.act({ act: 'admit_all' }), kit.connection.act({ act: 'mute_all' })];
  const [first, second] = kit.socket.sent.slice(1).map(({ request }) => Number(request));
  await kit.socket.arrive({ type: 'denied', request: second ?? 0, reason: 'not_moderator' });
  await kit.socket.arrive({ type: 'done', request: first ?? 0 });
  await settle();
  expect(await admit).toEqual({ kind: 'done' });
  expect(await mute).toEqual({ kind: 'denied', reason: 'not_moderator' });
});
