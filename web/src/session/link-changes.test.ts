import { beforeEach, describe, expect, test, vi } from 'vitest';
import { systemRandom } from '../crypto/bytes';
import { formatLink, type MeetingLink } from '../crypto/link';
import type { Act, Rotation } from '../generated/protocol';
import { LinkChanges } from './link-changes';
import { LinkKeys } from './link-keys';
import type { Reply } from './signalling';

const FIRST: MeetingLink = {
  id: 'abcdefghijklmnop',
  secret: new Uint8Array(16).fill(1),
  hostHash: new Uint8Array(16).fill(2),
  password: false,
};

/** One page, and what it asked for. The server's part is the test's. */
class Page {
  readonly asked: Rotation[] = [];
  readonly answers: ((reply: Reply) => void)[] = [];
  changes = 0;
  shown = '';
  readonly links: LinkChanges;

  private constructor(readonly keys: LinkKeys) {
    const address = {
      origin: 'https://host',
      path: '',
      fragment: '',
      replace: (link: string) => {
        this.shown = link;
      },
    };
    this.links = new LinkChanges(systemRandom, address, {
      ask: (act) => {
        if (act.act === 'rotate') this.asked.push(act.rotation);
        return new Promise((resolve) => this.answers.push(resolve));
      },
      changed: () => {
        this.changes += 1;
      },
    });
  }

  static async open(): Promise<Page> {
    return new Page(
      await LinkKeys.derive(FIRST, null, () => {
        throw new Error('there is no password');
      }),
    );
  }

  /** Asks for a new link; it is under way when this resolves. */
  async ask(): Promise<{ rotation: Rotation; answer(reply: Reply): Promise<void> }> {
    const before = this.asked.length;
    const done = this.links.make(
      this.keys,
      'Parents’ evening',
      (rotation): Act => ({ act: 'rotate', rotation }),
    );
    const rotation = await vi.waitUntil(() => this.asked[before]);
    const answer = this.answers[before];
    if (!answer) throw new Error('what is asked for can be answered');
    return {
      rotation,
      answer: async (reply) => {
        answer(reply);
        await done;
      },
    };
  }

  get link(): string {
    return formatLink('https://host', this.keys.link);
  }
}

let ada: Page;
let bob: Page;

beforeEach(async () => {
  [ada, bob] = [await Page.open(), await Page.open()];
});

describe('a change of the link (B5)', () => {
  test('of two that are asked for at the same time, both pages take the one that the server took', async () => {
    const adas = await ada.ask();
    const bobs = await bob.ask();
    for (const page of [ada, bob]) await page.links.follow(page.keys, [adas.rotation.link]);
    await adas.answer({ kind: 'done' });
    await bobs.answer({ kind: 'done' });
    expect(bob.link).toBe(ada.link);
    expect(bob.shown).toBe(ada.link);
    expect(bob.keys.token).toBe(ada.keys.token);
    expect([ada.changes, bob.changes]).toEqual([1, 1]);
    expect(await bob.keys.sealing.openTitle(adas.rotation.title)).toBe('Parents’ evening');
  });

  test('of two by one page, the first is taken when the second is pending too', async () => {
    const removal = await ada.ask();
    const another = await ada.ask();
    await ada.links.follow(ada.keys, [removal.rotation.link]);
    const taken = ada.link;
    await removal.answer({ kind: 'done' });
    await another.answer({ kind: 'done' });
    expect(ada.link).toBe(taken);
    expect(ada.changes).toBe(1);
  });

  test.each<Reply>([{ kind: 'done' }, { kind: 'denied', reason: 'not_stored' }, { kind: 'lost' }])(
    'is not in force by an answer alone: %j',
    async (reply) => {
      const before = ada.link;
      const asked = await ada.ask();
      await asked.answer(reply);
      expect(ada.link).toBe(before);
      expect([ada.changes, ada.shown]).toEqual([0, '']);
    },
  );

  test('is followed through all that were missed, and told once', async () => {
    const links = [];
    for (let change = 0; change < 3; change += 1) {
      const { rotation } = await ada.ask();
      links.push(rotation.link);
      await ada.links.follow(ada.keys, [rotation.link]);
    }
    await bob.links.follow(bob.keys, links);
    expect(bob.link).toBe(ada.link);
    expect(bob.changes).toBe(1);
    await bob.links.follow(bob.keys, links.slice(-1));
    expect(bob.changes).toBe(1);
  });
});
