// Debian root file systems, for machines of the tests.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What is made once, and kept. */
export const cache = fileURLToPath(new URL('../../../target/machine/', import.meta.url));

/** What a small rented machine has. */
export const RENTED = [
  ...[
    'systemd',
    'systemd-sysv',
    'dbus',
    'iproute2',
    'ca-certificates',
    'openssh-server',
    'systemd-timesyncd',
  ],
  ...['procps', 'libnss-myhostname', 'unattended-upgrades'],
];

/** Which of these programs is not here, in words, or null. `install` names the packages that have them. */
export function programMissing(programs, install) {
  for (const program of programs) {
    try {
      execFileSync('sh', ['-c', `PATH="$PATH:/usr/sbin:/sbin"; command -v ${program}`], { stdio: 'ignore' });
    } catch {
      return `there is no \`${program}\` here: install ${install.join(', ')}`;
    }
  }
  return null;
}

/** A root file system of a release with these packages, put into a folder. It is made once, and kept packed. */
export function unpackRoot(release, packages, folder) {
  const list = packages.join(',');
  const packed = join(cache, `${release}-${createHash('sha256').update(list).digest('hex').slice(0, 8)}.tar`);
  if (!existsSync(packed)) {
    mkdirSync(cache, { recursive: true });
    const making = `${packed}.making`;
    execFileSync('mmdebstrap', ['--quiet', '--format=tar', `--include=${list}`, release, making], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    renameSync(making, packed);
  }
  mkdirSync(folder);
  execFileSync('tar', ['-C', folder, '-xf', packed], { stdio: ['ignore', 'ignore', 'pipe'] });
}
