// Strangers who judge a server's TLS, for tests: sslyze (from PyPI), against what Mozilla recommends, and testssl.sh (from a newer
// suite of Debian), by how severe it calls what it finds.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unpackFrom } from './newer.mjs';
import { cache } from './root.mjs';

const SSLYZE = '6.3.1';

/** The words that start sslyze. It is installed once. */
export function sslyze() {
  const place = join(cache, `sslyze-${SSLYZE}`);
  const python = join(place, 'bin/python');
  const mark = join(place, 'installed');
  if (!existsSync(mark)) {
    mkdirSync(cache, { recursive: true });
    rmSync(place, { recursive: true, force: true });
    const quiet = { stdio: ['ignore', 'ignore', 'pipe'] };
    execFileSync('python3', ['-m', 'venv', place], quiet);
    execFileSync(python, ['-m', 'pip', 'install', '--quiet', `sslyze==${SSLYZE}`], quiet);
    writeFileSync(mark, '');
  }
  return [python, '-m', 'sslyze'];
}

/** What it found against Mozilla's intermediate configuration: the names of rules and why. Fails where it could not look. */
export function faultsIn(report) {
  const verdict = report.slice(report.indexOf('COMPLIANCE AGAINST'));
  if (!/: (OK|FAILED) - /.test(verdict)) throw new Error(`it could not look:\n${report}`);
  return [...verdict.matchAll(/^ +\* (\w+): (.*)$/gm)].map(([, rule, why]) => `${rule}: ${why}`);
}

/** Debian 12 has one that is too old to know what is asked of a server today. Within a release of Debian this one changes no more. */
const TESTSSL = { suite: 'trixie', pack: 'testssl.sh=3.2.*' };
/** Not asked: each suite on its own, and how old browsers would come in. The suites are asked for by the audit and by sslyze. */
const PARTS = [
  '--protocols',
  '--server-preference',
  '--server-defaults',
  '--fs',
  '--headers',
  '--vulnerable',
];
/** One answer of each part, without which it was not asked. */
const ANSWERS = ['TLS1_3', 'cipher_order', 'cert_chain_of_trust', 'FS', 'HSTS_time', 'heartbleed'];

/**
 * The words that start testssl.sh, which writes what it finds into a file. It is fetched once. `name` leads to `address`, and
 * `authority` is a file with who vouches for it.
 */
export function testssl({ name, address, authority, file }) {
  const place = join(cache, `testssl-${TESTSSL.suite}`);
  if (!existsSync(place)) {
    mkdirSync(cache, { recursive: true });
    unpackFrom(TESTSSL.suite, TESTSSL.pack, '.', place);
  }
  rmSync(file, { force: true });
  return [
    ...['env', `TESTSSL_INSTALL_DIR=${join(place, 'etc/testssl')}`, 'bash', join(place, 'usr/bin/testssl')],
    ...['--quiet', '--warnings=batch', '--color=0', '--nodns=none', `--ip=${address}`, `--jsonfile=${file}`],
    ...[`--add-ca=${authority}`, ...PARTS, `${name}:443`],
  ];
}

/**
 * What testssl.sh wrote down as worse than harmless: `id: severity: words`. What it could not ask counts, too. Fails where it
 * did not come to its end.
 */
export function weaknessesIn(file) {
  const entries = JSON.parse(readFileSync(file, 'utf8'));
  const unanswered = ANSWERS.filter((answer) => !entries.some(({ id }) => id === answer));
  if (unanswered.length > 0)
    throw new Error(`it did not look at ${unanswered}:\n${JSON.stringify(entries, null, 1)}`);
  return entries
    .filter(({ severity }) => !['OK', 'INFO'].includes(severity))
    .map(({ id, severity, finding }) => `${id}: ${severity}: ${finding}`);
}
