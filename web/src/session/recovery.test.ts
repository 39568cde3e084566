import { describe, expect, test } from 'vitest';
import {
  AFRESH_MS,
  AGAIN_MS,
  begin,
  dueAt,
  PATIENCE_MS,
  RESTART_MS,
  type Recovery,
  type RecoveryEvent,
  recover,
} from './recovery';

const STEADY: Recovery = { kind: 'steady' };

describe('media that does not flow', () => {
  test('mends itself within the patience: nothing is done', () => {
    const doubtful = recover(STEADY, { kind: 'disconnected' }, 0);
    expect(doubtful).toMatchObject({ state: { kind: 'doubtful', until: PATIENCE_MS }, remedy: 'none' });
    expect(recover(doubtful.state, { kind: 'connected' }, 1000)).toEqual({ state: STEADY, remedy: 'none' });
  });

  test('gets another path, then a new peer connection, then more time', () => {
    let { state } = recover(STEADY, { kind: 'disconnected' }, 0);
    let decision = recover(state, { kind: 'timeout', connected: false }, PATIENCE_MS);
    expect(decision.remedy).toBe('restart_ice');
    expect(dueAt(decision.state)).toBe(PATIENCE_MS + RESTART_MS);
    let now = PATIENCE_MS + RESTART_MS;
    for (const attempt of [1, 2, 3]) {
      decision = recover(decision.state, { kind: 'timeout', connected: false }, now);
      expect(decision).toMatchObject({ remedy: 'connect_afresh', state: { kind: 'afresh', attempt } });
      expect(dueAt(decision.state)).toBe(now + AFRESH_MS * attempt);
      now = dueAt(decision.state) ?? now;
    }
    state = recover(decision.state, { kind: 'connected' }, now).state;
    expect(state).toEqual(STEADY);
  });

  test('an ICE restart that succeeded without an event is seen at its end', () => {
    const { state } = recover(STEADY, { kind: 'network' }, 0);
    expect(recover(state, { kind: 'timeout', connected: true }, RESTART_MS)).toEqual({
      state: STEADY,
      remedy: 'none',
    });
  });

  test('a failure is never answered by attempts without a pause', () => {
    let state = begin(0);
    let remedies = 0;
    for (let now = 0; now < 60_000; now += 10) {
      const event: RecoveryEvent = { kind: 'failed' };
      const failed = recover(state, event, now);
      const decision =
        failed.remedy === 'none' ? recover(failed.state, { kind: 'timeout', connected: false }, now) : failed;
      state = decision.state;
      if (decision.remedy !== 'none') remedies += 1;
    }
    expect(remedies).toBeGreaterThan(3);
    expect(remedies).toBeLessThanOrEqual(60_000 / AGAIN_MS);
  });

  test('too early a timeout changes nothing', () => {
    const { state } = recover(STEADY, { kind: 'disconnected' }, 0);
    expect(recover(state, { kind: 'timeout', connected: false }, PATIENCE_MS - 1)).toEqual({
      state,
      remedy: 'none',
    });
  });
});
