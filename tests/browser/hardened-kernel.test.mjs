// A hardened machine with a kernel of its own (T1 to T4, E1): what is set of the kernel, what is there before the network is, and
// what becomes of the time to confirm when the machine is started anew in it. It takes minutes: `cargo xtask test kernel`.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Emulated, emulationMissing } from './harness/emulated.mjs';
import { need } from './harness/need.mjs';
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
let untouched;

/** What decides who gets in, and what the kernel was told, in lines. */
const state = () =>
  machine.run(`nft --stateless list ruleset
    find /etc/ssh /etc/nftables.conf /etc/sysctl.d /etc/modprobe.d -type f -exec sha256sum {} + | sort -k 2`);

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
  untouched = await state();
});

after(() => machine?.remove());

test('the kernel of a hardened machine is as the controls say (T1)', STUCK, async () => {
  // Packages cannot be fetched here: those controls fail, and say so.
  const told = await machine.run(`incamera harden --yes --confirm-within ${WINDOW} || true`);
  assert.match(told, /sudo incamera harden --confirm/, told);
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
});

test(
  'a start of the machine in the time to confirm does not keep what nobody confirmed (T4)',
  STUCK,
  async () => {
    assert.notEqual(await state(), untouched);
    await machine.reboot();
    // It begins anew, and ends by itself.
    await machine.run('systemctl is-active incamera-undo.timer');
    await machine.run('systemctl start incamera-undo.service || true');
    await until('what may lock out is as it was', async () => {
      const rules = await machine.run('nft --stateless list ruleset');
      return rules.trim() === '' && (await machine.run('ls /etc/ssh/sshd_config.d')).trim() === '';
    });
  },
);

test('confirmed, the packet filter is there before any network, on every start (T3)', STUCK, async () => {
  await machine.run(`incamera harden --yes --confirm-within ${WINDOW} || true`);
  await machine.run('incamera harden --confirm');
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

test('taken back, the machine is as it was rented, also after a start (T1)', STUCK, async () => {
  await machine.run('incamera harden --undo --yes');
  await machine.reboot();
  assert.equal(await state(), untouched);
});
