// Media encryption in real browsers, with two ends in one page and no server between them (K2, K4, K5).

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { COLOUR, LAYERS } from '../encryption/facts.js';
import { chromiumTab, firefoxTab } from '../harness/browsers.mjs';
import { EncryptionPage } from '../harness/encryption-page.mjs';
import { until } from '../harness/until.mjs';

const ALICE = 3;
const BOB = 4000;
const STUCK = 600_000;
/** Enough that no browser sends so much without having decoded something, were it able to. */
const MANY_FRAMES = 60;

/** Built for the first scene that needs it. */
let building;
after(async () => (await building)?.close());

const browsers = { Chromium: chromiumTab, Firefox: firefoxTab };

for (const [name, open] of Object.entries(browsers)) {
  test(`${name}: three layers of a picture arrive where the keys agree`, { timeout: STUCK }, async () => {
    await withTab(open, async (end) => {
      await end.camera();
      await end.keys('alice', 1, ALICE, 'k');
      await end.keys('bob', 1, BOB, 'k');
      await end.expectLayers();
      await until('all layers are decoded', async () => {
        const streams = await end.decoded();
        return LAYERS.every((rid) => streams[rid]?.framesDecoded > 20);
      });
      await until('the picture is seen as it was sent', async () => {
        const seen = await end.run(() => encryption.seen());
        return seen && near(seen.colour, COLOUR);
      });
      assert.deepEqual(await end.problems(), []);

      // A new epoch in the middle: nobody waits for the other, and the picture goes on.
      await end.keys('alice', 2, ALICE, 'l');
      await end.keys('bob', 2, BOB, 'l');
      const then = await end.decoded();
      await until('all layers go on', async () => {
        const streams = await end.decoded();
        return LAYERS.every((rid) => streams[rid].framesDecoded > then[rid].framesDecoded + 20);
      });
    });
  });

  test(`${name}: sound arrives where the keys agree`, { timeout: STUCK }, async () => {
    await withTab(open, async (end) => {
      await end.sound({ kind: 'voice', rate: 24_000 });
      await end.keys('alice', 1, ALICE, 'k');
      await end.keys('bob', 1, BOB, 'k');
      await end.run((leaf) => encryption.expect(0, { leaf, source: 'microphone', since: 0 }), ALICE);
      await until('sound is heard', async () => (await end.run(() => encryption.heard())) > 0.001);
      assert.deepEqual(await end.problems(), []);
    });
  });

  test(`${name}: with other keys nothing is decoded, until they agree`, { timeout: STUCK }, async () => {
    await withTab(open, async (end) => {
      await end.camera();
      await end.keys('alice', 1, ALICE, 'k');
      await end.keys('bob', 1, BOB, 'x');
      await end.expectLayers();
      await until('enough frames were refused', async () => (await end.refused()).not_genuine > MANY_FRAMES);
      assert.equal(await end.framesDecoded(), 0);
      assert.ok((await end.problems()).some(({ kind }) => kind === 'tampering'));

      // Another sender's frames under the right keys are refused as well.
      await end.expectLayers(ALICE + 1);
      await end.keys('alice', 2, ALICE, 'l');
      await end.keys('bob', 2, BOB, 'l');
      await until('the other sender is refused', async () => {
        return (await end.refused()).unexpected_sender > MANY_FRAMES;
      });
      assert.equal(await end.framesDecoded(), 0);

      await end.expectLayers();
      await until('the picture is decoded now', async () => {
        const streams = await end.decoded();
        return LAYERS.every((rid) => streams[rid]?.framesDecoded > 5);
      });
    });
  });

  test(`${name}: nothing leaves before there is a key`, { timeout: STUCK }, async () => {
    await withTab(open, async (end) => {
      await end.camera();
      await end.keys('bob', 1, BOB, 'k');
      await end.expectLayers();
      await until('enough was encoded and kept', async () => {
        const [track] = await end.run(() => encryption.statistics('alice'));
        return track?.dropped.no_key > MANY_FRAMES;
      });
      assert.equal(await end.run(() => encryption.sent()), 0);
      assert.equal(await end.framesDecoded(), 0);
      assert.deepEqual(await end.refused(), {});

      await end.keys('alice', 1, ALICE, 'k');
      await until('it begins with the key', async () => {
        const streams = await end.decoded();
        return LAYERS.every((rid) => streams[rid]?.framesDecoded > 5);
      });
    });
  });

  test(`${name}: nothing leaves after the worker ended`, { timeout: STUCK }, async () => {
    await withTab(open, async (end) => {
      await end.camera();
      await end.keys('alice', 1, ALICE, 'k');
      await until('something is sent', async () => (await end.run(() => encryption.sent())) > 0);
      await end.run(() => encryption.endWorker('alice'));
      // What was handed to the network before may still be counted.
      const encoded = await end.run(() => encryption.encoded());
      let last = -1;
      await until('it is quiet', async () => {
        const before = last;
        last = await end.run(() => encryption.sent());
        return last === before;
      });
      await until('the encoder went on', async () => {
        return (await end.run(() => encryption.encoded())) > encoded + MANY_FRAMES;
      });
      assert.equal(await end.run(() => encryption.sent()), last);
    });
  });

  test(`${name}: a picture that was not sealed is not played`, { timeout: STUCK }, async () => {
    await withTab(open, async (end) => {
      await end.camera({ plain: 'sender' });
      await end.keys('bob', 1, BOB, 'k');
      await end.expectLayers();
      await until('enough was refused', async () => (await end.refused()).not_sframe > MANY_FRAMES);
      assert.equal(await end.framesDecoded(), 0);
    });
  });

  test(`${name}: a sealed picture is none for who opens nothing`, { timeout: STUCK }, async () => {
    await withTab(open, async (end) => {
      await end.camera({ plain: 'receiver' });
      await end.keys('alice', 1, ALICE, 'k');
      await until('enough was sent', async () => {
        return (await end.run(() => encryption.encoded())) > 3 * MANY_FRAMES;
      });
      const shown = await end.run(() => encryption.seen());
      assert.ok(!shown || !near(shown.colour, COLOUR), JSON.stringify(shown));
    });
  });

  test(`${name}: all sound has one size, at one rate`, { timeout: STUCK }, async (context) => {
    await withTap(open, async (end, page) => {
      const rate = await end.run(() => encryption.rate());
      const kinds = page.speak() ? ['speech', 'voice', 'silence'] : ['voice', 'silence'];
      if (!kinds.includes('speech')) {
        assert.ok(!process.env.CI, 'espeak-ng is needed: sudo apt-get install espeak-ng');
        context.diagnostic('espeak-ng is not installed: tested with a synthetic voice only');
      }
      for (const kind of kinds) {
        await end.sound({ kind, rate, wire: 'tap' });
        await end.keys('alice', 1, ALICE, 'k');
        await end.onlyOneSize(kind);
        await end.run(() => encryption.enable(false));
        await end.onlyOneSize(`${kind}, muted`);
        const [track] = await end.run(() => encryption.statistics('alice'));
        assert.equal(track.bridged, 0, `${kind}: sounds that were too large`);
      }
      // What would be seen otherwise: the same voice without the transform, at a variable rate.
      await end.sound({ kind: 'voice', rate, wire: 'tap', plain: true, variable: true });
      await until('many sizes are seen', async () => {
        const { sizes } = await end.run(() => encryption.tapped());
        return Object.keys(sizes).length > 5;
      });
    });
  });
}

