// When to try again after the connection to the server was lost: pure, the clock and the dice are arguments.

/** First waits; each is the double of the one before. */
const FIRST_WAIT_MS = 300;
const LONGEST_WAIT_MS = 5000;
/** After that long without the server the meeting is given up. */
export const GIVE_UP_MS = 5 * 60 * 1000;

export type Reconnect =
  | { kind: 'up' }
  | { kind: 'waiting'; since: number; attempt: number; retryAt: number }
  | { kind: 'trying'; since: number; attempt: number }
  | { kind: 'given_up' };

export type ReconnectEvent =
  /** The connection, or the attempt to make one, failed. `dice` is from 0 to 1. */
  | { kind: 'lost'; dice: number }
  /** The server let us in, or lets us wait. An open connection alone is not enough. */
  | { kind: 'up' }
  | { kind: 'timeout' }
  /** The browser says that there is a network again. */
  | { kind: 'network' };

export function reconnect(state: Reconnect, event: ReconnectEvent, now: number): Reconnect {
  if (state.kind === 'given_up') return state;
  switch (event.kind) {
    case 'up':
      return { kind: 'up' };
    case 'lost':
      return lost(state, event.dice, now);
    case 'timeout':
      return state.kind === 'waiting' && now >= state.retryAt ? tryNow(state) : state;
    case 'network':
      return state.kind === 'waiting' ? tryNow(state) : state;
  }
}

function lost(state: Exclude<Reconnect, { kind: 'given_up' }>, dice: number, now: number): Reconnect {
  if (state.kind === 'waiting') return state;
  const since = state.kind === 'up' ? now : state.since;
  const attempt = state.kind === 'up' ? 1 : state.attempt + 1;
  if (now - since >= GIVE_UP_MS) return { kind: 'given_up' };
  return { kind: 'waiting', since, attempt, retryAt: now + wait(attempt, dice) };
}

function tryNow({ since, attempt }: { since: number; attempt: number }): Reconnect {
  return { kind: 'trying', since, attempt };
}

/** Between a half and the whole, so that pages that lost the server together do not come back together. */
export function wait(attempt: number, dice: number): number {
  const whole = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempt - 1));
  return whole * (0.5 + dice / 2);
}
