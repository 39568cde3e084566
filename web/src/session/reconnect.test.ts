import { describe, expect, test } from 'vitest';
import { GIVE_UP_MS, type Reconnect, reconnect, wait } from './reconnect';

describe('coming back after a lost connection', () => {
  test('waits longer each time, up to a bound, and gives up after five minutes', () => {
    let state: Reconnect = { kind: 'up' };
    let now = 1000;
    const waits: number[] = [];
    state = reconnect(state, { kind: 'lost', dice: 1 }, now);
    // Some sixty attempts fit into five minutes.
    for (let attempts = 0; state.kind === 'waiting' && attempts < 100; attempts += 1) {
      waits.push(state.retryAt - now);
      expect(reconnect(state, { kind: 'timeout' }, state.retryAt - 1)).toBe(state);
      now = state.retryAt;
      state = reconnect(state, { kind: 'timeout' }, now);
      expect(state.kind).toBe('trying');
      state = reconnect(state, { kind: 'lost', dice: 1 }, now);
    }
    expect(waits.slice(0, 6)).toEqual([300, 600, 1200, 2400, 4800, 5000]);
    expect(Math.max(...waits)).toBe(5000);
    expect(state.kind).toBe('given_up');
    expect(GIVE_UP_MS).toBe(300_000);
    expect(now - 1000).toBeGreaterThanOrEqual(GIVE_UP_MS);
    expect(now - 1000).toBeLessThanOrEqual(GIVE_UP_MS + 5000);
    expect(reconnect(state, { kind: 'up' }, now).kind).toBe('given_up');
  });

  test('an open connection that is lost before being let in counts as the same break', () => {
    const first = reconnect({ kind: 'up' }, { kind: 'lost', dice: 0 }, 0);
    const trying = reconnect(first, { kind: 'network' }, 10);
    expect(trying).toEqual({ kind: 'trying', since: 0, attempt: 1 });
    expect(reconnect(trying, { kind: 'lost', dice: 0 }, 20)).toMatchObject({ since: 0, attempt: 2 });
  });

  test('begins anew after it was let in', () => {
    const trying: Reconnect = { kind: 'trying', since: 0, attempt: 7 };
    const up = reconnect(trying, { kind: 'up' }, 100);
    expect(reconnect(up, { kind: 'lost', dice: 0 }, 200)).toMatchObject({ since: 200, attempt: 1 });
  });

  test('spreads pages over half of the wait', () => {
    expect(wait(3, 0)).toBe(600);
    expect(wait(3, 1)).toBe(1200);
  });
});
