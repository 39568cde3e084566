// A machine with opening hours (T6): what is shut is shut, also after a restart and over an update, and no meeting is cut.
// Packages: as for `machine.test.mjs`.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { chromiumBy, closeBrowsers } from './harness/browsers.mjs';
import { Machine, machinesMissing, NAME } from './harness/machine.mjs';
import { allSeeAndHearEachOther } from './harness/senses.mjs';
import { playOn } from './harness/stage.mjs';
import { until } from './harness/until.mjs';

const release = process.env.INCAMERA_MACHINE_RELEASE ?? 'bookworm';
const packages = (process.env.INCAMERA_PACKAGES ?? '').split(':').filter(Boolean);
const missing =
  machinesMissing() ?? (packages.length === 2 ? null : 'INCAMERA_PACKAGES names no two packages');
const required = process.env.CI === 'true' && process.getuid?.() === 0;
const STUCK = { timeout: 1_200_000, skip: required ? false : (missing ?? false) };
/** A server does not end before it has run for a minute, and looks whether to end every second. */
const CLOSING = 240_000;

let machine;

before(async () => {
  if (STUCK.skip) return;
  assert.equal(missing, null);
  machine = await Machine.boot(release);
  machine.put(packages[0], 'incamera.deb');
  machine.put(packages[1], 'incamera-next.deb');
  await machine.run('dpkg --install incamera.deb');
});

after(async () => {
  await closeBrowsers();
  await machine?.stop();
});

/** A time of day, so many minutes from now. */
const clock = (minutes) => new Date(Date.now() + minutes * 60_000).toISOString().slice(11, 16);
const hours = (from, to) => `Mon-Sun ${clock(from)}-${clock(to)}`;

const isActive = async (unit) =>
  (await machine.run(`systemctl is-active ${unit} || true`)).trim() === 'active';

/** As people's browsers find it. */
async function answers() {
  const words = `openssl s_client -connect ${NAME}:443 -CAfile ${machine.roots} -servername ${NAME}`;
  const printed = await machine.outside('sh', '-c', `${words} </dev/null 2>&1 || true`);
  return /Verify return code: 0/.test(printed) ? 'trusted' : /refused/.test(printed) ? 'refused' : printed;
}

const isOpen = () => until('people can connect', async () => (await answers()) === 'trusted');

async function isClosed() {
  await until(
    'nothing listens any more',
    async () => (await answers()) === 'refused' && !(await isActive('incamera.service')),
    CLOSING,
  );
  assert.deepEqual(await machine.openPorts(), [22], 'SSH stays, and nothing else');
  const datagrams = await machine.run("ss -Hlnu '( sport = :443 )'");
  assert.equal(datagrams, '');
  for (const timer of ['incamera-hours.timer', 'incamera-certificate.timer', 'apt-daily-upgrade.timer']) {
    assert.ok(await isActive(timer), timer);
  }
}

test(
  'setup takes hours, says what this machine cannot do, and is open for an hour (A1, T6)',
  STUCK,
  async () => {
    const { directory, root } = machine.authority;
    const text = (
      open,
    ) => `name = "${NAME}"\nagree-to-terms = true\ndirectory = "${directory}"\nroot = "${root}"
[hours]\nzone = "UTC"\nopen = ["${open}"]\npower = "off"\n`;
    machine.write('wrong.toml', text('from 8 to 9'));
    assert.match(
      await machine.run('incamera setup --answers wrong.toml || true'),
      /Write hours like Mon-Fri 08:00-18:00/,
    );
    machine.write('answers.toml', text(hours(180, 240)));
    const told = await machine.run('incamera setup --answers answers.toml');
    assert.match(told, /look +This machine cannot be switched off while the server is closed/);
    assert.match(told, /3 of 3/);
    await isOpen();
    assert.match(await machine.run('incamera hours'), /^Open until /);
    assert.match(await machine.run('incamera doctor'), /Meetings can be held/);
  },
);

test('closed, nothing listens but SSH, and nothing starts it by accident (T6)', STUCK, async () => {
  assert.match(await machine.run('incamera hours close'), /^Closed until /);
  await isClosed();
  await machine.run('systemctl start incamera.service incamera.socket incamera-certificate.service');
  await isClosed();
  const told = await machine.run('incamera doctor');
  assert.match(told, /Closed until .*by the opening hours/);
  assert.match(told, /when it is open/);
});

