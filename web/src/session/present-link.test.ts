import { beforeEach, describe, expect, test } from 'vitest';
import { type Bytes, fromBase64Url, sha256, systemRandom, toBase64Url, utf8 } from '../crypto/bytes';
import { formatLink, type MeetingLink } from '../crypto/link';
import type { Rotation } from '../generated/protocol';
import { type Content, decodeContent, encodeContent } from '../group/content';
import type { NoticeText } from '../state/model';
import { FakeClock } from './connection.testkit';
import { LinkKeys } from './link-keys';
import type { OwnRecord } from './own-record';
import { PresentLink } from './present-link';

const FIRST: MeetingLink = {
  id: 'abcdefghijklmnop',
  secret: new Uint8Array(16).fill(1),
  hostHash: new Uint8Array(16).fill(2),
  password: false,
};

/** One page. The group's messages are readable here. */
class Page {
  readonly clock = new FakeClock();
  readonly asked: Rotation[] = [];
  readonly notices: NoticeText[] = [];
  changes = 0;
  shown = '';
  place: number | null = 0;
  clear = true;
  inside = true;
  readonly link: PresentLink;

  private constructor(readonly keys: LinkKeys) {
    const address = {
      origin: 'https://host',
      path: '',
      fragment: '',
      replace: (link: string) => {
        this.shown = link;
      },
    };
    const record = { own: null, keepLink: () => undefined } as unknown as OwnRecord;
    this.link = new PresentLink(systemRandom, address, this.clock, record, {
      ask: (act) => {
        if (act.act === 'rotate') this.asked.push(act.rotation);
        return Promise.resolve({ kind: 'done' });
      },
      seal: async (content) => (this.inside ? encodeContent(content) : null),
      place: () => this.place,
      isClear: () => this.clear,
      isHost: () => false,
      changed: () => {
        this.changes += 1;
      },
      notice: (text) => this.notices.push(text),
    });
    this.link.title = 'Parents’ evening';
  }

  static async open(): Promise<Page> {
    const none = () => Promise.reject(new Error('there is no password'));
    return new Page(await LinkKeys.derive(FIRST, null, none));
  }

  /** What the server passes on; `readable` is false for one's own message. */
  follow({ link }: Rotation, readable = true): Promise<'own' | 'others' | null> {
    const message = bytes(link);
    return this.link.follow(this.keys, message, readable ? decodeContent(message) : null);
  }

  get present(): string {
    return formatLink('https://host', this.keys.link);
  }
}

function bytes(text: string): Bytes {
  const decoded = fromBase64Url(text);
  if (!decoded) throw new Error('base64url is expected');
  return decoded;
}

let ada: Page;
let bob: Page;

beforeEach(async () => {
  [ada, bob] = await Promise.all([Page.open(), Page.open()]);
});

async function made(page: Page): Promise<Rotation> {
  await page.link.make(page.keys);
  const rotation = page.asked.at(-1);
  if (!rotation) throw new Error('a link is asked for');
  return rotation;
}

describe('a new link', () => {
  test('is in force when the server says so, for its maker and for the others (K7)', async () => {
    const before = ada.present;
    const rotation = await made(ada);
    expect(ada.present).toBe(before);
    expect(await ada.follow(rotation, false)).toBe('own');
    expect(await bob.follow(rotation)).toBe('others');
    expect(ada.present).not.toBe(before);
    expect(bob.present).toBe(ada.present);
    expect([ada.shown, bob.shown]).toEqual([ada.present, ada.present]);
    expect(rotation.admission).toBe(toBase64Url(await sha256(bytes(bob.keys.token))));
    // The title goes with it.
    expect(await bob.link.read(bob.keys, rotation.title)).toBe(false);
    expect(bob.link.title).toBe('Parents’ evening');
  });

  test('of two that are asked for at once, both follow the one that counts', async () => {
    const [first] = [await made(ada), await made(bob)];
    expect(await ada.follow(first, false)).toBe('own');
    expect(await bob.follow(first)).toBe('others');
    expect(bob.present).toBe(ada.present);
  });

  test('is not followed when nobody who may says so', async () => {
    const before = bob.present;
    for (const told of [
      null,
      { type: 'chat', text: 'x' },
      { type: 'link', secret: 'c2hvcnQ' },
    ] as (Content | null)[])
      expect(await bob.link.follow(bob.keys, utf8('?'), told)).toBeNull();
    expect([bob.present, bob.changes]).toEqual([before, 0]);
  });

  test('that is the present one changes nothing', async () => {
    const rotation = await made(ada);
    await bob.follow(rotation);
    await bob.follow(rotation);
    expect(bob.changes).toBe(1);
  });

  test('is not asked for while nobody could be told', async () => {
    ada.inside = false;
    await ada.link.make(ada.keys);
    expect(ada.asked).toEqual([]);
  });
});

describe('after a removal (B5)', () => {
  test('what is put in the link’s place is nobody’s', async () => {
    const [one, other] = [await ada.link.nobodys(), await ada.link.nobodys()];
    expect(bytes(one)).toHaveLength(32);
    expect(one).not.toBe(other);
  });

  test('no link is told while somebody has keys who should not', async () => {
    ada.clear = false;
    ada.link.unlinked(ada.keys);
    await ada.clock.turn(20_000);
    expect(ada.asked).toHaveLength(0);
    ada.clear = true;
    await ada.clock.turn(5_000);
    await until(() => ada.asked.length === 1);
  });

  test('the next moderator makes the link when the one who removed somebody does not', async () => {
    ada.place = 1;
    ada.link.unlinked(ada.keys);
    await ada.clock.turn(9_000);
    expect(ada.asked).toHaveLength(0);
    await ada.clock.turn(1_000);
    await until(() => ada.asked.length === 1);
    // Again, for as long as there is none.
    await ada.clock.turn(10_000);
    await until(() => ada.asked.length === 2);
  });

  test('not when it came, and not by somebody who moderates nothing', async () => {
    bob.place = null;
    ada.link.unlinked(ada.keys);
    bob.link.unlinked(bob.keys);
    await ada.follow(await made(bob));
    await ada.clock.turn(30_000);
    await bob.clock.turn(30_000);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect([ada.asked.length, bob.asked.length]).toEqual([0, 1]);
  });
});

/** Keys are derived in the background. */
async function until(done: () => boolean): Promise<void> {
  for (let tries = 0; tries < 200 && !done(); tries += 1) await new Promise((r) => setTimeout(r, 5));
  expect(done()).toBe(true);
}

test('a title that does not open is told once, and whom it is told depends on the part', async () => {
  const rotation = await made(ada);
  expect(await bob.link.read(bob.keys, rotation.title)).toBe(true);
  expect(await bob.link.read(bob.keys, rotation.title)).toBe(false);
  bob.link.tellStale();
  expect(bob.notices).toEqual([{ kind: 'stale_link', host: false }]);
});
