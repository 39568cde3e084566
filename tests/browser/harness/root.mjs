// Root file systems of Debian, made by mmdebstrap once and packed: what a machine of the tests boots from. Needs root.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What is made once, and kept. */
export const cache = fileURLToPath(new URL('../../../target/machine/', import.meta.url));
const rented = fileURLToPath(new URL('rented/', import.meta.url));

/** As little as the service needs. */
export const SMALL = {
  packages: [
    ...['systemd', 'systemd-sysv', 'dbus', 'iproute2', 'ca-certificates', 'openssh-server', 'procps'],
    ...['systemd-timesyncd', 'libnss-myhostname', 'unattended-upgrades'],
  ],
};

/** Without a kernel's package, judges think of a container and leave out a quarter of their rules. */
const PROVIDED = [
  ...SMALL.packages,
  ...['linux-image-cloud-amd64', 'grub-pc', 'kmod', 'apparmor', 'sudo', 'cron', 'logrotate', 'ifupdown'],
  ...['nftables', 'nano', 'vim-tiny', 'curl', 'wget', 'lsof', 'bash-completion', 'locales', 'libpam-systemd'],
];

/** What judges within the machine are made of. They are there from the start, so that they change nothing. */
const JUDGES = ['openscap-scanner', 'openscap-common', 'lynis'];

/** As a cheap provider rents it out, with judges in it. */
export const RENTED = {
  packages: [...PROVIDED, ...JUDGES],
  scripts: rented,
  options: [
    '--skip=cleanup/apt',
    '--essential-hook=echo grub-pc grub-pc/install_devices_empty boolean true | chroot "$1" debconf-set-selections',
    `--customize-hook=mkdir "$1/root/rented" && cp "${rented}"* "$1/root/rented"`,
    '--customize-hook=chroot "$1" sh /root/rented/provide.sh && rm -r "$1/root/rented"',
  ],
};

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

/** Without a mirror near it, a package manager installs what lies in its cache: these. */
const caching = (cached) => [
  '--skip=cleanup/apt',
  '--customize-hook=chroot "$1" apt-get clean',
  `--customize-hook=chroot "$1" apt-get --quiet --quiet install --download-only --yes --no-install-recommends ${cached.join(' ')}`,
];

/** A root file system of a release (`bookworm`, `trixie`) and a kind, put into a folder. It is made once, and kept packed. */
export function unpackRoot(release, kind, folder, kept = cache) {
  const packed = packedRoot(release, kind, kept);
  mkdirSync(folder);
  execFileSync('tar', ['-C', folder, '-xf', packed], { stdio: ['ignore', 'ignore', 'pipe'] });
}

function packedRoot(release, { packages, cached = [], scripts, options = [] }, folder) {
  const packed = join(folder, `${release}-${fingerprint([...packages, ...cached], scripts)}.tar`);
  if (existsSync(packed)) return packed;
  mkdirSync(folder, { recursive: true });
  const making = `${packed}.${process.pid}.making`;
  if (cached.length > 0) options = [...options, ...caching(cached)];
  const words = ['--quiet', '--format=tar', `--include=${packages.join(',')}`, ...options, release, making];
  execFileSync('mmdebstrap', words, { stdio: ['ignore', 'ignore', 'inherit'] });
  renameSync(making, packed);
  return packed;
}

/** What goes into a root file system, so that another one is made when that changes. */
function fingerprint(packages, scripts) {
  const hash = createHash('sha256').update(packages.join(','));
  for (const name of scripts ? readdirSync(scripts).sort() : [])
    hash.update(readFileSync(join(scripts, name)));
  return hash.digest('hex').slice(0, 8);
}
