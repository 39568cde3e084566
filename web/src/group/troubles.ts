// What of a group's troubles a person is told: not what mends itself, and nothing again and again.

import type { ParticipantId } from '../generated/protocol';
import type { Cancel, Clock } from '../session/clock';
import type { GroupProblem } from './surroundings';

/** How long coming in may take: a new link, and a commit of somebody else, each make it begin again. */
const ENTERING_MS = 15_000;
/** How often a person is told of a refused change at most. */
const AGAIN_MS = 60_000;

export interface TroubleEvents {
  isInside(): boolean;
  /** This page cannot come in. */
  outside(): void;
  /** A change came in somebody's name that members must not follow. */
  refused(by: ParticipantId): void;
}

export class Troubles {
  private entering: Cancel | null = null;
  private refusedAt: number | null = null;

  constructor(
    private readonly clock: Clock,
    private readonly events: TroubleEvents,
  ) {}

  happened(problem: GroupProblem): void {
    switch (problem.kind) {
      case 'not_entered':
        this.entering ??= this.clock.after(ENTERING_MS, () => this.stillOutside());
        break;
      case 'refused': {
        const now = this.clock.now();
        if (this.refusedAt !== null && now - this.refusedAt < AGAIN_MS) return;
        this.refusedAt = now;
        this.events.refused(problem.by);
        break;
      }
      default:
        problem satisfies never;
    }
  }

  close(): void {
    this.entering?.();
    this.entering = null;
  }

  private stillOutside(): void {
    this.entering = null;
    if (!this.events.isInside()) this.events.outside();
  }
}
