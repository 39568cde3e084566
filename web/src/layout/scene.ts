// Who is shown where: from the people in a meeting to tiles. Geometry comes after.

import { type MeetingSettings, type Source, VIDEO_SLOTS } from '../generated/protocol';
import type { Interface, Person } from '../state/model';
import { listens } from '../state/roles';

/** One picture of one person. */
export interface Tile {
  key: string;
  person: Person;
  source: 'camera' | 'screen';
  /** Whether there is a moving picture. Another person's needs one of the video slots. */
  video: boolean;
}

export type Scene = Main & {
  /** How many people listen, and are no tiles. */
  audience: number;
  /** The own picture, small above the rest, where it is not one of the tiles. */
  floating: Tile | null;
};

type Main =
  /** Nobody else is here, or to be seen. */
  | { kind: 'alone' }
  /** Everybody alike, a page at a time. */
  | { kind: 'tiles'; tiles: readonly Tile[]; page: number; pages: number }
  /** One large, the others in a strip; `more` do not fit in it. */
  | { kind: 'stage'; stage: Tile; strip: readonly Tile[]; more: number };

export interface SceneWish {
  people: readonly Person[];
  settings: MeetingSettings;
  /** The most recent first. */
  speakers: readonly number[];
  layout: Interface['layout'];
  pinned: Interface['pinned'];
  selfView: boolean;
  /** Tiles that the window has room for, in the grid and in the strip. */
  roomFor: { page: number; strip: number };
  page: number;
}

export function tileKey(participant: number, source: Source): string {
  return `${participant}:${source}`;
}

/** An audience is a number: hundreds of faces that say nothing would hide who speaks. */
export function scene(wish: SceneWish): Scene {
  const seen = wish.people.filter((person) => !listens(person, wish.settings));
  const audience = wish.people.length - seen.length;
  return { ...arrange({ ...wish, people: seen }, audience > 0), audience };
}

type Arranged = Main & Pick<Scene, 'floating'>;

function arrange(wish: SceneWish, heard: boolean): Arranged {
  const me = wish.people.find((person) => person.me);
  const self = wish.selfView && me ? tile(me, 'camera') : null;
  const others = wish.people.filter((person) => !person.me).map((person) => tile(person, 'camera'));
  const screens = wish.people
    .filter((person) => !person.me && person.live.includes('screen'))
    .map((person) => tile(person, 'screen'));
  if (others.length === 0) {
    // Before an audience one sees what the audience sees.
    return heard && self ? { ...inPages([self], wish), floating: null } : { kind: 'alone', floating: self };
  }

  const stage = pinnedTile(wish.pinned, [...screens, ...others]) ?? screens.at(-1) ?? talking(others, wish);
  if (stage) {
    const rest = [...screens, ...others].filter((each) => each.key !== stage.key);
    return onStage(stage, rest, self, wish);
  }
  // Between two people the own picture stays small; in a round it is one of many.
  if (others.length === 1) return { ...inPages(others, wish), floating: self };
  return { ...inPages(self ? [...others, self] : others, wish), floating: null };
}

/** The videos of others that a scene shows, the most important first: what the server is asked for. */
export function watched(shown: Scene): Tile[] {
  const wanted = (tiles: readonly Tile[]) =>
    tiles.filter((each) => each.video && !each.person.me).slice(0, VIDEO_SLOTS);
  switch (shown.kind) {
    case 'alone':
      return [];
    case 'tiles':
      return wanted(shown.tiles);
    case 'stage':
      return wanted([shown.stage, ...shown.strip]);
  }
}

function tile(person: Person, source: Tile['source']): Tile {
  return { key: tileKey(person.id, source), person, source, video: person.live.includes(source) };
}

function pinnedTile(pinned: Interface['pinned'], tiles: readonly Tile[]): Tile | undefined {
  return pinned ? tiles.find((each) => each.key === tileKey(pinned.participant, pinned.source)) : undefined;
}

/** For the speaker layout: who speaks, or who is there. */
function talking(others: readonly Tile[], wish: SceneWish): Tile | undefined {
  if (wish.layout !== 'speaker') return undefined;
  const speaker = wish.speakers.find((id) => others.some((each) => each.person.id === id));
  return others.find((each) => each.person.id === speaker) ?? others[0];
}

function onStage(stage: Tile, rest: readonly Tile[], self: Tile | null, wish: SceneWish): Arranged {
  // A strip of oneself alone would take more room than it is worth.
  if (rest.length === 0) return { kind: 'stage', stage, strip: [], more: 0, floating: self };
  const all = self ? [...rest, self] : rest;
  // Where not all fit, the last place in the strip says how many more there are.
  const places = all.length <= wish.roomFor.strip ? all.length : Math.max(0, wish.roomFor.strip - 1);
  const strip = favoured(all, wish.speakers, places);
  return { kind: 'stage', stage, strip, more: all.length - strip.length, floating: null };
}

function inPages(tiles: readonly Tile[], wish: SceneWish): Main {
  const first = favoured(tiles, wish.speakers, wish.roomFor.page);
  const ordered = [...first, ...tiles.filter((each) => !first.includes(each))];
  const pages = paginate(ordered, wish.roomFor.page);
  const page = Math.max(0, Math.min(wish.page, pages.length - 1));
  return { kind: 'tiles', tiles: pages[page] ?? [], page, pages: pages.length };
}

/**
 * The `count` tiles that matter most (oneself, screens, recent speakers, then those with video, then the eldest), in
 * their usual order: a tile moves only when somebody enters or leaves the choice, not whenever another person speaks.
 */
function favoured(tiles: readonly Tile[], speakers: readonly number[], count: number): Tile[] {
  if (tiles.length <= count) return [...tiles];
  const rank = (each: Tile): number => {
    if (each.person.me) return -2;
    if (each.source === 'screen') return -1;
    const spoke = speakers.indexOf(each.person.id);
    if (spoke >= 0) return spoke;
    return each.video ? speakers.length : speakers.length + 1;
  };
  const chosen = new Set([...tiles].sort((a, b) => rank(a) - rank(b)).slice(0, count));
  return tiles.filter((each) => chosen.has(each));
}

/** Cuts into pages of at most `perPage` tiles, of which at most `VIDEO_SLOTS` are moving pictures of others. */
function paginate(tiles: readonly Tile[], perPage: number): Tile[][] {
  const pages: Tile[][] = [];
  let page: Tile[] = [];
  let videos = 0;
  for (const each of tiles) {
    const needsSlot = each.video && !each.person.me;
    if (page.length >= Math.max(1, perPage) || (needsSlot && videos >= VIDEO_SLOTS)) {
      pages.push(page);
      page = [];
      videos = 0;
    }
    page.push(each);
    if (needsSlot) videos += 1;
  }
  if (page.length > 0) pages.push(page);
  return pages;
}
