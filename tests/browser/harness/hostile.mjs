// A hostile server: the real one, behind a proxy that reads what goes over the WebSockets and does with it as a scene says.
// Each person comes by a door of their own, so that the scene knows whose messages it has in hand.

import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import WebSocket, { WebSocketServer } from 'ws';
import { Server } from './server.mjs';

/** Stands where `Server` stands. Its own origin is the first door, the host's. */
export class HostileServer {
  #server;
  #doors = [];
  origin;

  static async start() {
    const hostile = new HostileServer();
    hostile.#server = await Server.start();
    hostile.front = await hostile.door();
    hostile.origin = hostile.front.origin;
    return hostile;
  }

  /** Another way in, with an origin of its own. */
  async door() {
    const door = await Door.open(this.#server.origin);
    this.#doors.push(door);
    return door;
  }

  get enrolment() {
    return this.#server.enrolment.replace(this.#server.origin, this.origin);
  }

  get output() {
    return this.#server.output;
  }

  async stop() {
    for (const door of this.#doors) door.close();
    return this.#server.stop();
  }
}

/** No page asks that often. */
const FIRST_OWN_REQUEST = 1_000_000;

/** What a rule may answer: nothing for a message as it is, `[]` for none, or those that go in its place. */
class Rules {
  #rules = new Set();

  add(rule) {
    this.#rules.add(rule);
    return () => this.#rules.delete(rule);
  }

  apply(message) {
    let messages = [message];
    for (const rule of [...this.#rules]) messages = messages.flatMap((one) => rule(one) ?? [one]);
    return messages;
  }
}

class Door {
  #real;
  #server;
  /** By the page's end: the server's. */
  #sockets = new Map();
  #asked = 0;
  #toPage = new Rules();
  #toServer = new Rules();
  origin;
  /** What the real server sent, as it was. */
  sent = [];

  static async open(real) {
    const door = new Door();
    door.#real = real;
    door.#server = createServer(certificate(), (asked, answer) => door.#pass(asked, answer));
    const sockets = new WebSocketServer({ noServer: true });
    door.#server.on('upgrade', (asked, stream, head) => {
      sockets.handleUpgrade(asked, stream, head, (page) => door.#connect(page, asked));
    });
    door.#server.listen(0, '127.0.0.1');
    await once(door.#server, 'listening');
    door.origin = `https://127.0.0.1:${door.#server.address().port}`;
    return door;
  }

  /** A meeting's link, by this door. */
  link(link) {
    return link.replace(new URL(link).origin, this.origin);
  }

  /** `rule(message)` for each message of the server; the answer takes the rule away again. See `Rules`. */
  toPage(rule) {
    return this.#toPage.add(rule);
  }

  /** The same for each message of the page. */
  toServer(rule) {
    return this.#toServer.add(rule);
  }

  /** Does as the page asks nowhere but in its own belief: what `which` chooses is done, and the server never hears of it. */
  pretend(which) {
    return this.toServer((message) => {
      if (!which(message)) return undefined;
      this.inject({ type: 'done', request: message.request });
      return [];
    });
  }

  /** Tells the page something that the server never said. */
  inject(...messages) {
    const [page] = [...this.#sockets.keys()].slice(-1);
    for (const message of messages) this.#tell(page, message);
  }

  /** Asks the server for something in the page's name, which never hears of it. */
  ask(act) {
    this.#asked += 1;
    const request = FIRST_OWN_REQUEST + this.#asked;
    const [server] = [...this.#sockets.values()].slice(-1);
    server.send(JSON.stringify({ type: 'act', request, act }));
  }

  /** The latest record of somebody, as the server has it. */
  record(id) {
    let found = null;
    for (const message of this.sent) {
      const people = message.type === 'welcome' ? message.participants : [message.participant];
      found = people.find((one) => one?.id === id) ?? found;
    }
    return found;
  }

  last(type) {
    return this.sent.findLast((message) => message.type === type);
  }

  close() {
    for (const page of this.#sockets.keys()) page.terminate();
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #headers({ headers }) {
    const { host: _, origin, ...others } = headers;
    return origin === this.origin ? { ...others, origin: this.#real } : others;
  }

  #pass(asked, answer) {
    const { method, url } = asked;
    const options = { method, headers: this.#headers(asked), rejectUnauthorized: false };
    const onward = request(`${this.#real}${url}`, options, (real) => {
      answer.writeHead(real.statusCode, real.headers);
      real.pipe(answer);
    });
    onward.on('error', () => answer.destroy());
    asked.pipe(onward);
  }

  #connect(page, asked) {
    const { cookie } = asked.headers;
    const server = new WebSocket(`${this.#real.replace('https', 'wss')}${asked.url}`, {
      origin: this.#real,
      rejectUnauthorized: false,
      headers: cookie ? { cookie } : {},
    });
    this.#sockets.set(page, server);
    server.on('message', (text) => {
      const message = JSON.parse(text);
      if (message.request >= FIRST_OWN_REQUEST) return;
      this.sent.push(message);
      for (const one of this.#toPage.apply(message)) this.#tell(page, one);
    });
    // A page speaks only after the server did: by then both sides are open.
    page.on('message', (text) => {
      const message = JSON.parse(text);
      for (const one of this.#toServer.apply(message)) {
        if (server.readyState === WebSocket.OPEN) server.send(JSON.stringify(one));
      }
    });
    for (const [one, other] of [
      [page, server],
      [server, page],
    ]) {
      one.on('close', () => other.close());
      one.on('error', () => other.terminate());
    }
    page.on('close', () => this.#sockets.delete(page));
  }

  #tell(page, message) {
    if (page?.readyState === WebSocket.OPEN) page.send(JSON.stringify(message));
  }
}

let made;
/** Its own word for who it is, as browsers in tests are content with. */
function certificate() {
  made ??= makeCertificate();
  return made;
}

function makeCertificate() {
  const folder = mkdtempSync(join(tmpdir(), 'incamera-hostile-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const words = `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=hostile -addext subjectAltName=IP:127.0.0.1`;
  const { status, stderr, error } = spawnSync('openssl', [...words.split(' '), '-keyout', key, '-out', cert]);
  if (status !== 0) throw new Error(`the program openssl made no certificate: ${error?.message ?? stderr}`);
  const pair = { key: readFileSync(key), cert: readFileSync(cert) };
  rmSync(folder, { recursive: true });
  return pair;
}
