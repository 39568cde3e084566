// A server on a machine that was hardened before (A1, T1, T3, T5, T6, S3, D2): its owner sets it up over SSH, with the strict mask of a
// hardened login, people meet, and all that it does by itself it does there, too. Packages: as for `machine.test.mjs`.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { chromiumBy } from './harness/browsers.mjs';
import { knock } from './harness/knocking.mjs';
import { Machine, machinesMissing, NAME } from './harness/machine.mjs';
import { need } from './harness/need.mjs';
import { Owner } from './harness/owner.mjs';
import { Place } from './harness/place.mjs';
import { RENTED } from './harness/root.mjs';
import { allSeeAndHearEachOther } from './harness/senses.mjs';
import { Snapshot } from './harness/snapshot.mjs';
import { playOn } from './harness/stage.mjs';
import { until } from './harness/until.mjs';

const release = process.env.INCAMERA_MACHINE_RELEASE ?? 'bookworm';
const packages = (process.env.INCAMERA_PACKAGES ?? '').split(':').filter(Boolean);
const { skip, mustBeMet } = need(
  machinesMissing() ?? (packages.length === 2 ? null : 'INCAMERA_PACKAGES names no two packages'),
);
const STUCK = { timeout: 1_200_000, skip };
/** The authority of this world is at another port than those that a hardened machine may call. */
const authority = 'tcp dport 14000 accept';

let machine;
let owner;
let place;
let rented;

before(async () => {
  if (skip) return;
  mustBeMet();
  machine = await Machine.boot(release, { kind: RENTED, folder: process.env.INCAMERA_JUDGES });
  rented = await Snapshot.of(machine);
  owner = await Owner.of(machine);
  place = new Place();
  place.address = machine.serve(place.folder);
  place.add(packages[0]);
  machine.put(join(place.folder, 'incamera.asc'), 'incamera.asc');
  for (const [at, name] of ['incamera.deb', 'incamera-next.deb'].entries()) machine.put(packages[at], name);
  await machine.run('dpkg --install incamera.deb && incamera harden --yes');
  await until('a new login confirms', async () =>
    (await owner.asRoot('incamera harden --confirm')).includes('Confirmed'),
  );
});

after(async () => {
  owner?.remove();
  await machine?.stop();
  place?.remove();
});

/** The number of the certificate that is shown to whoever connects, or null where none is that a browser of this world trusts. */
async function shown() {
  const words = ['s_client', '-connect', `${NAME}:443`, '-servername', NAME, '-CAfile', machine.roots];
  const look = `told=$(timeout 10 openssl ${words.join(' ')} </dev/null 2>/dev/null)`;
  const told = await machine.outside(
    'sh',
    '-c',
    `${look}; echo "$told"; echo "$told" | openssl x509 -noout -serial`,
  );
  return /Verify return code: 0/.test(told) ? told.match(/^serial=.*$/m)[0] : null;
}

const version = async () => (await machine.run('dpkg-query --show incamera | cut --fields=2')).trim();

/** Whether the change from one version to another has come to its end. */
const changed = async () => (await machine.run('test -e /var/cache/incamera && echo there || true')) === '';

/** An hour of the day that is not near, and not one of the night: a machine that must starts anew there. */
const later = Math.abs(new Date().getUTCHours() - 14) > 3 ? 14 : 19;

const isThrough = async () => (await machine.run('nft list set inet incamera meetings')).includes('443');

test('its owner sets it up, over SSH and with the mask of a hardened login (A1, T1, S3)', STUCK, async () => {
  await machine.run(`nft insert rule inet incamera output ${authority}`);
  const { directory, root } = machine.authority;
  machine.write(
    'answers.toml',
    `name = "${NAME}"\nagree-to-terms = true\ndirectory = "${directory}"\nroot = "${root}"
repository = "${place.address}"\nrepository-key = "/root/incamera.asc"
[hours]\nzone = "UTC"\nopen = ["Mon-Sun ${later}:00-${later + 1}:00"]\n`,
  );
  // As whoever types it into a terminal has it.
  const told = await owner.asRoot('. /etc/profile; umask; incamera setup --answers /root/answers.toml 2>&1');
  assert.match(told, /^0027$/m);
  assert.match(told, /4 of 4/, told);
  await until('the certificate is shown', shown);
  assert.match(await machine.run('incamera doctor || true'), /Meetings can be held/);
  const former = await shown();
  await machine.run('incamera certificate renew --now');
  await until('the new certificate is shown', async () => ![null, former].includes(await shown()));
});

