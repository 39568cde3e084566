import { describe, expect, test } from 'vitest';
import { USUAL_SETTINGS, VIDEO_SLOTS } from '../generated/protocol';
import type { Person } from '../state/model';
import { audience } from '../state/roles';
import { place, roomFor } from './place';
import { type Scene, type SceneWish, scene, tileKey, watched } from './scene';

const ME = 1;

function person(id: number, live: Person['live'] = ['microphone', 'camera']): Person {
  return {
    id,
    identity: `key-${id}`,
    name: `Person ${id}`,
    role: 'participant',
    proven: true,
    live,
    hand: null,
    quality: 'good',
    connected: true,
    me: id === ME,
    speaking: false,
  };
}

function people(count: number, live?: Person['live']): Person[] {
  return Array.from({ length: count }, (_, index) => person(index + 1, live));
}

function wish(change: Partial<SceneWish>): SceneWish {
  return {
    people: people(3),
    settings: USUAL_SETTINGS,
    speakers: [],
    layout: 'tiles',
    pinned: null,
    selfView: true,
    roomFor: { page: 25, strip: 5 },
    page: 0,
    ...change,
  };
}

function ids(shown: Scene): number[] {
  if (shown.kind === 'alone') return [];
  const tiles = shown.kind === 'tiles' ? shown.tiles : [shown.stage, ...shown.strip];
  return tiles.map((each) => each.person.id);
}

describe('an audience', () => {
  const settings = { ...USUAL_SETTINGS, ...audience(true) };
  const host = (id: number): Person => ({ ...person(id), role: 'host' });
  const speaker = (id: number): Person => ({ ...person(id, []), role: 'speaker' });
  const listeners = (count: number): Person[] =>
    Array.from({ length: count }, (_, index) => person(100 + index, []));

  test('is a number, whoever looks', () => {
    const room = [person(ME, []), host(2), speaker(3), ...listeners(300)];
    const shown = scene(wish({ settings, people: room }));
    expect([ids(shown), shown.audience, shown.floating]).toEqual([[2, 3], 301, null]);
    const fromStage = scene(wish({ settings, people: [host(ME), speaker(3), ...listeners(300)] }));
    expect([ids(fromStage), fromStage.audience]).toEqual([[3], 300]);
    expect(fromStage.floating?.person.id).toBe(ME);
  });

  test('is shown as anybody where people may switch things on by themselves', () => {
    const shown = scene(wish({ people: [host(ME), ...listeners(3)] }));
    expect([ids(shown), shown.audience]).toEqual([[100, 101, 102, ME], 0]);
  });

  test('who is still to be heard or seen is a tile', () => {
    const room = [host(ME), person(7, ['microphone']), person(8, ['camera']), ...listeners(2)];
    const shown = scene(wish({ settings, people: room }));
    expect([ids(shown), shown.audience]).toEqual([[7, 8, ME], 2]);
  });

  test('who stands before it alone sees themselves, and it sees that nobody speaks', () => {
    const before = scene(wish({ settings, people: [host(ME), ...listeners(2)] }));
    expect([ids(before), before.floating, before.audience]).toEqual([[ME], null, 2]);
    const among = scene(wish({ settings, people: [person(ME, []), ...listeners(2)] }));
    expect([among.kind, among.floating, among.audience]).toEqual(['alone', null, 3]);
  });
});

