// A browser on a machine of its own, which is in one of two networks and changes between them. Made of a Linux network
// namespace, which needs root; nothing of it is left behind.

import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Addresses that are set aside for measuring networks (RFC 2544): no real machine has them. */
const subnet = `198.18.${process.pid % 256}`;
/** Where the server listens: reached over either network. */
const server = `${subnet}.254`;

const ip = (...words) => execFileSync('ip', words, { stdio: ['ignore', 'ignore', 'pipe'] });

/** Why there are no namespaces here, or null where there are. */
export function namespacesMissing() {
  const name = `incamera-probe-${process.pid}`;
  try {
    ip('netns', 'add', name);
    ip('netns', 'delete', name);
    return null;
  } catch (error) {
    return `network namespaces cannot be made here: ${String(error.stderr ?? error.message).trim()}`;
  }
}

export class TwoNetworks {
  #name = `incamera-${process.pid}`;
  #links = [`ica${process.pid}`, `icb${process.pid}`];
  #folder = mkdtempSync(join(tmpdir(), 'incamera-networks-'));
  #current = 0;
  #remove = () => this.remove();

  server = server;

  constructor() {
    process.once('exit', this.#remove);
    ip('netns', 'add', this.#name);
    this.#inside('link', 'set', 'lo', 'up');
    ip('address', 'add', `${server}/32`, 'dev', 'lo');
    for (const [index, link] of this.#links.entries()) {
      const [here, there] = this.#ends(index);
      ip('link', 'add', link, 'type', 'veth', 'peer', 'name', `net${index}`, 'netns', this.#name);
      ip('address', 'add', `${here}/30`, 'dev', link);
      ip('link', 'set', link, 'up');
      this.#inside('address', 'add', `${there}/30`, 'dev', `net${index}`);
    }
    this.#enter(0);
  }

  /** Our address and theirs. */
  #ends(index) {
    return [`${subnet}.${4 * index + 1}`, `${subnet}.${4 * index + 2}`];
  }

  #enter(index) {
    this.#inside('link', 'set', `net${index}`, 'up');
    this.#inside('route', 'add', 'default', 'via', this.#ends(index)[0]);
  }

  /** From one network to the other, as when a phone leaves the house: another link, another address. */
  change() {
    this.#inside('link', 'set', `net${this.#current}`, 'down');
    this.#current = 1 - this.#current;
    this.#enter(this.#current);
  }

  #inside(...words) {
    ip('-netns', this.#name, ...words);
  }

  /** A program that runs another one in there: what a browser's launcher takes for the browser. */
  runner(program) {
    const file = join(this.#folder, 'run');
    writeFileSync(file, `#!/bin/sh\nexec ip netns exec ${this.#name} ${program} "$@"\n`);
    chmodSync(file, 0o755);
    return file;
  }

  remove() {
    process.off('exit', this.#remove);
    // With one end of a link goes the other.
    for (const words of [
      ...this.#links.map((link) => ['link', 'delete', link]),
      ['netns', 'delete', this.#name],
      ['address', 'delete', `${server}/32`, 'dev', 'lo'],
    ]) {
      try {
        ip(...words);
      } catch {
        // It was not made, or is gone already.
      }
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
