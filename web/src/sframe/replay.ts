// Which counters of one key were already taken. A frame is played at most once.

/** A frame that comes so many counters late is too old to be told from a replayed one. */
export const WINDOW = 1024;

/** A sliding window over counters, as in RFC 4303 §3.4.3. */
export class ReplayWindow {
  private highest = -1;
  private readonly taken = new Uint8Array(WINDOW);

  /** Whether the counter may still come. A cheap look before anything is decrypted; it changes nothing. */
  isFresh(counter: number): boolean {
    if (counter > this.highest) return true;
    return counter > this.highest - WINDOW && this.taken[counter % WINDOW] === 0;
  }

  /**
   * Takes the counter; false when it was taken before. Only after the frame was found genuine, else anybody could move
   * the window. Between the look and the mark nothing else runs, so that of two equal frames one is taken.
   */
  take(counter: number): boolean {
    if (!this.isFresh(counter)) return false;
    if (counter > this.highest) {
      const passed = Math.min(counter - this.highest, WINDOW);
      for (let back = 0; back < passed; back += 1) this.taken[(counter - back) % WINDOW] = 0;
      this.highest = counter;
    }
    this.taken[counter % WINDOW] = 1;
    return true;
  }
}