test(
  'people meet there by datagrams, and whoever knocks too often waits alone (T3, D2, B3)',
  STUCK,
  async () => {
    const browser = await chromiumBy((program) => machine.runner('world', program), { trusting: true });
    const meet = async (stage) => {
      const host = await stage.host('Hanna', { started: browser });
      const { link } = await host.makeMeeting();
      await host.join(link);
      const ann = await stage.person('Ann', { started: browser });
      await ann.join(link);
      await allSeeAndHearEachOther([host, ann]);
      for (const { name, tab } of [host, ann]) {
        const way = await until(`${name} has a way`, () => tab.run(() => witness.way()));
        assert.notEqual(way.candidateType, 'relay', name);
      }
      const { often, few } = await knock(machine, { often: 'world', few: 'fourAlone' });
      assert.ok(often > 0, 'nobody was turned away');
      assert.equal(few, 0, 'somebody else was, too');
      // Who is in stays in.
      await allSeeAndHearEachOther([host, ann]);
    };
    await playOn(await machine.stage('hardened'), meet, [browser]);
  },
);

test('it updates itself, and goes back from a version that does not work (T5)', STUCK, async () => {
  place.add(packages[1]);
  await machine.run('apt-get --quiet update && unattended-upgrade');
  await until('the new version works', async () => (await version()).endsWith('+next') && (await changed()));
  await until('it can be reached', shown);
  await machine.run(`umask 027; dpkg-deb --raw-extract incamera-next.deb broken
  cp /bin/false broken/usr/bin/incamera
  sed -i 's/^Version: .*/Version: 0.1.0+next.broken/' broken/DEBIAN/control
  chmod -R go=rX broken && dpkg-deb --build broken broken.deb && dpkg --install broken.deb`);
  await until('it is gone again', async () => (await version()).endsWith('+next') && (await changed()));
  await until('the former one can be reached', shown);
});

test(
  'its packet filter shuts and opens with its doors, by hand and over a restart (T3, T6)',
  STUCK,
  async () => {
    assert.ok(await isThrough());
    await owner.asRoot('incamera hours close');
    await until('it is shut', async () => !(await isThrough()) && (await shown()) === null);
    await machine.reboot();
    assert.ok(!(await isThrough()));
    await owner.asRoot('incamera hours open 1h');
    await until('people can connect', shown);
    assert.ok(await isThrough());
  },
);

test('what else listens there nobody reaches, and it calls for updates alone (T3, D2)', STUCK, async () => {
  // Loaded anew, the rules are ours alone.
  await machine.run('systemctl reload nftables');
  // How curl(1) ends: 7 where it is told that nobody is there, 28 where nothing answers.
  const call = (address) => `curl --silent --insecure --connect-timeout 5 ${address} >/dev/null; echo $?`;
  const called = async (address) => Number(await machine.run(call(address)));
  const { directory } = machine.authority;
  assert.match(await machine.outside('curl', '--silent', '--insecure', directory), /newOrder/);
  assert.equal(await called(directory), 28, 'another port than those of updates');
  assert.equal(await called(directory.replace(':14000', '')), 7);

  await machine.run(
    'systemd-run --quiet --unit=other --socket-property=ListenStream=8080 --socket-property=Accept=yes cat',
  );
  try {
    assert.match(await machine.run('ss -Hltn'), /:8080\s/);
    const told = await machine.outside('sh', '-c', call(`http://${machine.address}:8080`));
    assert.equal(Number(told), 28);
  } finally {
    await machine.run('systemctl stop other.socket; systemctl reset-failed');
  }
});

test('updated and started anew, it has no point that falls short (T2, B4, I3)', STUCK, async () => {
  const { controls } = JSON.parse(await machine.run('incamera audit --json || true'));
  const open = controls.filter(({ verdict }) => !['holds', 'not-applicable'].includes(verdict));
  assert.deepEqual(
    open.map(({ id, verdict }) => `${id} ${verdict}`),
    // A container finds its `/tmp` mounted when it starts. And the provider's user may do everything without a password.
    ['filesystems.tmp falls-short', 'sudo.asks-everybody postponed'],
    JSON.stringify(open),
  );
});

test('taken off and taken back, nothing of either stays (A1, T1)', STUCK, async () => {
  await machine.run('incamera harden --undo --yes');
  await until('people can still connect', shown);
  await machine.run('incamera uninstall --yes');
  await machine.run('rm -r broken* && rm *.deb incamera.asc answers.toml');
  const changes = rented.changes(await Snapshot.of(machine), ['files', 'units', 'firewall', 'packages']);
  assert.deepEqual(
    changes.filter((line) => !/\/\.(ssh|cache)\b/.test(line)),
    [],
  );
});
