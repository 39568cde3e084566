// A machine with a kernel of its own, for what machines that share ours cannot show: AppArmor. QEMU emulates all of it, so
// that it runs where machines are virtual themselves; it takes minutes.

import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { programMissing, SMALL, unpackRoot } from './root.mjs';
import { until } from './until.mjs';

const run = promisify(execFile);

/** The machine's address, and that of people beside it: they are set aside for measuring networks (RFC 2544). */
export const ADDRESS = '198.19.8.2';
const OUTSIDE = '198.19.8.1';
const EMULATED = {
  packages: [...SMALL.packages, 'linux-image-cloud-amd64', 'apparmor', 'apparmor-utils', 'nftables', 'kmod'],
  /** What hardening installs. */
  cached: ['cracklib-runtime', 'debsums', 'libpam-pwquality', 'libpam-tmpdir', 'sudo'],
};
/** To start, on a slow machine with other work: milliseconds. */
const PATIENCE = 900_000;

/** Why no machine can be emulated here, or null where one can. */
export function emulationMissing() {
  // Files of a root file system have owners, and networks are made.
  if (process.getuid?.() !== 0) return 'only root can make a machine';
  return programMissing(
    ['ip', 'mmdebstrap', 'mke2fs', 'qemu-system-x86_64', 'ssh', 'ssh-keygen'],
    ['e2fsprogs', 'iproute2', 'mmdebstrap', 'openssh-client', 'qemu-system-x86'],
  );
}

export class Emulated {
  #folder = mkdtempSync(join(tmpdir(), 'incamera-emulated-'));
  #network = `ic-kernel-${process.pid}`;
  #qemu = null;
  #remove = () => this.remove();

