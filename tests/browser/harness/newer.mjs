// What newer suites of Debian have and the one that we run on has not. Packages are fetched by apt, which checks their signatures,
// and unpacked: nothing of another suite is ever installed.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const KEYS = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** Puts one folder of a package (`name=version`) of a suite at a place that is not there yet. */
export function unpackFrom(suite, pack, folder, place) {
  const scratch = mkdtempSync(join(tmpdir(), 'incamera-newer-'));
  try {
    const inScratch = (name) => join(scratch, name);
    for (const name of ['state/lists/partial', 'cache/archives/partial', 'files']) {
      mkdirSync(inScratch(name), { recursive: true });
    }
    writeFileSync(
      inScratch('sources.list'),
      `deb [signed-by=${KEYS}] http://deb.debian.org/debian ${suite} main\n`,
    );
    const options = {
      'Dir::Etc::sourcelist': inScratch('sources.list'),
      'Dir::Etc::sourceparts': '/dev/null',
      'Dir::State': inScratch('state'),
      'Dir::Cache': inScratch('cache'),
      'Acquire::Languages': 'none',
      'APT::Sandbox::User': 'root',
    };
    const words = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
    const quietly = { cwd: scratch, stdio: ['ignore', 'ignore', 'pipe'] };
    execFileSync('apt-get', [...words, 'update'], quietly);
    execFileSync('apt-get', [...words, 'download', pack], quietly);
    const file = readdirSync(scratch).find((name) => name.endsWith('.deb'));
    execFileSync('dpkg-deb', ['--extract', inScratch(file), inScratch('files')], quietly);
    const making = `${place}.${process.pid}`;
    execFileSync('cp', ['-r', inScratch(join('files', folder)), making]);
    renameSync(making, place);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
