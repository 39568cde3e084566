// Work on the frames of one track, several at once, delivered in the order in which they came.

/**
 * Frames of one track that are worked on at once. A third of a second of three camera layers: a machine that is further
 * behind does not catch up, and the newest frame is dropped.
 */
export const MOST_IN_FLIGHT = 32;

export class Pipeline {
  private last: Promise<void> = Promise.resolve();
  private inFlight = 0;

  get full(): boolean {
    return this.inFlight >= MOST_IN_FLIGHT;
  }

  /** `deliver` is called when `work` and everything before it were delivered. It must handle its own failures. */
  push<Result>(work: Promise<Result>, deliver: (result: Result) => Promise<void>): void {
    this.inFlight += 1;
    this.last = this.last
      .then(async () => deliver(await work))
      .catch(() => {})
      .finally(() => {
        this.inFlight -= 1;
      });
  }
}
