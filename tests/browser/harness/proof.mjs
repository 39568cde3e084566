// The proof that nothing is kept (B8, I3), on a machine: a host without a browser, what the proof says, and a service that keeps
// what it hears. Programs of debug builds can; what is released has none of that.

import assert from 'node:assert/strict';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { until } from './until.mjs';

const LEAK = '/run/systemd/system/incamera.service.d';
const STATE = '/var/lib/private/incamera';

/** What the service is told of itself on a machine without setup. */
const configuration = (address) => `names = ["${address}"]
state = "/var/lib/incamera"
listen = "[::]:443"
public-addresses = ["${address}"]
[authority]
directory = "https://authority.invalid/dir"
`;

/** Starts the service by its units, with a host. */
export async function serve(machine, address) {
  await machine.run(`mkdir -p /etc/incamera && printf '%s' '${configuration(address)}' >/etc/incamera/incamera.toml
    systemctl start incamera.socket incamera.service`);
  await firstHost(machine, address);
}

/** Makes the first host's account by its one-time address, from next to the machine. Nobody can sign in to it. */
async function firstHost(machine, address) {
  const told = (await machine.run('cat /var/lib/incamera/first-host')).trim();
  const coded = (bytes) => bytes.toString('base64url');
  const { publicKey } = generateKeyPairSync('ed25519');
  const wish = {
    token: told.slice(told.indexOf('#') + 1),
    name: 'Hanna',
    salt: coded(randomBytes(16)),
    signInKey: coded(randomBytes(32)),
    hostKey: publicKey.export({ format: 'jwk' }).x,
    wrappedByPassword: coded(randomBytes(60)),
    wrappedByRecovery: coded(randomBytes(60)),
  };
  const origin = `https://${address}`;
  const headers = ['-H', `origin: ${origin}`, '-H', 'content-type: application/json'];
  const words = ['-sk', '-m', '60', ...headers, '-d', JSON.stringify(wish), `${origin}/api/enrol`];
  await until('the first host has an account', async () =>
    (await machine.outside('curl', ...words)).includes('Hanna'),
  );
}

/** What `incamera audit --prove-nothing-kept` says, and how it ended. */
export async function prove(machine, words = '') {
  const printed = await machine.run(`incamera audit --prove-nothing-kept ${words} --json; echo "ended $?"`);
  const [report, status] = printed.split(/^ended (\d+)$/m);
  return { report: JSON.parse(report.slice(report.indexOf('{'))), status: Number(status) };
}

/** What was searched in the place whose name has this in it. */
export const searched = (report, name) => report.searched.find(({ place }) => place.includes(name));

/** The server kept what it heard, and that was found in this place. */
export function assertFoundIn(
  { report, status },
  name,
  kept = ['a sealed name', 'a sealed line', 'an address'],
) {
  assert.equal(status, 1, JSON.stringify(report));
  const told = searched(report, name).found.map(({ what }) => what);
  for (const what of kept) {
    assert.ok(told.includes(what), `${what} in ${name}: ${told}`);
  }
}

/** Nothing was kept, in a meeting in which people were heard. Returns what was read, for whoever tells it. */
export function assertNothingKept({ report, status }) {
  assert.equal(report.outcome, 'nothing_kept', JSON.stringify(report));
  assert.equal(status, 0);
  assert.ok(report.meeting.soundsOpened > 0, 'nobody heard anything');
  return report.searched.map(({ place, read, bytes }) => `${place}: ${read}, ${bytes} bytes`).join('; ');
}

/** What its unit says so that what it hears is kept: by the service itself, or because its memory may be moved to swap. */
const leaking = (leak) =>
  leak === 'swap' ? 'MemorySwapMax=infinity' : `Environment=INCAMERA_LEAK=${leak}\\nStandardError=journal`;

/** Runs the service so that what it hears is kept, by `log`, `file`, `database` or `swap`; then as before, with what it had before. */
export async function whileItLeaks(machine, leak, act) {
  await machine.run(
    `systemctl stop incamera && cp -a ${STATE}/incamera.db /root/former.db && mkdir -p ${LEAK}
    printf '[Service]\\n${leaking(leak)}\\n' >${LEAK}/leak.conf
    systemctl daemon-reload && systemctl start incamera`,
  );
  try {
    await act();
  } finally {
    await machine.run(`rm -rf ${LEAK} && systemctl daemon-reload && systemctl stop incamera
      rm -f ${STATE}/leak && mv /root/former.db ${STATE}/incamera.db
      systemctl start incamera`);
  }
}
