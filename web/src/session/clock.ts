// Time as an argument: sessions are given a clock, tests give one that they turn themselves.

/** Undoes what was planned; harmless when it already happened. */
export type Cancel = () => void;

export interface Clock {
  /** Milliseconds that only grow. */
  now(): number;
  after(ms: number, act: () => void): Cancel;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  after(ms, act) {
    const timer = setTimeout(act, ms);
    return () => clearTimeout(timer);
  },
};

/** Calls `act` again and again until cancelled. */
export function every(clock: Clock, ms: number, act: () => void): Cancel {
  let cancel = clock.after(ms, again);
  function again(): void {
    cancel = clock.after(ms, again);
    act();
  }
  return () => cancel();
}

/** One planned act at a time: planning again replaces the former plan. */
export class Timer {
  private cancelPlan: Cancel | null = null;

  constructor(private readonly clock: Clock) {}

  plan(ms: number, act: () => void): void {
    this.cancel();
    this.cancelPlan = this.clock.after(ms, () => {
      this.cancelPlan = null;
      act();
    });
  }

  get planned(): boolean {
    return this.cancelPlan !== null;
  }

  cancel(): void {
    this.cancelPlan?.();
    this.cancelPlan = null;
  }
}
