// When a key frame is asked for: a picture that was dropped leaves those after it without what they build on.

/** Key frames are large. They are not asked for more often. */
export const ASK_EVERY_MS = 1000;

export class Gap {
  private open = false;
  private asked = Number.NEGATIVE_INFINITY;

  /** A frame was dropped. */
  dropped(): void {
    this.open = true;
  }

  /** A frame passed. Whether to ask now: only when frames pass at all, else a key frame would be lost as well. */
  passed(keyFrame: boolean, now: number): boolean {
    if (keyFrame) this.open = false;
    if (!this.open || now - this.asked < ASK_EVERY_MS) return false;
    this.asked = now;
    return true;
  }
}
