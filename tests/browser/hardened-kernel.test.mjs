// A hardened machine with a kernel and a disk of its own (T1 to T4, E1, B8): what is set of the kernel, what is there before the
// network is, what becomes of the time to confirm when the machine is started anew in it, what a cut of its power leaves, and what
// a meeting leaves in swap and on the whole disk. Each test goes on where the one before it ended, for each run of the program
// takes minutes here. All of it takes about an hour: `cargo xtask test kernel`.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ADDRESS, Emulated, emulationMissing } from './harness/emulated.mjs';
import { need } from './harness/need.mjs';
import { assertFoundIn, assertNothingKept, prove, searched, serve, whileItLeaks } from './harness/proof.mjs';
import { Snapshot } from './harness/snapshot.mjs';
import { until } from './harness/until.mjs';

const release = process.env.INCAMERA_MACHINE_RELEASE ?? 'bookworm';
const [incamera] = (process.env.INCAMERA_PACKAGES ?? '').split(':').filter(Boolean);
const { skip, mustBeMet } = need(
  emulationMissing() ?? (incamera ? null : 'INCAMERA_PACKAGES names no package'),
);
const STUCK = { timeout: 2_400_000, skip };
/** Seconds to confirm: longer than the machine takes to start on a slow day. */
const WINDOW = 600;

let machine;
let rented;

const hardening = `incamera harden --yes --confirm-within ${WINDOW}`;

/** What is other than on the machine as it was rented. */
const changes = async (areas = ['files', 'units', 'firewall', 'packages']) =>
  rented.changes(await Snapshot.of(machine), areas);

/** What decides who gets in, and is taken back where nobody confirms. Who may read it is none of that, and stays. */
const doors = async () =>
  (await changes(['files', 'firewall'])).filter((line) =>
    /^firewall|^files . [0-9a-f]{64} +\/etc\/(ssh\/|nftables)/.test(line),
  );

const audit = async () => JSON.parse(await machine.run('incamera audit --json || true'));

/** Milliseconds after the start of the kernel at which a unit was there. */
const since = async (unit) =>
  Number(await machine.run(`systemctl show --property=ActiveEnterTimestampMonotonic --value ${unit}`)) / 1000;

before(async () => {
  if (skip) return;
  mustBeMet();
  machine = await Emulated.boot(release, { 'incamera.deb': incamera });
  await machine.run('dpkg --install incamera.deb');
  // Something to let through: the socket of the package, before anything is set up.
  await machine.run('systemctl enable --quiet incamera.socket && systemctl start incamera.socket');
  rented = await Snapshot.of(machine);
});

after(() => machine?.remove());

/** Cuts the power while the program runs, in the moment in which a line of shell ends well in the machine. */
async function cutPowerOnce(seen, command) {
  const ended = machine.run(command).then(
    (printed) => printed,
    () => null,
  );
  const waits = `until ${seen} >/dev/null 2>&1; do sleep 0.1; done; echo seen`;
  const first = await Promise.race([machine.run(waits), ended.then((printed) => `it ended: ${printed}`)]);
  assert.match(first, /^seen/);
  await machine.cutPower();
  assert.equal(await ended, null, 'it was done before the power went');
}

/** What it says, where nothing of it failed and it waits for its owner. */
async function harden() {
  const told = await machine.run(`${hardening} || true`);
  assert.match(told, /sudo incamera harden --confirm/);
  assert.doesNotMatch(told, /^FAILED/m);
  return told;
}

test(
  'cut off by the power while packages come, it goes on, and the kernel is as the controls say (T1, T4)',
  STUCK,
  async (context) => {
    await cutPowerOnce("pgrep -f '^/usr/bin/dpkg .*--(unpack|configure)'", hardening);
    const between = (await machine.run('dpkg --audit')).trim();
    context.diagnostic(`after the cut: ${between.split('\n')[0] || 'no package is half there'}`);
    await harden();
    assert.equal(await machine.run('dpkg --audit'), '');
    const { controls } = await audit();
    const kernel = controls.filter(({ id }) => id.startsWith('kernel.') || id.startsWith('modules.'));
    assert.ok(kernel.length >= 8, `${kernel.length}`);
    const fallShort = kernel.filter(({ verdict }) => verdict === 'falls-short');
    assert.deepEqual(fallShort, []);
    assert.equal((await machine.run('cat /proc/sys/kernel/dmesg_restrict')).trim(), '1');
    assert.equal(
      (await machine.run('modprobe cramfs 2>/dev/null && cat /proc/filesystems || true')).includes('cramfs'),
      false,
    );
  },
);

