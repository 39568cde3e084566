import { describe, expect, test } from 'vitest';
import { MOST_IN_FLIGHT, Pipeline } from './pipeline';

describe('work on several frames at once', () => {
  test('is delivered in the order in which the frames came', async () => {
    const pipeline = new Pipeline();
    const delivered: number[] = [];
    const works = [0, 1, 2].map(() => deferred());
    for (const [index, { promise }] of works.entries()) {
      pipeline.push(promise, async () => {
        delivered.push(index);
      });
    }
    works[2]?.resolve();
    works[1]?.resolve();
    await settled();
    expect(delivered).toEqual([]);
    works[0]?.resolve();
    await settled();
    expect(delivered).toEqual([0, 1, 2]);
  });

  test('is full when so many are under way, and has room again after', async () => {
    const pipeline = new Pipeline();
    const work = deferred();
    for (let count = 0; count < MOST_IN_FLIGHT; count += 1) {
      expect(pipeline.full).toBe(false);
      pipeline.push(work.promise, async () => {});
    }
    expect(pipeline.full).toBe(true);
    work.resolve();
    await settled();
    expect(pipeline.full).toBe(false);
  });

  test('goes on after one that failed', async () => {
    const pipeline = new Pipeline();
    const delivered: string[] = [];
    pipeline.push(Promise.reject(new Error('work')), async () => {
      delivered.push('never');
    });
    pipeline.push(Promise.resolve(), () => Promise.reject(new Error('delivery')));
    pipeline.push(Promise.resolve(), async () => {
      delivered.push('last');
    });
    await settled();
    expect(delivered).toEqual(['last']);
  });
});

const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
