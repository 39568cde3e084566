// A machine of its own: a Debian root file system that is booted by systemd-nspawn, in networks of its own. Needs root.
// Around it is a small world: somebody who looks names up for nobody, an authority for certificates (Pebble), people's
// browsers, and one network that lets nothing but TLS through. Nothing of it is left behind.

import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { programMissing, SMALL, unpackRoot } from './root.mjs';
import { Stage } from './stage.mjs';
import { until } from './until.mjs';

const run = promisify(execFile);

/** The name by which people reach the machine. */
export const NAME = 'meet.test';
const AUTHORITY = 'authority.test';
/** Addresses that are set aside for measuring networks (RFC 2544, RFC 5180): browsers take them for public. */
const world = { four: '198.19.7.1', six: '2001:2:0:7::1' };
const machine = { four: '198.19.7.2', six: '2001:2:0:7::2' };
/** A strict network, which has no IPv6 either. */
const walled = { four: '198.19.7.3' };
/** People with addresses of one family alone. */
const fourAlone = { four: '198.19.7.4' };
const sixAlone = { six: '2001:2:0:7::5' };

/** How a machine is connected: an address of each family that people reach it by, unless its interface has another one. */
export const DUAL = { reached: machine, own: machine };
export const IPV6_ALONE = { reached: { six: machine.six }, own: { six: machine.six } };
/** Its provider translates: the interface has a private address (RFC 1918), the world knows a public one. */
export const TRANSLATED = { reached: machine, own: { four: '10.19.7.2', six: machine.six } };
/** The provider's side of such a machine's line. */
const router = { four: '10.19.7.1' };

/** Nothing goes in or out but TCP to one port of the machine. What else is tried is counted. */
const wall = `
  table inet wall {
    counter stopped {}
    chain out {
      type filter hook output priority 0; policy drop;
      oif lo accept
      ip daddr ${machine.four} tcp dport 443 accept
      meta l4proto udp counter name stopped
    }
    chain in {
      type filter hook input priority 0; policy drop;
      iif lo accept
      ip saddr ${machine.four} tcp sport 443 accept
    }
  }`;

/** What the provider does: what comes for the public address goes to the private one, and back, and out. */
const translation = `
  table ip translation {
    chain in {
      type nat hook prerouting priority dstnat;
      iif wan0 ip daddr ${machine.four} tcp dport { 22, 443 } dnat to ${TRANSLATED.own.four}
      iif wan0 ip daddr ${machine.four} udp dport 443 dnat to ${TRANSLATED.own.four}
    }
    chain out {
      type nat hook postrouting priority srcnat;
      oif wan0 ip saddr ${TRANSLATED.own.four} snat to ${machine.four}
    }
  }`;

/** As many more people next to the machine, for whoever knocks more often than one may (D2). */
const CROWD = 8;

/** Why no machine can be made here, or null where one can. */
export function machinesMissing() {
  if (process.getuid?.() !== 0) return 'only root can boot a machine';
  return programMissing(
    [
      'apparmor_parser',
      'curl',
      'hexdump',
      'host',
      'ip',
      'mmdebstrap',
      'nft',
      'nsenter',
      'openssl',
      'pebble',
      'python3',
      'systemd-nspawn',
    ],
    [
      'apparmor',
      'bind9-host',
      'bsdextrautils',
      'curl',
      'iproute2',
      'mmdebstrap',
      'nftables',
      'openssl',
      'pebble',
      'python3-venv',
      'systemd-container',
    ],
  );
}

