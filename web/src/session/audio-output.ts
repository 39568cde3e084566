// What is heard. One audio element for each audio slot; none of them is in the document.

interface WithSink {
  setSinkId?(id: string): Promise<void>;
}

export class AudioOutput {
  private readonly elements = new Map<MediaStreamTrack, HTMLAudioElement>();
  private speaker: string | null = null;

  static canChoose(): boolean {
    return 'setSinkId' in HTMLMediaElement.prototype;
  }

  /** Plays exactly these. */
  play(tracks: readonly MediaStreamTrack[]): void {
    for (const [track, element] of this.elements) {
      if (tracks.includes(track)) continue;
      element.srcObject = null;
      this.elements.delete(track);
    }
    for (const track of tracks) {
      if (!this.elements.has(track)) this.elements.set(track, this.start(new MediaStream([track])));
    }
  }

  async choose(speaker: string): Promise<void> {
    this.speaker = speaker;
    await Promise.all([...this.elements.values()].map((element) => this.direct(element)));
  }

  /** A short rising chord through the chosen speaker. */
  async test(): Promise<void> {
    const context = new AudioContext();
    const output = context.createMediaStreamDestination();
    const volume = context.createGain();
    volume.gain.value = 0.2;
    volume.connect(output);
    const [start, note] = [context.currentTime + 0.1, 0.18];
    for (const [at, frequency] of [523.25, 659.25, 783.99].entries()) {
      const tone = context.createOscillator();
      tone.frequency.value = frequency;
      tone.connect(volume);
      tone.start(start + at * note);
      tone.stop(start + 4 * note);
    }
    const element = this.start(output.stream);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    element.srcObject = null;
    await context.close();
  }

  private start(stream: MediaStream): HTMLAudioElement {
    const element = new Audio();
    element.autoplay = true;
    element.srcObject = stream;
    void this.direct(element).then(() => play(element));
    return element;
  }

  private async direct(element: HTMLAudioElement): Promise<void> {
    if (this.speaker === null) return;
    // A speaker that was unplugged: the browser's own choice stays.
    await (element as WithSink).setSinkId?.(this.speaker).catch(() => undefined);
  }
}

/** Browsers that refuse sound before the person did something get it with the next touch or key. */
function play(element: HTMLAudioElement): void {
  element.play().catch(() => {
    const again = () => {
      removeEventListener('pointerdown', again);
      removeEventListener('keydown', again);
      if (element.srcObject) element.play().catch(() => undefined);
    };
    addEventListener('pointerdown', again);
    addEventListener('keydown', again);
  });
}
