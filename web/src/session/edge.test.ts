// What arrives from the network, and the small decisions about it.

import { describe, expect, test, vi } from 'vitest';
import { GatesKit } from './gates.testkit';
import { heldContent, saysTheSame } from './held';
import { cleanName, cleanText } from './names';
import { parseServerMessage } from './parse';
import { judge, report } from './quality';
import { levels, measure, readCounters } from './stats';
import { watchList } from './watch';

describe('parsing', () => {
  test('reads what it knows and drops what it does not ask for', () => {
    const text = '{"type":"left","participant":7,"how":"lost","later":true}';
    expect(parseServerMessage(text)).toEqual({ type: 'left', participant: 7, how: 'lost' });
  });

  test.each([
    ['no JSON', '{'],
    ['no object', 'null'],
    ['no type', '{}'],
    ['an unknown type', '{"type":"dance"}'],
    ['a type that every object has', '{"type":"constructor"}'],
    ['a missing field', '{"type":"left","participant":7}'],
    ['an unknown word', '{"type":"left","participant":7,"how":"abducted"}'],
    ['a word that every object has', '{"type":"refused","reason":"toString"}'],
    ['another kind', '{"type":"done","request":"1"}'],
    ['a list too long', `{"type":"slots","slots":[${'0,'.repeat(1000)}0]}`],
  ])('passes over %s, with a line in the console', (_, text) => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue();
    expect(parseServerMessage(text)).toBeNull();
    expect(warn).toHaveBeenCalledOnce();
    warn.mockRestore();
  });
});

describe('names', () => {
  test.each([
    ['  Ada   Lovelace ', 'Ada Lovelace'],
    ['Ada\u202egnp.exe', 'Adagnp.exe'],
    ['A\u0000d\u0007a\u200b', 'Ada'],
    ['\u2066\u2069', ''],
    ['x'.repeat(80), 'x'.repeat(64)],
    ['👋'.repeat(80), '👋'.repeat(63)],
    ['Zoë 李', 'Zoë 李'],
  ])('%j', (typed, shown) => {
    expect(cleanName(typed)).toBe(shown);
    expect(cleanName(shown)).toBe(shown);
  });

  test('chat keeps its lines', () => {
    expect(cleanText(' one\ntwo\u0000\u202e\r\n ')).toBe('one\ntwo');
  });
});

describe('the own gates (P3)', () => {
  test('what a moderator closes is taken off, and never comes on by itself', async () => {
    const own = new GatesKit();
    own.on.add('microphone');
    await own.gates.change('microphone', true);
    own.gates.follow(['microphone']);
    expect(own.on.has('microphone')).toBe(true);
    own.gates.follow([]);
    expect(own.on.has('microphone')).toBe(false);
    own.gates.follow(['microphone', 'camera', 'screen']);
    expect([...own.on]).toEqual([]);
  });

  test('a record from before the answer takes nothing off', () => {
    const own = new GatesKit();
    own.on.add('camera');
    void own.gates.change('camera', true);
    own.gates.follow([]);
    expect(own.on.has('camera')).toBe(true);
  });

  test('what is denied is taken off', async () => {
    const own = new GatesKit({ kind: 'denied', reason: 'switched_off' });
    own.on.add('screen');
    await own.gates.change('screen', true);
    expect(own.on.has('screen')).toBe(false);
    expect(own.denied).toEqual(['switched_off']);
  });

  test('back in the same place: closed stays closed, unanswered is asked again', async () => {
    const own = new GatesKit();
    own.on.add('microphone').add('camera');
    await own.gates.change('microphone', true);
    own.reply = { kind: 'lost' };
    await own.gates.change('camera', true);
    own.asked.length = 0;
    own.gates.comeBack([]);
    expect([...own.on]).toEqual(['camera']);
    expect(own.asked).toEqual(['camera on']);
  });

  test('in another place: what is on is asked for', () => {
    const own = new GatesKit();
    own.on.add('microphone');
    own.gates.enter();
    expect(own.asked).toEqual(['microphone on']);
  });
});

describe('statistics', () => {
  const at = (energy: number, seconds: number, received: number, lost: number) =>
    readCounters([
      {
        type: 'inbound-rtp',
        kind: 'audio',
        mid: '4',
        totalAudioEnergy: energy,
        totalSamplesDuration: seconds,
        packetsReceived: received,
        packetsLost: lost,
      },
      { type: 'outbound-rtp', packetsSent: 5 * received },
      { type: 'remote-inbound-rtp', packetsLost: lost },
      { type: 'candidate-pair', nominated: true, state: 'succeeded', currentRoundTripTime: 0.05 },
      { type: 'candidate-pair', nominated: false, state: 'succeeded', currentRoundTripTime: 9 },
    ]);

  test('become a level, a loss and a round trip', () => {
    const [before, now] = [at(1, 10, 100, 0), at(1.01, 11, 190, 10)];
    expect(levels(before, now).get('4')).toBeCloseTo(0.1);
    expect(measure(before, now)).toEqual({ roundTrip: 0.05, lossIn: 0.1, lossOut: 10 / 450 });
    expect(levels(now, now).get('4')).toBe(0);
  });

  test('become a judgement that is told when it changes, and not too often', () => {
    expect(judge({ roundTrip: null, lossIn: 0, lossOut: 0 })).toBe('unknown');
    expect(judge({ roundTrip: 0.05, lossIn: 0, lossOut: 0 })).toBe('good');
    expect(judge({ roundTrip: 0.3, lossIn: 0, lossOut: 0 })).toBe('fair');
    expect(judge({ roundTrip: 0.05, lossIn: 0, lossOut: 0.2 })).toBe('poor');
    const first = report(null, 'good', 0);
    expect(first).toEqual({ quality: 'good', at: 0 });
    expect(report(first, 'poor', 4999)).toBeNull();
    expect(report(first, 'poor', 5000)).toEqual({ quality: 'poor', at: 5000 });
    expect(report(first, 'good', 9000)).toBeNull();
    expect(report(first, 'unknown', 9000)).toBeNull();
  });
});

test('tiles become at most nine videos, each once and as large as it is shown', () => {
  const camera = (participant: number, heightPx: number) => ({
    participant,
    source: 'camera' as const,
    heightPx,
  });
  expect(watchList([camera(1, 200), camera(2, 400), camera(1, 401)])).toEqual([
    { participant: 1, source: 'camera', size: 'large' },
    { participant: 2, source: 'camera', size: 'medium' },
  ]);
  expect(watchList(Array.from({ length: 20 }, (_, at) => camera(at, 100)))).toHaveLength(9);
});

test('a state to hold is made again only when it says something else (B6)', () => {
  const settings = {
    lobby: false,
    locked: false,
    earlyStart: false,
    unmute: true,
    video: true,
    screen: true,
    strict: false,
  };
  const holding = { meeting: 'm', settings: { ...settings, chat: true, rename: true }, people: [] };
  const one = heldContent(holding, 1, 100);
  expect(saysTheSame(one, heldContent(holding, 2, 200))).toBe(true);
  const locked = { ...holding, settings: { ...holding.settings, locked: true } };
  expect(saysTheSame(one, heldContent(locked, 2, 200))).toBe(false);
});
