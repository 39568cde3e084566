// What only a kernel of its own can show: the service under AppArmor (E1). It takes minutes, and is run when it is asked for:
// `cargo xtask test kernel`.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { chromiumBy, closeBrowsers } from './harness/browsers.mjs';
import { ADDRESS, Emulated, emulationMissing } from './harness/emulated.mjs';
import { need } from './harness/need.mjs';
import { allSeeAndHearEachOther } from './harness/senses.mjs';
import { playOn, Stage } from './harness/stage.mjs';
import { until } from './harness/until.mjs';

const release = process.env.INCAMERA_MACHINE_RELEASE ?? 'bookworm';
const [incamera] = (process.env.INCAMERA_PACKAGES ?? '').split(':').filter(Boolean);
const { skip, mustBeMet } = need(
  emulationMissing() ?? (incamera ? null : 'INCAMERA_PACKAGES names no package'),
);
const STUCK = { timeout: 2_400_000, skip };

let machine;

before(async () => {
  if (skip) return;
  mustBeMet();
  machine = await Emulated.boot(release, { 'incamera.deb': incamera });
});

after(async () => {
  await closeBrowsers();
  machine?.remove();
});

const denied = async () =>
  (
    await machine.run('journalctl --no-pager --output=cat --dmesg | grep \'apparmor="DENIED"\' || true')
  ).trim();

const mainPid = async () => (await machine.run('systemctl show --property=MainPID --value incamera')).trim();

const confinement = async () => (await machine.run(`cat /proc/${await mainPid()}/attr/current`)).trim();

test('the package tells AppArmor what the service needs, and it runs with no more (E1)', STUCK, async () => {
  await machine.run('aa-enabled && dpkg --install incamera.deb');
  const configuration = `names = ["${ADDRESS}"]\nstate = "/var/lib/incamera"\nlisten = "[::]:443"\npublic-addresses = ["${ADDRESS}"]\n[authority]\ndirectory = "https://authority.invalid/dir"\n`;
  await machine.run(`mkdir /etc/incamera && printf '%s' '${configuration}' >/etc/incamera/incamera.toml`);
  await machine.run('systemctl enable --quiet --now incamera.socket incamera.service');
  assert.equal(await confinement(), 'incamera (enforce)');
  const told = await machine.run('incamera doctor || true');
  assert.match(told, /AppArmor keeps the service to what it needs/);
});

test('people meet, and nothing that the service needs is denied (E1)', STUCK, async () => {
  const enrolment = (await machine.run('cat /var/lib/incamera/first-host')).trim();
  const browser = await chromiumBy((program) => machine.runner(program), { trusting: true });
  const meet = async (stage) => {
    const host = await stage.host('Hanna', { started: browser });
    const { link } = await host.makeMeeting();
    await host.join(link);
    const ann = await stage.person('Ann', { started: browser });
    await ann.join(link);
    await allSeeAndHearEachOther([host, ann]);
  };
  await playOn(Stage.on('kernel', { origin: `https://${ADDRESS}`, enrolment }), meet, [browser]);
  assert.match(await machine.run('incamera host list'), /Hanna/);
  assert.equal(await denied(), '');
});

test('who orders certificates is confined too, and what that takes is not denied (E1)', STUCK, async () => {
  // Nobody is there to be asked; it comes as far as that.
  await machine.run('systemctl start incamera-certificate || true');
  const told = await machine.run('journalctl --no-pager --output=cat --unit=incamera-certificate');
  assert.match(told, /authority\.invalid/, told);
  assert.equal(await denied(), '');
});

test('it is confined after the machine was started anew (E1)', STUCK, async () => {
  await machine.run('systemctl restart apparmor incamera.service');
  await until('it runs', async () => (await mainPid()) !== '0');
  assert.equal(await confinement(), 'incamera (enforce)');
});

test('what it does not need is denied (E1)', STUCK, async () => {
  // A shell as whoever broke in would like to have it.
  const attempt = async (profile, line) =>
    machine.run(`aa-exec --profile=${profile} -- /bin/sh -c '${line} && echo DONE' || true`);
  assert.match(await attempt('incamera', ':'), /DONE/);
  for (const [profile, line] of [
    ['incamera', '/bin/true'],
    ['incamera', 'read line </etc/passwd'],
    ['incamera', ': >/var/lib/other'],
    ['incamera-certificate', '/bin/true'],
    ['incamera-certificate', 'read line </var/lib/private/incamera/incamera.db'],
  ]) {
    assert.doesNotMatch(await attempt(profile, line), /DONE/, `${profile}: ${line}`);
  }
  assert.match(await denied(), /profile="incamera" name="\/usr\/bin\/true"/);
});

test('taken off, it leaves nothing in the kernel (A1)', STUCK, async () => {
  await machine.run('dpkg --purge incamera');
  assert.doesNotMatch(await machine.run('aa-status'), /incamera/);
  await machine.run('test ! -e /etc/apparmor.d/incamera');
});
