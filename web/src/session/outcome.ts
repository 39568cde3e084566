// What became of something that a host asked for, as a value.

import type { HostProblem, Outcome } from '../state/actions';
import { ApiError } from './api';

/** What this page itself finds wrong. */
export class Failure extends Error {
  constructor(readonly problem: HostProblem) {
    super(problem);
  }
}

export async function outcome<T>(work: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    return { ok: false, problem: problemOf(error) };
  }
}

export function problemOf(error: unknown): HostProblem {
  if (error instanceof ApiError) return error.code;
  if (error instanceof Failure) return error.problem;
  console.warn('something in the page failed:', error);
  // WebCrypto without this algorithm, or no WebCrypto at all outside HTTPS.
  const lacking =
    error instanceof TypeError || (error as { name?: unknown } | null)?.name === 'NotSupportedError';
  return lacking ? 'unsupported' : 'internal';
}
