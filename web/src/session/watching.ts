// Asks the server for the videos that the layout shows, not more often than layouts settle.

import type { ParticipantId, Watch } from '../generated/protocol';
import { type Clock, Timer } from './clock';
import { sameList, type Tile, watchList } from './watch';

const DELAY_MS = 150;

export class Watching {
  private tiles: readonly Tile[] = [];
  private me: ParticipantId | null = null;
  /** What the server was last asked for. */
  private asked: readonly Watch[] = [];
  private readonly timer: Timer;

  /** `ask` is false when the server could not be reached. */
  constructor(
    clock: Clock,
    private readonly ask: (videos: Watch[]) => boolean,
  ) {
    this.timer = new Timer(clock);
  }

  show(tiles: readonly Tile[]): void {
    this.tiles = tiles;
    if (!this.timer.planned) this.timer.plan(DELAY_MS, () => this.tell());
  }

  /** Let in: the server may know nothing of what was asked for before. */
  enter(me: ParticipantId): void {
    this.me = me;
    this.asked = [];
    this.tell();
  }

  leave(): void {
    this.me = null;
    this.timer.cancel();
  }

  private tell(): void {
    const { me } = this;
    if (me === null) return;
    const videos = watchList(this.tiles.filter(({ participant }) => participant !== me));
    if (!sameList(this.asked, videos) && this.ask(videos)) this.asked = videos;
  }
}
