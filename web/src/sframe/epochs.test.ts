import { describe, expect, test } from 'vitest';
import { Epoch } from './epoch';
import { Epochs, GRACE_MS, MOST_HELD } from './epochs';
import { COUNTER_END, FIRST_COUNTER } from './profile';
import { newEpoch } from './testkit';

describe('which epoch is sent under, and which are still heard', () => {
  test('the newest is sent under; the one before is heard for ten seconds, and not one moment longer', async () => {
    const epochs = new Epochs();
    expect(epochs.current).toBeNull();
    epochs.begin(await newEpoch(5, 0), 0);
    epochs.begin(await newEpoch(6, 0), 1000);
    expect(epochs.current?.number).toBe(6);
    expect(epochs.dueAt()).toBe(1000 + GRACE_MS);
    expect(epochs.find(5, 1000 + GRACE_MS - 1)?.number).toBe(5);
    expect(epochs.find(5, 1000 + GRACE_MS)).toBeNull();
    expect(epochs.find(6, 10 ** 9)?.number).toBe(6);
    expect(epochs.find(7, 0)).toBeNull();
  });

  test('each is heard from when the next began, not from when the newest began', async () => {
    const epochs = new Epochs();
    for (const number of [1, 2, 3]) epochs.begin(await newEpoch(number, 0), number * 1000);
    expect(epochs.find(1, 2000 + GRACE_MS)).toBeNull();
    expect(epochs.find(2, 2000 + GRACE_MS)?.number).toBe(2);
  });

  test('what is dead is forgotten, and then nothing is due', async () => {
    const epochs = new Epochs();
    epochs.begin(await newEpoch(1, 0), 0);
    epochs.begin(await newEpoch(2, 0), 0);
    epochs.forgetDead(GRACE_MS);
    expect(epochs.dueAt()).toBeNull();
    // Not even a clock that goes backwards brings it back.
    expect(epochs.find(1, 0)).toBeNull();
  });

  test('of a burst the newest are held, and a byte names one epoch', async () => {
    const epochs = new Epochs();
    for (let number = 1; number <= MOST_HELD + 3; number += 1) epochs.begin(await newEpoch(number, 0), 0);
    expect([epochs.find(3, 0), epochs.find(4, 0)?.number]).toEqual([null, 4]);
    epochs.begin(await newEpoch(256 + 10, 0), 0);
    expect(epochs.find(10, 0)?.number).toBe(266);
  });

  test('a group that forms again may count from zero: nothing of the former one is heard', async () => {
    const epochs = new Epochs();
    epochs.begin(await newEpoch(57, 3), 0);
    epochs.clear();
    expect([epochs.current, epochs.find(57, 0), epochs.dueAt()]).toEqual([null, null, null]);
    epochs.begin(await newEpoch(0, 0, 'b'), 0);
    expect(epochs.current?.number).toBe(0);
  });
});

describe('counters never repeat (K2)', () => {
  test('within an epoch each source counts for itself, from the first counter', async () => {
    const epochs = new Epochs();
    epochs.begin(await newEpoch(1, 0), 0);
    const counters = (['microphone', 'camera', 'microphone'] as const).map(
      (source) => epochs.current?.seal(source)?.counter,
    );
    expect(counters).toEqual([FIRST_COUNTER, FIRST_COUNTER, FIRST_COUNTER + 1]);
  });

  test('at the end there is none, and it does not start again', async () => {
    const { base } = await newEpoch(1, 0);
    const epoch = new Epoch(1, 0, 'x', base);
    let last = -1;
    for (let counter = FIRST_COUNTER; counter < COUNTER_END; counter += 1)
      last = epoch.seal('camera')?.counter ?? -1;
    expect(last).toBe(COUNTER_END - 1);
    expect([epoch.seal('camera'), epoch.seal('camera')]).toEqual([null, null]);
    expect(epoch.seal('microphone')?.counter).toBe(FIRST_COUNTER);
  });

  test('the same epoch told again counts on', async () => {
    const epochs = new Epochs();
    epochs.begin(await newEpoch(1, 0), 0);
    epochs.current?.seal('camera');
    expect(epochs.begin(await newEpoch(1, 0), 0)).toBe('began');
    expect(epochs.current?.seal('camera')?.counter).toBe(FIRST_COUNTER + 1);
  });

  test('back to an epoch that is still held: it counts on, and the withdrawn one is heard no more', async () => {
    const epochs = new Epochs();
    epochs.begin(await newEpoch(1, 0), 0);
    epochs.current?.seal('camera');
    epochs.begin(await newEpoch(2, 0), 1000);
    expect(epochs.begin(await newEpoch(1, 0), 2000)).toBe('began');
    expect(epochs.current?.seal('camera')?.counter).toBe(FIRST_COUNTER + 1);
    expect(epochs.find(2, 2000)).toBeNull();
    expect(epochs.find(1, 10 ** 9)?.number).toBe(1);
    // Another epoch of the withdrawn one's number has another key.
    expect(epochs.begin(await newEpoch(2, 0, 'b'), 3000)).toBe('began');
  });

  test.each([
    [
      'died',
      (epochs: Epochs) => {
        epochs.forgetDead(GRACE_MS);
      },
    ],
    ['was cleared away', (epochs: Epochs) => epochs.clear()],
  ])('a key that %s is not taken again: nothing can be sent then', async (_, lose) => {
    const epochs = new Epochs();
    epochs.begin(await newEpoch(1, 0), 0);
    epochs.begin(await newEpoch(2, 0), 0);
    lose(epochs);
    expect(epochs.begin(await newEpoch(1, 0), GRACE_MS)).toBe('used');
    expect(epochs.current).toBeNull();
    expect(epochs.begin(await newEpoch(3, 0), GRACE_MS)).toBe('began');
  });

  test('a used key under another number is not taken', async () => {
    const epochs = new Epochs();
    const first = await newEpoch(1, 0);
    epochs.begin(first, 0);
    expect(epochs.begin({ ...first, number: 257 }, 0)).toBe('used');
  });
});