describe('scene', () => {
  test('says when nobody else is here', () => {
    expect(scene(wish({ people: people(1) })).kind).toBe('alone');
  });

  test('keeps the own picture small between two people, and makes it one of many in a round', () => {
    const two = scene(wish({ people: people(2) }));
    expect([ids(two), two.floating?.person.id]).toEqual([[2], ME]);
    const three = scene(wish({ people: people(3) }));
    expect([ids(three), three.floating]).toEqual([[2, 3, ME], null]);
  });

  test('shows oneself nowhere when the self view is off', () => {
    for (const count of [1, 2, 3, 9]) {
      const shown = scene(wish({ people: people(count), selfView: false }));
      expect(shown.floating).toBeNull();
      expect(ids(shown)).not.toContain(ME);
    }
  });

  test('gives the stage to a shared screen, and to a pinned tile before that', () => {
    const sharing = [person(1), person(2), person(3, ['screen'])];
    const shown = scene(wish({ people: sharing }));
    expect(shown.kind === 'stage' && shown.stage.key).toBe(tileKey(3, 'screen'));
    const pinned = scene(wish({ people: sharing, pinned: { participant: 2, source: 'camera' } }));
    expect(pinned.kind === 'stage' && pinned.stage.key).toBe(tileKey(2, 'camera'));
  });

  test('forgets a pin whose person is gone', () => {
    expect(scene(wish({ pinned: { participant: 99, source: 'camera' } })).kind).toBe('tiles');
  });

  test('puts the last other speaker on the stage, never oneself', () => {
    const shown = scene(wish({ people: people(4), layout: 'speaker', speakers: [ME, 3, 2] }));
    expect(shown.kind === 'stage' && shown.stage.person.id).toBe(3);
  });

  test('counts those who do not fit in the strip', () => {
    const shown = scene(wish({ people: people(12), layout: 'speaker' }));
    if (shown.kind !== 'stage') throw new Error('no stage');
    expect(shown.strip).toHaveLength(4);
    expect(1 + shown.strip.length + shown.more).toBe(12);
  });

  test('shows everybody on exactly one page', () => {
    const wished = wish({ people: people(30, ['microphone']), roomFor: { page: 8, strip: 5 } });
    const first = scene(wished);
    if (first.kind !== 'tiles') throw new Error('no tiles');
    const all = Array.from({ length: first.pages }, (_, page) => ids(scene({ ...wished, page }))).flat();
    expect([...all].sort((a, b) => a - b)).toEqual(people(30).map((each) => each.id));
  });

  test('never shows more videos than the server sends', () => {
    for (const count of [2, 9, 10, 11, 25, 60]) {
      for (const layout of ['tiles', 'speaker'] as const) {
        const shown = scene(wish({ people: people(count), layout, roomFor: { page: 25, strip: 20 } }));
        expect(watched(shown).length).toBeLessThanOrEqual(VIDEO_SLOTS);
        expect(watched(shown).some((each) => each.person.me)).toBe(false);
        if (shown.kind === 'tiles') {
          expect(shown.tiles.filter((each) => each.video && !each.person.me).length).toBeLessThanOrEqual(
            VIDEO_SLOTS,
          );
        }
      }
    }
  });

  test('brings a speaker to the first page and leaves the others where they are', () => {
    const wished = wish({ people: people(12), roomFor: { page: 4, strip: 5 } });
    expect(ids(scene(wished))).toEqual([2, 3, 4, ME]);
    expect(ids(scene({ ...wished, speakers: [11] }))).toEqual([2, 3, 11, ME]);
    expect(ids(scene({ ...wished, speakers: [3, 11] }))).toEqual([2, 3, 11, ME]);
  });

  test('stays on the last page when people leave', () => {
    const shown = scene(wish({ people: people(5, []), roomFor: { page: 2, strip: 1 }, page: 9 }));
    expect(shown.kind === 'tiles' && shown.page).toBe(2);
  });
});

describe('place', () => {
  const windows = [
    { width: 1280, height: 700 },
    { width: 360, height: 560 },
    { width: 740, height: 240 },
    { width: 900, height: 1200 },
  ];

  test('keeps tiles, strip and count inside the window and apart', () => {
    for (const window of windows) {
      for (const layout of ['tiles', 'speaker'] as const) {
        for (const count of [1, 2, 3, 5, 9, 25, 60]) {
          const shown = scene(wish({ people: people(count), layout, roomFor: roomFor(window) }));
          const { tiles, more } = place(shown, window);
          const solid = [...tiles].filter(([key]) => key !== shown.floating?.key).map(([, rect]) => rect);
          if (more) solid.push(more);
          for (const rect of tiles.values()) {
            expect(rect.left).toBeGreaterThanOrEqual(0);
            expect(rect.top).toBeGreaterThanOrEqual(0);
            expect(rect.left + rect.width).toBeLessThanOrEqual(window.width);
            expect(rect.top + rect.height).toBeLessThanOrEqual(window.height);
          }
          solid.forEach((a, index) => {
            for (const b of solid.slice(index + 1)) {
              const apart =
                a.left + a.width <= b.left ||
                b.left + b.width <= a.left ||
                a.top + a.height <= b.top ||
                b.top + b.height <= a.top;
              expect(apart, JSON.stringify({ window, layout, count, a, b })).toBe(true);
            }
          });
        }
      }
    }
  });

  test('gives every tile of a scene a place', () => {
    for (const window of windows) {
      const shown = scene(wish({ people: people(20), layout: 'speaker', roomFor: roomFor(window) }));
      expect(place(shown, window).tiles.size).toBe(ids(shown).length);
      expect(place(shown, window).more === null).toBe(shown.kind === 'stage' && shown.more === 0);
    }
  });
});
