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

/** What a strict network lets through: one TCP port of the server. What else is tried there is counted. */
const wall = (port) => `
  table inet wall {
    counter stopped {}
    chain out {
      type filter hook output priority 0; policy drop;
      oif lo accept
      ip daddr ${server} tcp dport ${port} accept
      meta l4proto udp counter name stopped
    }
    chain in {
      type filter hook input priority 0; policy drop;
      iif lo accept
      ip saddr ${server} tcp sport ${port} accept
    }
  }`;

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

/** Why there are no walls here, or null where there are. */
export function wallsMissing() {
  try {
    execFileSync('nft', ['--version'], { stdio: 'ignore' });
    return namespacesMissing();
  } catch {
    return 'there is no `nft` here: install it, on Debian with `apt-get install nftables`';
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

  /** From now on nothing goes in or out but TCP to this port of the server. */
  wallOff(port) {
    this.#nft(['-f', '-'], wall(port));
  }

  /** Datagrams that ran into the wall. */
  datagramsStopped() {
    const told = this.#nft(['list', 'counter', 'inet', 'wall', 'stopped']);
    return Number(told.match(/packets (\d+)/)[1]);
  }

  #nft(words, input = '') {
    const all = ['netns', 'exec', this.#name, 'nft', ...words];
    return execFileSync('ip', all, { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] });
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
