// A person moves from one network to another in the middle of a meeting (B6).

import assert from 'node:assert/strict';
import { chromiumBy } from '../harness/browsers.mjs';
import { need } from '../harness/need.mjs';
import { namespacesMissing, TwoNetworks } from '../harness/networks.mjs';
import { allSeeAndHearEachOther, grows, received } from '../harness/senses.mjs';
import { scene } from '../harness/stage.mjs';
import { until } from '../harness/until.mjs';

const { skip, mustBeMet } = need(namespacesMissing());

scene(
  'whoever changes the network stays in the meeting, without loading the page again',
  async (stage) => {
    mustBeMet();
    const networks = new TwoNetworks();
    let browser;
    try {
      await stage.open(networks.server);
      browser = await chromiumBy((program) => networks.runner(program));
      const host = await stage.host();
      const { link } = await host.makeMeeting();
      await host.join(link);
      const ann = await stage.person('Ann', { started: browser });
      await ann.join(link);
      await allSeeAndHearEachOther([host, ann]);
      const id = await ann.id();
      await ann.tab.run(() => {
        globalThis.isTheSamePage = true;
      });

      for (const way of ['to another network', 'and back']) {
        const welcomes = () =>
          ann.tab.run(() => witness.received.filter(({ type }) => type === 'welcome').length);
        const before = await welcomes();
        networks.change();
        await grows(`Ann is seen, ${way}`, () => received(host, id, 'camera', 'frames'));
        await allSeeAndHearEachOther([host, ann]);
        await until('Ann is let in again', async () => (await welcomes()) > before);
        await ann.isInside();
        await allSeeAndHearEachOther([host, ann]);
        assert.equal(await ann.id(), id, 'the same person');
      }
      assert.equal(await ann.tab.run(() => globalThis.isTheSamePage), true);
    } finally {
      await browser?.close();
      networks.remove();
    }
  },
  { skip },
);