  /** `files`: what is put into its `/root`, by name. */
  static async boot(release, files) {
    const made = new Emulated();
    process.once('exit', made.#remove);
    try {
      made.#makeDisk(release, files);
      made.#makeNetwork();
      made.#start();
      await until('the machine is up', () => made.#isUp(), PATIENCE);
    } catch (error) {
      error.message += `\n${made.console()}`;
      made.remove();
      throw error;
    }
    return made;
  }

  #file = (name) => join(this.#folder, name);

  #makeDisk(release, files) {
    const root = this.#file('root');
    const quiet = { stdio: ['ignore', 'ignore', 'pipe'] };
    unpackRoot(release, EMULATED, root);
    for (const [name, path] of Object.entries(files)) cpSync(path, join(root, 'root', name));
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', this.#file('key')], quiet);
    // Where root has no password, sudo does not go again once it is there (its package says so).
    execFileSync('chpasswd', ['--root', root], {
      input: 'root:a long night of rain',
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    mkdirSync(join(root, 'root/.ssh'), { mode: 0o700, recursive: true });
    cpSync(this.#file('key.pub'), join(root, 'root/.ssh/authorized_keys'));
    writeFileSync(
      join(root, 'etc/systemd/network/any.network'),
      `[Match]\nName=e*\n[Network]\nAddress=${ADDRESS}/24\n`,
    );
    const wanted = join(root, 'etc/systemd/system/multi-user.target.wants');
    symlinkSync('/usr/lib/systemd/system/systemd-networkd.service', join(wanted, 'systemd-networkd.service'));
    for (const name of ['vmlinuz', 'initrd.img']) {
      const versioned = readdirSync(join(root, 'boot')).find((file) => file.startsWith(name));
      cpSync(join(root, 'boot', versioned), this.#file(name));
    }
    execFileSync('truncate', ['--size=1500M', this.#file('disk')], quiet);
    execFileSync('mke2fs', ['-q', '-t', 'ext4', '-d', root, this.#file('disk')], quiet);
    rmSync(root, { recursive: true, force: true });
  }

  /** A network with the machine in it, and whoever is to meet there. It leads nowhere else. */
  #makeNetwork() {
    const ip = (...words) => execFileSync('ip', words, { stdio: ['ignore', 'ignore', 'pipe'] });
    ip('netns', 'add', this.#network);
    ip('-n', this.#network, 'link', 'set', 'lo', 'up');
    ip('-n', this.#network, 'tuntap', 'add', 'tap0', 'mode', 'tap');
    ip('-n', this.#network, 'address', 'add', `${OUTSIDE}/24`, 'dev', 'tap0');
    ip('-n', this.#network, 'link', 'set', 'tap0', 'up');
  }

  #start() {
    this.#qemu = spawn(
      'ip',
      [
        ...['netns', 'exec', this.#network, 'qemu-system-x86_64'],
        ...[
          '-machine',
          'q35',
          '-accel',
          'tcg,thread=multi,tb-size=512',
          '-cpu',
          'max',
          '-smp',
          '2',
          '-m',
          '2048',
        ],
        ...['-display', 'none', '-serial', `file:${this.#file('console')}`],
        ...['-kernel', this.#file('vmlinuz'), '-initrd', this.#file('initrd.img')],
        // What keeps programs apart in a processor that guesses is dear to emulate, and nothing here is about it.
        ...['-append', 'root=/dev/vda rw console=ttyS0 mitigations=off'],
        ...['-drive', `file=${this.#file('disk')},format=raw,if=virtio,cache=unsafe`],
        ...['-netdev', 'tap,id=net,ifname=tap0,script=no,downscript=no'],
        ...['-device', 'virtio-net-pci,netdev=net', '-device', 'virtio-rng-pci'],
      ],
      { stdio: 'ignore' },
    );
  }

  /** A program that runs another one in the network of the machine. */
  runner(program) {
    const file = this.#file('run');
    writeFileSync(file, `#!/bin/sh\nexec ip netns exec ${this.#network} ${program} "$@"\n`);
    chmodSync(file, 0o755);
    return file;
  }

  async #isUp() {
    if (this.#qemu.exitCode !== null) return false;
    const state = await this.run('systemctl is-system-running || true');
    return ['running', 'degraded'].includes(state.trim());
  }

  /** Which start of the machine this is, or null while it is down. */
  async #boot() {
    return (await this.run('cat /proc/sys/kernel/random/boot_id').catch(() => '')).trim() || null;
  }

  /** Starts it anew, without its power going. */
  async reboot() {
    const former = await this.#boot();
    // The connection may end before the answer comes.
    await this.run('systemctl reboot').catch(() => {});
    const isAnother = async () => ![null, former].includes(await this.#boot());
    await until('the machine was started anew', isAnother, PATIENCE);
    await until('the machine is up again', () => this.#isUp(), PATIENCE);
  }

  /** Its power goes, in the middle of whatever it does, and comes back: what it had not written to its disk is lost. */
  async cutPower() {
    const ended = once(this.#qemu, 'exit');
    this.#qemu.kill('SIGKILL');
    await ended;
    this.#start();
    await until('the machine is up again', () => this.#isUp(), PATIENCE);
  }

  /** What a program prints that runs next to the machine, in its network. */
  async outside(...words) {
    try {
      return (await run('ip', ['netns', 'exec', this.#network, ...words])).stdout;
    } catch (error) {
      return error.stdout ?? '';
    }
  }

  /** What it said as it started. */
  console() {
    try {
      return readFileSync(this.#file('console'), 'utf8').split('\n').slice(-40).join('\n');
    } catch {
      return 'it said nothing';
    }
  }

  /** Runs a line of shell in the machine, as root. Resolves with what it prints; fails with that, where the line fails. */
  async run(line) {
    const options = [
      ...['BatchMode=yes', 'StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR'],
      ...['ConnectTimeout=60', 'ConnectionAttempts=1'],
      // Whose power went does not say that a connection has ended.
      ...['ServerAliveInterval=10', 'ServerAliveCountMax=60'],
    ].map((option) => `-o${option}`);
    const inNetwork = ['netns', 'exec', this.#network];
    const words = ['ssh', '-i', this.#file('key'), ...options, `root@${ADDRESS}`, `exec 2>&1; ${line}`];
    try {
      return (await run('ip', [...inNetwork, ...words], { maxBuffer: 1 << 26 })).stdout;
    } catch (error) {
      throw new Error(`\`${line}\` failed in the machine:\n${error.stdout}${error.stderr}`);
    }
  }

  remove() {
    process.off('exit', this.#remove);
    this.#qemu?.kill('SIGKILL');
    try {
      execFileSync('ip', ['netns', 'delete', this.#network], { stdio: 'ignore' });
    } catch {
      // It was not made, or is gone already.
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
