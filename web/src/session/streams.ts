// Which picture is whose: the server says which slot carries what, views ask by person and source.

import { signal } from '@preact/signals';
import type { ParticipantId, Slot, Source } from '../generated/protocol';

interface Carried {
  stream: MediaStream;
  track: MediaStreamTrack;
}

export interface Pair {
  sound: string;
  picture: string;
}

const SOUND_OF: Partial<Record<Source, Source>> = { camera: 'microphone', screen: 'screen_audio' };

export class Streams {
  private readonly carried = new Map<string, Carried>();
  private slots: readonly Slot[] = [];
  private readonly version = signal(0);

  /** `trackOf` finds a slot's track. */
  update(slots: readonly Slot[], trackOf: (mid: string) => MediaStreamTrack | null): void {
    this.slots = slots;
    const present = new Set<string>();
    for (const { mid, participant, source } of slots) {
      const track = trackOf(mid);
      if (!track) continue;
      const key = keyOf(participant, source);
      present.add(key);
      this.carry(key, track);
    }
    for (const [key, { stream, track }] of this.carried) {
      if (present.has(key)) continue;
      stream.removeTrack(track);
      this.carried.delete(key);
    }
    this.version.value += 1;
  }

  clear(): void {
    this.update([], () => null);
  }

  stream(who: ParticipantId, source: Source): MediaStream | null {
    // Read for its effect: a component that asks is drawn again when the slots change.
    void this.version.value;
    return this.carried.get(keyOf(who, source))?.stream ?? null;
  }

  /** Whether somebody's picture is held back because this page's connection could not carry it. */
  paused(who: ParticipantId, source: Source): boolean {
    void this.version.value;
    return this.slots.some((slot) => slot.participant === who && slot.source === source && slot.paused);
  }

  /** Whose sound a media section carries. */
  voices(): Map<string, ParticipantId> {
    return new Map(
      this.slots
        .filter(({ source }) => source === 'microphone')
        .map(({ mid, participant }) => [mid, participant]),
    );
  }

  /** The media sections of the sounds and pictures that belong together. */
  pairs(): Pair[] {
    const found: Pair[] = [];
    for (const { mid: picture, participant, source } of this.slots) {
      const other = SOUND_OF[source];
      const sound = this.slots.find((slot) => slot.participant === participant && slot.source === other);
      if (sound) found.push({ sound: sound.mid, picture });
    }
    return found;
  }

  private carry(key: string, track: MediaStreamTrack): void {
    const former = this.carried.get(key);
    if (former?.track === track) return;
    if (former) {
      former.stream.removeTrack(former.track);
      former.stream.addTrack(track);
      this.carried.set(key, { stream: former.stream, track });
    } else {
      this.carried.set(key, { stream: new MediaStream([track]), track });
    }
  }
}

function keyOf(who: ParticipantId, source: Source): string {
  return `${who}:${source}`;
}
