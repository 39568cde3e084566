// How much later frames leave and arrive because of the encryption, in Chromium and Firefox: from the browser's frame to
// ours, at the sender and at the receiver, of a camera in three layers and of a microphone.
//
//   node bench/delay.mjs
//
// The browser driver is that of the browser tests (`npm ci` in tests/browser).

import { chromiumTab, closeBrowsers, firefoxTab } from '../../tests/browser/harness/browsers.mjs';
import { EncryptionPage } from '../../tests/browser/harness/encryption-page.mjs';
import { until } from '../../tests/browser/harness/until.mjs';

const [ALICE, BOB] = [3, 4000];
const FRAMES = 400;

const begin = {
  camera: async (tab) => {
    await tab.run(() => encryption.connectCamera({}));
    await tab.run((leaf) => {
      for (const slot of [0, 1, 2]) encryption.expect(slot, { leaf, source: 'camera', since: 0 });
    }, ALICE);
  },
  microphone: async (tab) => {
    await tab.run(() => encryption.connectSound({ kind: 'voice', rate: 24_000 }));
    await tab.run((leaf) => encryption.expect(0, { leaf, source: 'microphone', since: 0 }), ALICE);
  },
};

/** Milliseconds: of all frames of one end, the mean and the slowest. */
async function delayOf(tab, end) {
  const tracks = await until(`${end} had enough frames`, async () => {
    const all = await tab.run((end) => encryption.statistics(end), end);
    return all.reduce((sum, { passed }) => sum + passed, 0) > FRAMES && all;
  });
  const passed = tracks.reduce((sum, track) => sum + track.passed, 0);
  const delay = tracks.reduce((sum, track) => sum + track.delay.sum, 0);
  const longest = Math.max(...tracks.map((track) => track.delay.longest));
  return `${(delay / passed).toFixed(2)} ms (slowest ${longest.toFixed(1)} ms)`;
}

const page = await EncryptionPage.open();
for (const [name, open] of [
  ['Chromium', chromiumTab],
  ['Firefox', firefoxTab],
]) {
  for (const [source, start] of Object.entries(begin)) {
    const tab = await open({});
    await tab.goto(page.address);
    await until('the page is ready', () => tab.run(() => 'encryption' in globalThis));
    await start(tab);
    for (const [end, leaf] of [
      ['alice', ALICE],
      ['bob', BOB],
    ]) {
      await tab.run(([end, leaf]) => encryption.epoch(end, 1, leaf, 'k'), [end, leaf]);
    }
    const [sealed, opened] = [await delayOf(tab, 'alice'), await delayOf(tab, 'bob')];
    process.stdout.write(`${name}, ${source}: to seal ${sealed}, to open ${opened}\n`);
    await tab.close();
  }
}
await closeBrowsers();
page.close();
process.exit(0);
