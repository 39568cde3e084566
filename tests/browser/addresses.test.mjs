// Machines whose addresses are not what one would like (A1, B3): one behind a provider's translation, to which people come by one
// family of addresses alone, and one that has nothing but IPv6. Packages: as for `machine.test.mjs`.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { chromiumBy, closeBrowsers } from './harness/browsers.mjs';
import { IPV6_ALONE, Machine, machinesMissing, NAME, TRANSLATED } from './harness/machine.mjs';
import { need } from './harness/need.mjs';
import { allSeeAndHearEachOther } from './harness/senses.mjs';
import { playOn } from './harness/stage.mjs';
import { until } from './harness/until.mjs';

const release = process.env.INCAMERA_MACHINE_RELEASE ?? 'bookworm';
const [present] = (process.env.INCAMERA_PACKAGES ?? '').split(':').filter(Boolean);
const { skip, mustBeMet } = need(
  machinesMissing() ?? (present ? null : 'INCAMERA_PACKAGES names no package'),
);
const STUCK = { timeout: 1_200_000, skip };

after(closeBrowsers);

test("behind a provider's translation people meet, by IPv4 alone and by IPv6 alone (A1, B3)", STUCK, () =>
  onMachine(TRANSLATED, async (machine) => {
    const told = await setUp(machine);
    assert.match(
      told,
      /look +By IPv4, meet\.test leads to 198\.19\.7\.2; this machine calls itself 10\.19\.7\.2\./,
    );
    assert.match(told, /good +By IPv6, meet\.test leads to this machine\./);
    assert.match(await configuration(machine), /^public-addresses = \["198\.19\.7\.2"\]$/m);
    const [hosts, anns] = await meet(machine, ['fourAlone', 'sixAlone']);
    assert.equal(hosts.to, '198.19.7.2');
    assert.notEqual(hosts.candidateType, 'relay', 'datagrams come through the translation');
    assert.equal(anns.to, '2001:2:0:7::2');
    assert.deepEqual(await machine.openPorts(), [22, 443]);
    assert.match(await machine.run('incamera doctor || true'), /Meetings can be held/);
  }),
);

test('on a machine that has IPv6 alone people meet (A1, B3)', STUCK, () =>
  onMachine(IPV6_ALONE, async (machine) => {
    const told = await setUp(machine);
    assert.match(told, /good +By IPv6, meet\.test leads to this machine\./);
    assert.doesNotMatch(await configuration(machine), /public-addresses/);
    for (const way of await meet(machine, ['world', 'sixAlone'])) {
      assert.equal(way.to, '2001:2:0:7::2');
    }
  }),
);

async function onMachine(connection, work) {
  mustBeMet();
  const machine = await Machine.boot(release, { connection });
  try {
    machine.put(present, 'incamera.deb');
    await work(machine);
  } finally {
    await machine.stop();
  }
}

/** What setup says. */
async function setUp(machine) {
  await machine.run('dpkg --install incamera.deb');
  const { directory, root } = machine.authority;
  machine.write(
    'answers.toml',
    `name = "${NAME}"\nagree-to-terms = true\ndirectory = "${directory}"\nroot = "${root}"\n`,
  );
  return machine.run('incamera setup --answers answers.toml');
}

const configuration = (machine) => machine.run('cat /etc/incamera/incamera.toml');

/** A host and a guest in these networks see and hear each other. Which way the media of each goes. */
async function meet(machine, networks) {
  const browsers = [];
  const play = async (stage) => {
    for (const network of networks) {
      browsers.push(await chromiumBy((program) => machine.runner(network, program), { trusting: true }));
    }
    const host = await stage.host('Hanna', { started: browsers[0] });
    const { link } = await host.makeMeeting();
    await host.join(link);
    const ann = await stage.person('Ann', { started: browsers[1] });
    await ann.join(link);
    await allSeeAndHearEachOther([host, ann]);
    const ways = [host, ann].map(({ name, tab }) =>
      until(`${name} has a way`, () => tab.run(() => witness.way())),
    );
    return Promise.all(ways);
  };
  return playOn(await machine.stage('addresses'), play, browsers);
}