export class Machine {
  #id = process.pid;
  #folder = mkdtempSync(join(tmpdir(), 'incamera-machine-'));
  #nspawn = null;
  #pebble = null;
  #files = null;
  #doors = [];
  #kind;
  #connection;
  #remove = () => this.remove();
  #names = {
    world: `ic-world-${this.#id}`,
    machine: `ic-machine-${this.#id}`,
    walled: `ic-walled-${this.#id}`,
    fourAlone: `ic-four-${this.#id}`,
    sixAlone: `ic-six-${this.#id}`,
    router: `ic-router-${this.#id}`,
  };

  /** Of a release, of a kind of `root.mjs`, and with a connection. The folder is where root file systems are kept. */
  static async boot(release, { kind = SMALL, connection = DUAL, folder } = {}) {
    const made = new Machine();
    made.#kind = kind;
    made.#connection = connection;
    process.once('exit', made.#remove);
    try {
      unpackRoot(release, kind, made.root, folder);
      made.#makeNetworks();
      made.#writeNames();
      if (kind === SMALL) made.#forgetMirrors();
      await made.#startAuthority();
      await made.#start();
    } catch (error) {
      made.remove();
      throw error;
    }
    return made;
  }

  /** How the outside reaches it. */
  get address() {
    return this.#connection.reached.four ?? this.#connection.reached.six;
  }

  /** The root of its files, seen from here. */
  get root() {
    return join(this.#folder, 'root');
  }

  #makeNetworks() {
    const names = this.#names;
    const ip = (...words) => execFileSync('ip', words, { stdio: ['ignore', 'ignore', 'pipe'] });
    const has = (name, link, { four, six }) => {
      ip('-n', name, 'link', 'set', link, 'up');
      if (four) ip('-n', name, 'address', 'add', `${four}/24`, 'dev', link);
      if (six) ip('-n', name, 'address', 'add', `${six}/64`, 'dev', link, 'nodad');
    };
    const goesBy = (name, { four, six }) => {
      if (four) ip('-n', name, 'route', 'add', 'default', 'via', four);
      if (six) ip('-n', name, '-6', 'route', 'add', 'default', 'via', six);
    };
    for (const name of Object.values(names)) {
      ip('netns', 'add', name);
      ip('-n', name, 'link', 'set', 'lo', 'up');
    }
    ip('-n', names.world, 'link', 'add', 'hub', 'type', 'bridge');
    const plug = (name, link) => {
      const end = `to-${link}`;
      ip('-n', names.world, 'link', 'add', end, 'type', 'veth', 'peer', 'name', link, 'netns', name);
      ip('-n', names.world, 'link', 'set', end, 'master', 'hub', 'up');
    };
    has(names.world, 'hub', world);
    for (const [name, link, addresses] of [
      [names.walled, 'wlan0', walled],
      [names.fourAlone, 'four0', fourAlone],
      [names.sixAlone, 'six0', sixAlone],
    ]) {
      plug(name, link);
      has(name, link, addresses);
      goesBy(name, { four: addresses.four && world.four, six: addresses.six && world.six });
    }
    this.#loadRules(names.walled, wall);

    const { reached, own } = this.#connection;
    plug(names.machine, 'eth0');
    if (own.four === reached.four) {
      has(names.machine, 'eth0', own);
      goesBy(names.machine, { four: own.four && world.four, six: own.six && world.six });
      return;
    }
    // IPv6 goes past the provider's translation, as it does at most providers: by a line of its own.
    has(names.machine, 'eth0', { six: own.six });
    ip(
      '-n',
      names.router,
      'link',
      'add',
      'lan0',
      'type',
      'veth',
      'peer',
      'name',
      'eth1',
      'netns',
      names.machine,
    );
    plug(names.router, 'wan0');
    has(names.router, 'lan0', router);
    has(names.router, 'wan0', { four: reached.four });
    has(names.machine, 'eth1', { four: own.four });
    goesBy(names.machine, { four: router.four, six: world.six });
    execFileSync('ip', ['netns', 'exec', names.router, 'sh', '-c', 'echo 1 >/proc/sys/net/ipv4/ip_forward']);
    this.#loadRules(names.router, translation);
  }

  #loadRules(name, rules) {
    const words = ['netns', 'exec', name, 'nft', '-f', '-'];
    execFileSync('ip', words, { input: rules, stdio: ['pipe', 'ignore', 'pipe'] });
  }

  /** There is no mirror of Debian in this world. */
  #forgetMirrors() {
    const sources = join(this.root, 'etc/apt/sources.list');
    rmSync(`${sources}.d`, { recursive: true, force: true });
    mkdirSync(`${sources}.d`);
    writeFileSync(sources, '');
  }

  /** In place of a server for names: a file, in the machine and for the programs around it. */
  #writeNames() {
    const { four, six } = this.#connection.reached;
    const records = [
      ['127.0.0.1', 'localhost'],
      ['::1', 'localhost'],
      [four, NAME],
      [six, NAME],
      [this.#authorityAddress, AUTHORITY],
    ];
    const hosts = records.filter(([address]) => address).map((record) => `${record.join(' ')}\n`);
    writeFileSync(join(this.root, 'etc/hosts'), hosts.join(''));
    for (const name of Object.values(this.#names)) {
      mkdirSync(`/etc/netns/${name}`, { recursive: true });
      writeFileSync(`/etc/netns/${name}/hosts`, hosts.join(''));
    }
  }

  get #authorityAddress() {
    return this.#connection.own.four ? world.four : world.six;
  }

  /** An authority that nobody knows: what vouches for it is put into the machine. */
  async #startAuthority() {
    const file = (name) => join(this.#folder, name);
    execFileSync(
      'openssl',
      [
        ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
        ...['-subj', `/CN=${AUTHORITY}`, '-addext', `subjectAltName=DNS:${AUTHORITY}`],
        ...[
          '-addext',
          'basicConstraints=critical,CA:FALSE',
          '-keyout',
          file('own.key'),
          '-out',
          file('own.pem'),
        ],
      ],
      { stdio: 'ignore' },
    );
    const pebble = {
      listenAddress: '[::]:14000',
      managementListenAddress: `${world.four}:15000`,
      certificate: file('own.pem'),
      privateKey: file('own.key'),
      httpPort: 80,
      tlsPort: 443,
      ocspResponderURL: '',
      externalAccountBindingRequired: false,
    };
    writeFileSync(file('pebble.json'), JSON.stringify({ pebble }));
    const inWorld = ['netns', 'exec', this.#names.world];
    this.#pebble = spawn('ip', [...inWorld, 'pebble', '-config', file('pebble.json')], {
      env: { ...process.env, PEBBLE_VA_NOSLEEP: '1', PEBBLE_AUTHZREUSE: '0' },
      stdio: 'ignore',
    });
    // The root that signs what it issues. It is made anew at each start.
    const roots = await until('the authority answers', async () => {
      const printed = await this.outside('curl', '-sk', `https://${world.four}:15000/roots/0`);
      return printed.includes('BEGIN CERTIFICATE') && printed;
    });
    writeFileSync(file('roots.pem'), roots);
    const own = await readFile(file('own.pem'), 'utf8');
    writeFileSync(join(this.root, 'root/authority.pem'), own + roots);
  }

  /** The file with the root that browsers of this world would trust. */
  get roots() {
    return join(this.#folder, 'roots.pem');
  }

  get authority() {
    return { directory: `https://${AUTHORITY}:14000/dir`, root: '/root/authority.pem' };
  }

  async #start() {
    this.#nspawn = spawn(
      'systemd-nspawn',
      [
        ...['--quiet', '--directory', this.root, '--boot', '--register=no', '--keep-unit'],
        ...['--network-namespace-path', `/run/netns/${this.#names.machine}`],
        // It makes networks for its services, as any machine does.
        ...['--capability=CAP_NET_ADMIN', '--drop-capability=CAP_AUDIT_CONTROL'],
        `--machine=incamera-${this.#id}`,
        // One that is rented has its own opinion of whom to ask for names.
        ...(this.#kind === SMALL ? [] : ['--resolv-conf=off']),
      ],
      // The machine may set what belongs to its own network, as any machine may.
      { stdio: 'ignore', env: { ...process.env, SYSTEMD_NSPAWN_API_VFS_WRITABLE: 'network' } },
    );
    this.#nspawn.on('error', () => {});
    await this.isUp();
  }

  async isUp() {
    await until('the machine is up', async () => {
      const state = await this.run('systemctl is-system-running || true');
      return ['running', 'degraded'].includes(state.trim());
    });
  }

  /** The first process of the machine, as it is numbered out here. */
  async #leader() {
    const { stdout } = await run('pgrep', ['--parent', String(this.#nspawn.pid)]);
    return stdout.trim().split('\n')[0];
  }

  /** Runs a line of shell in the machine, as root. Resolves with what it prints; fails with that, where the line fails. */
  async run(line) {
    const words = [
      '--target',
      await this.#leader(),
      '--all',
      '/bin/sh',
      '-c',
      `exec 2>&1; cd /root; ${line}`,
    ];
    try {
      // As on a fresh login: nothing of our own surroundings.
      const env = {
        PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
        HOME: '/root',
        LANG: 'C.UTF-8',
        DEBIAN_FRONTEND: 'noninteractive',
      };
      return (await run('nsenter', words, { env, maxBuffer: 1 << 26 })).stdout;
    } catch (error) {
      throw new Error(`\`${line}\` failed in the machine:\n${error.stdout ?? error.message}`);
    }
  }

  /** Runs a program next to the machine, in the free network. */
  outside(...words) {
    return this.within('world', ...words);
  }

  /** Runs a program in a network of this world: `world`, `walled`, `fourAlone` or `sixAlone`. Resolves with what it prints. */
  async within(network, ...words) {
    try {
      return (await run('ip', ['netns', 'exec', this.#names[network], ...words])).stdout;
    } catch (error) {
      return error.stdout ?? '';
    }
  }

  /** Where a file of the machine is out here. Names without a folder are in `/root`. */
  #file(name) {
    return join(this.root, name.startsWith('/') ? name : join('root', name));
  }

  /** As `outside`, but each connection to the machine comes from the next of several addresses. */
  async fromManyAddresses(...words) {
    const world = this.#names.world;
    const addresses = Array.from({ length: CROWD }, (_, index) => `198.19.7.${100 + index}`);
    for (const address of addresses) {
      execFileSync('ip', ['-n', world, 'address', 'replace', `${address}/24`, 'dev', 'hub']);
    }
    const turns = addresses.map((address, index) => `${index} : ${address}`).join(', ');
    this.#loadRules(
      world,
      `table ip crowd {
        chain turns {
          type nat hook postrouting priority 100;
          ip daddr ${machine.four} tcp dport 443 snat to numgen inc mod ${CROWD} map { ${turns} }
        }
      }`,
    );
    try {
      return await this.outside(...words);
    } finally {
      execFileSync('ip', ['netns', 'exec', world, 'nft', 'delete', 'table', 'ip', 'crowd']);
    }
  }

  /** Copies a file into the machine. */
  put(file, name) {
    cpSync(file, this.#file(name));
  }

  write(name, text, mode = 0o644) {
    writeFileSync(this.#file(name), text);
    chmodSync(this.#file(name), mode);
  }

  /** A program that runs a line of shell in the machine, for whoever looks at it from a terminal. */
  async door() {
    const file = join(this.#folder, 'enter');
    const leader = await this.#leader();
    writeFileSync(file, `#!/bin/sh\nexec nsenter --target ${leader} --all /bin/sh -c "cd /root; $*"\n`);
    chmodSync(file, 0o755);
    return file;
  }

  /** As after `sudo reboot`: everything ends, and begins again with what is on the disk. */
  async reboot() {
    await this.#goDown();
    await this.#start();
  }

  async #goDown() {
    const nspawn = this.#nspawn;
    const ended = nspawn.exitCode === null && nspawn.signalCode === null ? once(nspawn, 'exit') : null;
    await this.run('systemctl poweroff').catch(() => {});
    let patience;
    const late = new Promise((resolve) => {
      patience = setTimeout(resolve, 30_000);
    });
    await Promise.race([ended, late]);
    clearTimeout(patience);
    nspawn.kill('SIGKILL');
  }

  /** A program that runs another one in a network of this world: `world`, `walled`, `fourAlone` or `sixAlone`. */
  runner(network, program) {
    const file = join(this.#folder, `run-${basename(program)}-${network}`);
    writeFileSync(file, `#!/bin/sh\nexec ip netns exec ${this.#names[network]} ${program} "$@"\n`);
    chmodSync(file, 0o755);
    return file;
  }

  /** A stage on the server that was set up in it. */
  async stage(title) {
    const enrolment = (await this.run('cat /var/lib/incamera/first-host')).trim();
    return Stage.on(title, { origin: `https://${NAME}`, enrolment });
  }

  /**
   * A port of the loopback here whose connections arrive at the same port of a network's own loopback: for whoever drives
   * a browser there over TCP.
   */
  async openDoor(network) {
    const door = createServer((socket) => {
      const script = `const there = require('node:net').connect(${door.address().port}, '127.0.0.1');
        there.on('error', () => process.exit(1)); process.stdin.pipe(there).pipe(process.stdout);`;
      const words = ['netns', 'exec', this.#names[network], process.execPath, '-e', script];
      const there = spawn('ip', words, { stdio: ['pipe', 'pipe', 'ignore'] });
      socket.pipe(there.stdin).on('error', () => socket.destroy());
      there.stdout.pipe(socket).on('error', () => there.kill());
    });
    this.#doors.push(door);
    door.listen(0, '127.0.0.1');
    await once(door, 'listening');
    return door.address().port;
  }

  /** Datagrams that ran into the wall. */
  datagramsStopped() {
    const words = ['netns', 'exec', this.#names.walled, 'nft', 'list', 'counter', 'inet', 'wall', 'stopped'];
    return Number(execFileSync('ip', words, { encoding: 'utf8' }).match(/packets (\d+)/)[1]);
  }

  /** The address of a folder out here, for the machine. */
  serve(folder) {
    const script = `
      const { createServer } = require('node:http');
      const { readFile } = require('node:fs');
      const { join, normalize } = require('node:path');
      createServer((request, response) => {
        readFile(join(${JSON.stringify(folder)}, normalize(decodeURIComponent(request.url))), (error, bytes) => {
          response.writeHead(error ? 404 : 200);
          response.end(bytes);
        });
      }).listen(80, '${world.four}');`;
    this.#files = spawn('ip', ['netns', 'exec', this.#names.world, process.execPath, '-e', script], {
      stdio: 'ignore',
    });
    return `http://${AUTHORITY}`;
  }

  /** Which TCP ports of the machine take up connections from outside. */
  async openPorts() {
    const script = `
      const { connect } = require('node:net');
      let next = 1;
      const open = [];
      const probe = () => next > 65535 ? Promise.resolve() : new Promise((done) => {
        const port = next++;
        const socket = connect({ host: '${this.address}', port });
        socket.once('connect', () => { open.push(port); socket.destroy(); done(); });
        socket.once('error', () => done());
      }).then(probe);
      Promise.all(Array.from({ length: 100 }, probe)).then(() => console.log(JSON.stringify(open)));`;
    return JSON.parse(await this.outside(process.execPath, '-e', script)).sort((a, b) => a - b);
  }

  async stop() {
    await this.#goDown();
    this.remove();
  }

  remove() {
    process.off('exit', this.#remove);
    this.#nspawn?.kill('SIGKILL');
    this.#pebble?.kill('SIGKILL');
    this.#files?.kill('SIGKILL');
    for (const door of this.#doors) door.close();
    for (const name of Object.values(this.#names)) {
      try {
        execFileSync('ip', ['netns', 'delete', name], { stdio: 'ignore' });
      } catch {
        // It was not made, or is gone already.
      }
      rmSync(`/etc/netns/${name}`, { recursive: true, force: true });
    }
    try {
      rmdirSync('/etc/netns');
    } catch {
      // It was not made, or others use it.
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