test(
  'a start of the machine in the time to confirm does not keep what nobody confirmed (T4)',
  STUCK,
  async () => {
    assert.notDeepEqual(await doors(), []);
    await machine.reboot();
    // It begins anew, and ends by itself.
    await machine.run('systemctl is-active incamera-undo.timer');
    await machine.run('systemctl start incamera-undo.service');
    assert.deepEqual(await doors(), []);
  },
);

test(
  'cut off by the power while sshd is told, it is taken back by itself, and can be done again (T4)',
  STUCK,
  async () => {
    await cutPowerOnce('test -e /etc/ssh/sshd_config.d/00-incamera.conf', hardening);
    await machine.run('systemctl is-active incamera-undo.timer');
    await machine.run('systemctl start incamera-undo.service');
    assert.deepEqual(await doors(), []);
    await harden();
    // Who came in within the same second is not known to be newer.
    await until('a new login confirms', () => machine.run('incamera harden --confirm'));
  },
);

test('confirmed, the packet filter is there before any network, on every start (T3)', STUCK, async () => {
  await machine.reboot();
  const filter = await since('nftables.service');
  for (const unit of ['systemd-networkd.service', 'ssh.service', 'incamera.socket']) {
    const at = await since(unit);
    assert.ok(filter > 0 && at >= filter, `${unit} at ${at} ms, the packet filter at ${filter} ms`);
  }
  const rules = await machine.run('nft --stateless list table inet incamera');
  assert.match(rules, /hook input priority filter; policy drop;/);
  assert.match(rules, /elements = \{ 443 \}/);
  const { controls } = await audit();
  const kernel = controls.filter(({ id, verdict }) => id.startsWith('kernel.') && verdict !== 'holds');
  assert.deepEqual(kernel, []);
});

test(
  'of a meeting on it nothing is on its disk, deleted or not, nor in its swap (B8, I3)',
  STUCK,
  async (context) => {
    await serve(machine, ADDRESS);
    // Hardening leaves no swap that is not encrypted. Here it is brought back, and what can be is moved there: of the service again
    // and again.
    await machine.run(`dd if=/dev/zero of=/swap bs=1M count=96 status=none && chmod 600 /swap && mkswap -q /swap && swapon /swap
    echo 200 >/proc/sys/vm/swappiness
    systemd-run --quiet --unit=squeeze sh -c 'while :; do
      echo 64M >/sys/fs/cgroup/system.slice/incamera.service/memory.reclaim
      sleep 3
    done'`);
    // As long as there is much in memory of what is on the disk, the kernel gives that up first, and nothing else.
    const moved = `echo 1 >/proc/sys/vm/drop_caches; (echo 256M >/sys/fs/cgroup/system.slice/memory.reclaim) 2>/dev/null
      swapon --show=USED --bytes --noheadings`;
    try {
      const used = await until('something is in swap', async () => Number(await machine.run(moved)));
      context.diagnostic(`in swap: ${used} bytes`);
      const proof = await prove(machine, '--whole-disk');
      context.diagnostic(assertNothingKept(proof));
      assert.ok(searched(proof.report, 'swap').bytes > 0, 'swap was not read');
      assert.ok(searched(proof.report, 'whole disk').bytes > 1 << 30, 'the disk was not read');
      await whileItLeaks(machine, 'swap', async () => {
        assertFoundIn(await prove(machine), 'swap', ['a sealed name']);
      });
      await whileItLeaks(machine, 'file', async () => {
        const proof = await prove(machine, '--whole-disk');
        for (const name of ['files on the disks', 'whole disk']) assertFoundIn(proof, name);
      });
    } finally {
      await machine.run(`systemctl stop squeeze incamera.service; swapoff /swap; rm /swap; sysctl --quiet vm.swappiness=60
      rm -rf /etc/incamera /var/lib/incamera /var/lib/private/incamera`);
    }
  },
);

test(
  'taken back, with a cut of the power in between, the machine is as it was rented (T1, T4)',
  STUCK,
  async () => {
    await cutPowerOnce('! test -e /etc/ssh/sshd_config.d/00-incamera.conf', 'incamera harden --undo --yes');
    await machine.run('incamera harden --undo --yes');
    assert.deepEqual(await changes(), []);
    await machine.reboot();
    assert.deepEqual(await changes(), []);
    assert.equal(await machine.run('dpkg --audit'), '');
  },
);
