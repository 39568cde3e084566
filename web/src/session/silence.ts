// What is sent in place of a microphone that is not there, so that the packets of a person who has none, or refused it,
// are as large and as many as anybody's (K5).

/** A browser may want a touch or a key before it plays anything, be it silence. */
const GESTURES = ['pointerup', 'keydown'] as const;

interface Playing {
  context: AudioContext;
  track: MediaStreamTrack;
}

export class Silence {
  private playing: Playing | null = null;
  private readonly wake = () => {
    const { context } = this.playing ?? {};
    if (context && context.state !== 'running') context.resume().catch(() => undefined);
  };

  /** The same one until {@link close}; null where the browser cannot make one. */
  track(): MediaStreamTrack | null {
    this.playing ??= this.begin();
    return this.playing?.track ?? null;
  }

  close(): void {
    if (!this.playing) return;
    const { context, track } = this.playing;
    this.playing = null;
    for (const gesture of GESTURES) removeEventListener(gesture, this.wake);
    track.stop();
    context.close().catch(() => undefined);
  }

  private begin(): Playing | null {
    let playing: Playing | null = null;
    try {
      playing = play();
    } catch (error) {
      console.warn('no silence can be sent:', error);
      return null;
    }
    // A telephone call interrupts it, for example.
    playing.context.addEventListener('statechange', this.wake);
    for (const gesture of GESTURES) addEventListener(gesture, this.wake);
    playing.context.resume().catch(() => undefined);
    return playing;
  }
}

/** Zeros that are played: a destination into which nothing plays gives no sound at all in Chromium, and no packet. */
function play(): Playing {
  const context = new AudioContext();
  const zeros = new ConstantSourceNode(context, { offset: 0 });
  const destination = new MediaStreamAudioDestinationNode(context, { channelCount: 1 });
  zeros.connect(destination);
  zeros.start();
  const [track] = destination.stream.getAudioTracks();
  if (!track) throw new Error('a destination without a track');
  return { context, track };
}
