// The real server, as a process of its own with a state folder of its own.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const binary = resolve(process.env.INCAMERA_BIN ?? join(root, 'target/debug/incamera'));
/** For work on the page: a built page that the server shows in place of its own. */
const page = process.env.INCAMERA_PAGE ? ['--page', resolve(process.env.INCAMERA_PAGE)] : [];

export class Server {
  #process = null;
  #state;
  #output = '';
  #local;
  /** `https://…` without a path. */
  origin = null;
  /** The one-time address of the first host, as printed at the first start. */
  enrolment = null;

  /** At an address of this machine, at all of them (`0.0.0.0`), or where only this machine comes. */
  static async start(address = undefined) {
    const server = new Server();
    server.#state = await mkdtemp(join(tmpdir(), 'incamera-test-'));
    server.#local = address;
    await server.#launch(0);
    return server;
  }

  async #launch(port) {
    const listen = `${this.#local ?? '127.0.0.1'}:${port}`;
    const name = this.#local && this.#local !== '0.0.0.0' ? ['--name', this.#local] : [];
    const child = spawn(binary, ['serve', '--listen', listen, ...name, '--state', this.#state, ...page], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#process = child;
    let printed = '';
    const hear = (chunk) => {
      printed += chunk;
      this.#output += chunk;
    };
    child.stdout.setEncoding('utf8').on('data', hear);
    child.stderr.setEncoding('utf8').on('data', hear);
    const gone = once(child, 'exit').then(([code]) => {
      throw new Error(`the server ended with ${code}:\n${printed}`);
    });
    gone.catch(() => {});
    while (!/https:\/\/\S+/.test(printed) || (!this.enrolment && !/\/enrol#\S+\s/.test(printed))) {
      await Promise.race([once(child.stdout, 'data'), once(child.stderr, 'data'), gone]);
    }
    this.enrolment ??= printed.match(/https:\/\/\S+\/enrol#\S+/)[0];
    this.origin ??= new URL(this.enrolment).origin;
  }

  get address() {
    return new URL(this.origin).host;
  }

  get pid() {
    return this.#process.pid;
  }

  /** The folder in which it keeps what it keeps. */
  get state() {
    return this.#state;
  }

  /** Everything it ever wrote to its standard outputs. */
  get output() {
    return this.#output;
  }

  /** Runs another command of the binary on the same state; resolves with what it prints. */
  async command(...words) {
    const child = spawn(binary, [...words, '--state', this.#state], { stdio: ['ignore', 'pipe', 'pipe'] });
    let printed = '';
    child.stdout.setEncoding('utf8').on('data', (chunk) => (printed += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk) => (printed += chunk));
    const [code] = await once(child, 'exit');
    if (code !== 0) throw new Error(`incamera ${words.join(' ')} ended with ${code}:\n${printed}`);
    return printed;
  }

  /** Ends it without any chance to say good-bye. */
  async kill() {
    const child = this.#process;
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }

  /** Starts it again where it was: the same port, the same state. */
  async restart() {
    await this.#launch(new URL(this.origin).port);
  }

  /** Asks it to stop; resolves with its exit code. */
  async stop() {
    const child = this.#process;
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    await rm(this.#state, { recursive: true, force: true });
    return child.exitCode;
  }
}