/** Frames of sound that are looked at: six seconds. */
const MANY_SOUNDS = 300;

class EncryptedEnds {
  constructor(tab) {
    this.tab = tab;
  }

  run(work, argument) {
    return this.tab.run(work, argument);
  }

  camera(options = {}) {
    return this.run((options) => encryption.connectCamera(options), options);
  }

  sound(options) {
    return this.run((options) => encryption.connectSound(options), options);
  }

  keys(...parameters) {
    return this.run((parameters) => encryption.epoch(...parameters), parameters);
  }

  expectLayers(leaf = ALICE) {
    return this.run((leaf) => {
      for (const slot of [0, 1, 2]) encryption.expect(slot, { leaf, source: 'camera', since: 0 });
    }, leaf);
  }

  decoded() {
    return this.run(() => encryption.decoded());
  }

  async framesDecoded() {
    const streams = Object.values(await this.decoded());
    return streams.reduce((sum, { framesDecoded }) => sum + framesDecoded, 0);
  }

  problems() {
    return this.run(() => [...encryption.problems('alice'), ...encryption.problems('bob')]);
  }

  /** What Bob refused, of all layers, by reason. */
  async refused() {
    const sum = {};
    for (const { dropped } of await this.run(() => encryption.statistics('bob'))) {
      for (const [reason, count] of Object.entries(dropped)) sum[reason] = (sum[reason] ?? 0) + count;
    }
    return sum;
  }

  async onlyOneSize(what) {
    const sizes = {};
    const steps = {};
    await until(`${what}: enough sound has come`, async () => {
      const seen = await this.run(() => encryption.tapped());
      for (const [size, count] of Object.entries(seen.sizes)) sizes[size] = (sizes[size] ?? 0) + count;
      for (const [step, count] of Object.entries(seen.steps)) steps[step] = (steps[step] ?? 0) + count;
      return Object.values(sizes).reduce((sum, count) => sum + count, 0) > MANY_SOUNDS;
    });
    // Without size and time are packets with which a browser measures the way; they are no frames.
    delete sizes[0];
    delete steps[0];
    assert.deepEqual(Object.keys(sizes), ['143'], `${what}: ${JSON.stringify(sizes)}`);
    // One frame for every 20 ms of time, at 48 kHz.
    assert.deepEqual(Object.keys(steps), ['960'], `${what}: ${JSON.stringify(steps)}`);
  }
}

const withTab = (open, play) => visit(open, ({ address }) => address, play);
const withTap = (open, play) => visit(open, ({ addressWithTap }) => addressWithTap, play);

async function visit(open, addressOf, play) {
  building ??= EncryptionPage.open();
  const page = await building;
  const tab = await open({});
  try {
    await tab.goto(addressOf(page));
    await until('the page is ready', () => tab.run(() => 'encryption' in globalThis));
    await play(new EncryptedEnds(tab), page);
    assert.deepEqual(tab.complaints.list, []);
  } finally {
    await tab.close().catch(() => {});
  }
}

function near(colour, other) {
  return colour.every((value, at) => Math.abs(value - other[at]) < 25);
}
