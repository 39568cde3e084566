// The owner of a rented machine, who reaches it by SSH and by nothing else: with the right key, and as others who have a
// wrong one, none, or a password. The key is made anew for each machine.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './until.mjs';

/** Who may become root, and by which password: `rented/provide.sh` made them. */
const PASSWORDS = { root: 'a long night of rain', ada: 'a short day of sun' };

const quoted = (text) => `'${text.replaceAll("'", `'\\''`)}'`;

export class Owner {
  #machine;
  #folder = mkdtempSync(join(tmpdir(), 'incamera-owner-'));

  /** Puts the key where the provider puts it: into the files of root and of whoever has sudo. */
  static async of(machine) {
    const made = new Owner();
    made.#machine = machine;
    for (const name of ['right', 'wrong']) {
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', made.#file(name)]);
    }
    const key = readFileSync(`${made.#file('right')}.pub`, 'utf8');
    for (const [name, home] of [
      ['root', '/root'],
      ['ada', '/home/ada'],
    ]) {
      await machine.run(`install -d -m 0700 -o ${name} -g ${name} ${home}/.ssh
        echo ${quoted(key.trim())} > ${home}/.ssh/authorized_keys
        chown ${name}:${name} ${home}/.ssh/authorized_keys; chmod 0600 ${home}/.ssh/authorized_keys`);
    }
    return made;
  }

  #file(name) {
    return join(this.#folder, name);
  }

  /**
   * What a line of shell prints that somebody runs over SSH with a key. Null where the machine lets nobody in: also
   * where it shows another key of its own than at first.
   */
  async ssh(name, line, { key = 'right', options = [] } = {}) {
    const words = [
      ...['ssh', '-F', 'none', '-o', 'ConnectTimeout=10', '-o', 'StrictHostKeyChecking=accept-new'],
      ...['-o', `UserKnownHostsFile=${this.#file('known-hosts')}`, '-o', 'IdentitiesOnly=yes'],
      ...(key ? ['-i', this.#file(key)] : ['-o', 'PubkeyAuthentication=no']),
      ...(options.length > 0 ? options : ['-o', 'BatchMode=yes']),
      ...[`${name}@${this.#machine.address}`, `echo let-in; ${line}`],
    ];
    const printed = await this.#machine.outside(...words);
    const at = printed.indexOf('let-in\n');
    return at < 0 ? null : printed.slice(at + 'let-in\n'.length);
  }

  /** Whether a password lets somebody in over SSH. */
  async passwordLetsIn(name) {
    const asked = this.#file('asked');
    writeFileSync(asked, `#!/bin/sh\necho ${quoted(PASSWORDS[name])}\n`, { mode: 0o700 });
    const words = ['env', `SSH_ASKPASS=${asked}`, 'SSH_ASKPASS_REQUIRE=force', 'ssh', '-F', 'none'];
    const printed = await this.#machine.outside(
      ...words,
      ...['-o', 'ConnectTimeout=10', '-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null'],
      ...['-o', 'PubkeyAuthentication=no', '-o', 'NumberOfPasswordPrompts=1'],
      ...[`${name}@${this.#machine.address}`, 'echo let-in'],
    );
    return printed.includes('let-in');
  }

  /** By which way the owner is root, in a session of its own: `root` or `ada` with sudo. Null where there is no way. */
  async way() {
    if ((await this.ssh('root', 'id --user')) === '0\n') return 'root';
    const sudo = `echo ${quoted(PASSWORDS.ada)} | sudo --stdin --prompt= id --user`;
    return (await this.ssh('ada', sudo)) === '0\n' ? 'ada' : null;
  }

  /** The owner gets in and is root: at once, or when a limit of tries has run out. */
  getsIn() {
    return until('the owner is root on the machine', () => this.way());
  }

  /** Runs a line as root, in a new session. */
  async asRoot(line) {
    const way = await this.getsIn();
    if (way === 'root') return this.ssh('root', line);
    return this.ssh('ada', `echo ${quoted(PASSWORDS.ada)} | sudo --stdin --prompt= sh -c ${quoted(line)}`);
  }

  remove() {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
