// A person whose network lets nothing through but TLS to the server's own TCP port (B3).

import assert from 'node:assert/strict';
import { chromiumBy, firefoxThatRelays } from '../harness/browsers.mjs';
import { need } from '../harness/need.mjs';
import { TwoNetworks, wallsMissing } from '../harness/networks.mjs';
import { allSeeAndHearEachOther } from '../harness/senses.mjs';
import { scene } from '../harness/stage.mjs';
import { until } from '../harness/until.mjs';

const { skip, mustBeMet } = need(wallsMissing());

scene(
  'who can reach one TCP port only takes part with sound and picture',
  async (stage) => {
    mustBeMet();
    const networks = new TwoNetworks();
    let browser;
    try {
      await stage.open(networks.server);
      networks.wallOff(Number(new URL(stage.server.origin).port));
      browser = await chromiumBy((program) => networks.runner(program), { trusting: true });
      await meetsTheHostByRelay(stage, { started: browser });
      assert.ok(networks.datagramsStopped() > 0, 'nobody tried the wall');
    } finally {
      await browser?.close();
      networks.remove();
    }
  },
  { skip },
);

// Its driver reaches it over the network: it cannot be behind a wall.
scene('Firefox takes part by the relay alone', async (stage) => {
  const started = await firefoxThatRelays();
  try {
    // It pairs no relayed address with one of the loopback.
    await stage.open('0.0.0.0');
    await meetsTheHostByRelay(stage, { browser: 'firefox', started });
  } finally {
    await started.close();
  }
});

async function meetsTheHostByRelay(stage, options) {
  const host = await stage.host();
  const { link } = await host.makeMeeting();
  await host.join(link);
  const ann = await stage.person('Ann', options);
  await ann.join(link);
  await allSeeAndHearEachOther([host, ann]);
  const way = (person) => until(`${person.name} has a way`, () => person.tab.run(() => witness.way()));
  assert.equal((await way(ann)).candidateType, 'relay');
  // What is open to the host is taken before the relay.
  assert.notEqual((await way(host)).candidateType, 'relay');
}
