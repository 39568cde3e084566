// What each receive section is to play. The server says who is in it, the group which leaf is theirs; whatever else the
// server puts there does not open (K2).

import type { ParticipantId, Slot, Source } from '../generated/protocol';
import type { Expected, MediaKeys, Slot as SlotNumber } from '../sframe/media-keys';
import { isLeaf, kindOf, type MediaKind } from '../sframe/profile';

/** Somebody's place in the group. */
export interface Seat {
  leaf: number;
  /** The first epoch in which the leaf is this person's. */
  since: number;
}

/** A section of the present peer connection that receives. */
export interface ReceiveSection {
  mid: string;
  number: SlotNumber;
  kind: MediaKind;
}

export class Expectations {
  private seats: ReadonlyMap<ParticipantId, Seat> = new Map();
  private slots: readonly Slot[] = [];
  private sections: readonly ReceiveSection[] = [];
  /** What was said last, so that nothing is said twice: the worker takes each word for a new person. */
  private readonly told = new Map<SlotNumber, Expected>();

  constructor(private readonly keys: Pick<MediaKeys, 'expect' | 'forget'>) {}

  setSeats(seats: ReadonlyMap<ParticipantId, Seat>): void {
    this.seats = seats;
    this.follow();
  }

  /** Sections that are not among these any more play nothing. */
  setSlots(slots: readonly Slot[], sections: readonly ReceiveSection[]): void {
    this.slots = slots;
    this.sections = sections;
    this.follow();
  }

  /** The worker has forgotten everything by itself. Nothing is played before there are new seats. */
  cleared(): void {
    this.told.clear();
    this.seats = new Map();
  }

  private follow(): void {
    const wanted = new Map<SlotNumber, Expected>();
    for (const section of this.sections) {
      const expected = this.expectedIn(section);
      if (expected) wanted.set(section.number, expected);
    }
    for (const number of [...this.told.keys()]) {
      if (wanted.has(number)) continue;
      this.told.delete(number);
      this.keys.forget(number);
    }
    for (const [number, expected] of wanted) {
      if (isSame(this.told.get(number), expected)) continue;
      this.told.set(number, expected);
      this.keys.expect(number, expected);
    }
  }

  private expectedIn({ mid, kind }: ReceiveSection): Expected | null {
    const slot = this.slots.find((one) => one.mid === mid);
    const seat = slot && this.seats.get(slot.participant);
    // The server may say what it likes; a picture does not come out of a section of sound.
    if (!seat || !isLeaf(seat.leaf) || kindOf(slot.source) !== kind) return null;
    return expectedOf(seat, slot.source);
  }
}

function expectedOf({ leaf, since }: Seat, source: Source): Expected {
  return { leaf, source, since };
}

function isSame(one: Expected | undefined, other: Expected): boolean {
  return one?.leaf === other.leaf && one.source === other.source && one.since === other.since;
}
