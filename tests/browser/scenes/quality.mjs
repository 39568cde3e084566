// Bad paths: what a page gets where little arrives (B9). `npm run quality` measures more of them, in figures.

import assert from 'node:assert/strict';
import { hears } from '../harness/senses.mjs';
import { scene } from '../harness/stage.mjs';
import { until } from '../harness/until.mjs';
import { judge, Watcher } from '../harness/vitals.mjs';

const silent = { colour: undefined, tone: undefined };
/** As over a mobile network. */
const usual = { delay: 30, jitter: 10 };

for (const browser of ['chromium', 'firefox']) {
  scene(
    `where 150 kbit/s arrive in ${browser}, sound goes on beside a small picture, and all comes back`,
    async (stage) => {
      const host = await stage.host('Hanna', { devices: silent });
      const { link } = await host.makeMeeting();
      await host.join(link);
      const fay = await stage.person('Fay', { browser, devices: silent });
      const relay = await stage.relay(fay);
      relay.impair({ up: usual, down: usual });
      await fay.join(link);
      const ann = await stage.person('Ann');
      await ann.join(link);
      await ann.tab.run(() => {
        signals.busy = true;
      });
      const watcher = await Watcher.of(fay, ann);
      const isWhole = async () => (await watcher.look()).height === 360;
      await until('the picture is whole', isWhole);
      await hears(fay, ann);

      relay.impair({ up: usual, down: { ...usual, rate: 150_000 } });
      await until('the picture is small', async () => (await watcher.look()).height === 180);
      const narrow = judge(await watcher.during(15_000));
      assert.ok(narrow.madeUp < 0.15, `${100 * narrow.madeUp} % of the sound are made up`);
      assert.ok(narrow.pictures > 0.3, `${narrow.pictures} pictures a second`);
      await hears(fay, ann);

      relay.impair({ up: usual, down: usual });
      await until('the picture is whole again', isWhole);
    },
  );
}

scene('who gets too little for all pictures is told which are paused', async (stage) => {
  const host = await stage.host('Hanna', { devices: silent });
  const { link } = await host.makeMeeting();
  await host.join(link);
  const fay = await stage.person('Fay', { devices: silent });
  const relay = await stage.relay(fay);
  await fay.join(link);
  for (const name of ['Ann', 'Ben', 'Cal']) {
    const person = await stage.person(name, { devices: { tone: undefined } });
    await person.join(link);
    await person.tab.run(() => {
      signals.busy = true;
    });
  }
  relay.impair({ down: { rate: 330_000 } });
  await fay.sees('Picture paused: your connection is slow');
  relay.impair({});
  await until('nothing is paused', async () => !(await fay.tab.text()).includes('Picture paused'));
});
