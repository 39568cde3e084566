// What to do when media does not flow: first another path (ICE restart), then a new peer connection. Pure.

/** A short break mends itself more often than not. */
export const PATIENCE_MS = 2000;
/** How long an ICE restart may take. */
export const RESTART_MS = 5000;
/** How long the first attempt to connect afresh may take; the next ones get longer. */
export const AFRESH_MS = 8000;
/** The least time between two new peer connections. */
export const AGAIN_MS = 1000;
const LONGEST_AFRESH_MS = 30_000;

export type Recovery =
  | { kind: 'steady' }
  | { kind: 'doubtful'; until: number }
  | { kind: 'restarting'; until: number }
  | { kind: 'afresh'; until: number; attempt: number };

export type RecoveryEvent =
  | { kind: 'connected' }
  | { kind: 'disconnected' }
  | { kind: 'failed' }
  /** The browser says that the network is another one. */
  | { kind: 'network' }
  /** Due at `until`. Some browsers do not report that a restart succeeded, hence the question. */
  | { kind: 'timeout'; connected: boolean };

export type Remedy = 'none' | 'restart_ice' | 'connect_afresh';

export interface Decision {
  state: Recovery;
  remedy: Remedy;
}

/** The state in which every new peer connection begins. */
export function begin(now: number, attempt = 1): Recovery {
  return { kind: 'afresh', until: now + Math.min(LONGEST_AFRESH_MS, AFRESH_MS * attempt), attempt };
}

export function recover(state: Recovery, event: RecoveryEvent, now: number): Decision {
  switch (event.kind) {
    case 'connected':
      return stay({ kind: 'steady' });
    case 'disconnected':
      return stay(state.kind === 'steady' ? { kind: 'doubtful', until: now + PATIENCE_MS } : state);
    case 'failed':
      return failed(state, now);
    case 'network':
      return state.kind === 'steady' || state.kind === 'doubtful' ? restart(now) : stay(state);
    case 'timeout':
      return timeout(state, event.connected, now);
  }
}

/** When {@link recover} wants to be told of a timeout. */
export function dueAt(state: Recovery): number | null {
  return state.kind === 'steady' ? null : state.until;
}

function timeout(state: Recovery, connected: boolean, now: number): Decision {
  if (state.kind === 'steady' || now < state.until) return stay(state);
  if (connected) return stay({ kind: 'steady' });
  return state.kind === 'doubtful' ? restart(now) : afresh(state, now);
}

function failed(state: Recovery, now: number): Decision {
  switch (state.kind) {
    case 'steady':
    case 'doubtful':
      return restart(now);
    case 'restarting':
      return afresh(state, now);
    case 'afresh':
      // Never at once: an offer that the server cannot use would be made again without end.
      return stay({ ...state, until: Math.min(state.until, now + AGAIN_MS * state.attempt) });
  }
}

function restart(now: number): Decision {
  return { state: { kind: 'restarting', until: now + RESTART_MS }, remedy: 'restart_ice' };
}

function afresh(state: Recovery, now: number): Decision {
  const attempt = state.kind === 'afresh' ? state.attempt + 1 : 1;
  return { state: begin(now, attempt), remedy: 'connect_afresh' };
}

function stay(state: Recovery): Decision {
  return { state, remedy: 'none' };
}