test('closed stays closed over a restart of the machine (T6)', STUCK, async () => {
  await machine.reboot();
  await isClosed();
  const started = await machine.run(
    'systemctl show --property=ExecMainStartTimestamp --value incamera.service',
  );
  assert.equal(started.trim(), '', 'it was not even started');
  assert.equal(
    (await machine.run('systemctl list-units --failed --no-legend --plain "incamera*"')).trim(),
    '',
  );
});

test('a new version is tried while it is closed, and it is closed again (T5, T6)', STUCK, async () => {
  await machine.run('dpkg --install incamera-next.deb');
  await until(
    'it has shown that it works',
    async () => (await machine.run('test -e /var/cache/incamera && echo there || true')) === '',
  );
  assert.match(await machine.run('dpkg-query --show incamera'), /\+next/);
  const log = await machine.run('journalctl --unit=incamera-change --no-pager --output=cat');
  assert.doesNotMatch(log, /does not do its work|cannot/, log);
  await isClosed();

  await machine.run(`dpkg-deb --raw-extract incamera-next.deb broken
  cp /bin/false broken/usr/bin/incamera
  sed -i 's/^Version: .*/Version: 0.1.0+next.broken/' broken/DEBIAN/control
  dpkg-deb --build broken broken.deb
  dpkg --install broken.deb`);
  await until('it is gone again', async () =>
    (
      await machine.run('dpkg-query --show incamera; test -e /var/cache/incamera && echo busy || true')
    ).endsWith('+next\n'),
  );
  await isClosed();
});

test('opened by hand it is open, and the certificate is looked at (S3, T6)', STUCK, async () => {
  const looked = async () =>
    Number(
      await machine.run(
        'journalctl --unit=incamera-certificate --output=cat | grep -c "not time yet" || true',
      ),
    );
  const before = await looked();
  assert.match(await machine.run('incamera hours open 1h'), /^Open until /);
  await isOpen();
  await until('the certificate was looked at', async () => (await looked()) > before);
  await machine.reboot();
  await isOpen();
});

test(
  'a meeting goes on past closing time, its people are told, and then it is closed (T6)',
  STUCK,
  async () => {
    const browser = await chromiumBy((program) => machine.runner('world', program), { trusting: true });
    const meet = async (stage) => {
      const host = await stage.host('Hanna', { started: browser });
      await host.sees('Opening hours');
      const { link } = await host.makeMeeting();
      const other = await host.makeMeeting({ title: 'Later', kept: true });
      await host.join(link);
      const ann = await stage.person('Ann', { started: browser });
      await ann.join(link);
      // By the configuration, which the machine notices by itself.
      await machine.run(
        `rm /var/lib/incamera-hours/by-hand.json; sed -i 's/^open = .*/open = ["${hours(-60, 2)}"]/' /etc/incamera/incamera.toml`,
      );
      await ann.sees('This server closes at');
      await ann.sees('This meeting can go on');
      await until(
        'it is past closing time',
        async () => /^Closed/.test(await machine.run('incamera hours')),
        CLOSING,
      );
      await allSeeAndHearEachOther([host, ann]);
      const late = await stage.person('Late', { started: browser });
      await late.knock(other.link);
      await late.sees('This server is closed at this hour');
      await late.join(link);
      await allSeeAndHearEachOther([host, ann, late]);
    };
    await playOn(await machine.stage('hours'), meet, [browser]);
    await isClosed();
  },
);

test('what a host planned opens it, a quarter of an hour before (T6)', STUCK, async () => {
  assert.match(await machine.run('incamera hours'), /^Closed/);
  const from = Math.floor(Date.now() / 1000) + 14 * 60;
  // As the service would write it: it does not run.
  await machine.run(
    `echo '[{"from":${from},"until":${from + 600}}]' > /var/lib/private/incamera/new && mv /var/lib/private/incamera/new /var/lib/private/incamera/openings.json`,
  );
  await isOpen();
});

test('taken off, nothing of the hours stays (A1)', STUCK, async () => {
  await machine.run('incamera uninstall --yes');
  const left = await machine.run(
    'ls -d /run/incamera-hours /var/lib/incamera-hours /run/systemd/system/incamera* /etc/systemd/system/*/incamera* 2>/dev/null || true',
  );
  assert.equal(left, '');
  assert.deepEqual(await machine.openPorts(), [22]);
});
