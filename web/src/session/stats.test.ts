import { describe, expect, test } from 'vitest';
import { levels, measure, NOTHING_COUNTED, readCounters, readWaited, sourceSize, waitedMs } from './stats';

describe('statistics', () => {
  test('tell how loud each slot was between two readings', () => {
    const sound = (energy: number, seconds: number) => ({
      ...NOTHING_COUNTED,
      sound: new Map([['5', { energy, seconds }]]),
    });
    expect(levels(sound(1, 10), sound(1.04, 11)).get('5')).toBeCloseTo(0.2);
    expect(levels(sound(1, 10), sound(1, 11)).get('5')).toBe(0);
    expect(levels(sound(1, 10), sound(1, 10)).get('5')).toBe(0);
  });

  test('tell how much was lost between two readings', () => {
    const read = (packetsReceived: number, packetsLost: number) =>
      readCounters([
        { type: 'inbound-rtp', kind: 'video', mid: '3', packetsReceived, packetsLost },
        { type: 'outbound-rtp', packetsSent: 2 * packetsReceived },
        { type: 'remote-inbound-rtp', packetsLost: packetsLost - 10 },
        { type: 'candidate-pair', nominated: true, state: 'succeeded', currentRoundTripTime: 0.08 },
        { type: 'candidate-pair', nominated: false, state: 'succeeded', currentRoundTripTime: 5 },
      ]);
    expect(measure(read(100, 10), read(190, 19))).toEqual({ roundTrip: 0.08, lossIn: 9 / 99, lossOut: 0.05 });
    expect(measure(NOTHING_COUNTED, NOTHING_COUNTED)).toEqual({ roundTrip: null, lossIn: 0, lossOut: 0 });
  });

  test('tell how long what was played had waited', () => {
    const read = (jitterBufferDelay: number, jitterBufferEmittedCount: number) =>
      readWaited([{ type: 'inbound-rtp', mid: '3', jitterBufferDelay, jitterBufferEmittedCount }]);
    expect(waitedMs(read(10, 100), read(14, 140), '3')).toBeCloseTo(100);
    expect(waitedMs(read(10, 100), read(10, 100), '3')).toBeNull();
    expect(waitedMs(read(10, 100), read(1, 10), '3')).toBeNull();
    expect(waitedMs(read(10, 100), read(9, 140), '3')).toBeNull();
    expect(waitedMs(read(10, 100), read(14, 140), '4')).toBeNull();
  });

  test('tell the size of a track, and of no other', () => {
    const report = [
      { type: 'media-source', trackIdentifier: 'other', width: 1, height: 1 },
      { type: 'outbound-rtp', trackIdentifier: 'mine', width: 2, height: 2 },
      { type: 'media-source', trackIdentifier: 'mine', width: 640, height: 360 },
      { type: 'media-source', trackIdentifier: 'mine too' },
    ];
    expect(sourceSize(report, 'mine')).toEqual({ width: 640, height: 360 });
    expect(sourceSize(report, 'mine too')).toBeNull();
    expect(sourceSize([], 'mine')).toBeNull();
  });
});
