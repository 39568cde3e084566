// What every scene stands on: a server of its own, a host who has an account there, and people who come.

import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromiumContext, chromiumTab, firefoxTab } from './browsers.mjs';
import { detourScript } from './injected.mjs';
import { signature } from './palette.mjs';
import { Host, Person } from './people.mjs';
import { Relay } from './relay.mjs';
import { Server } from './server.mjs';

const artifacts = fileURLToPath(new URL('../../../artifacts/', import.meta.url));

/** After this long a scene is taken for stuck: far more than the slowest machine needs. */
const STUCK = 1_200_000;

/**
 * A test with a stage. Whatever the scene is about, no page may do what a page must never do. `skip`: why it cannot be
 * played here; `server`: another kind of server than the usual one.
 */
export function scene(title, play, { skip = false, server = Server } = {}) {
  test(title, { timeout: STUCK, skip }, async () => {
    await playOn(new Stage(title), async (stage) => {
      await stage.open(undefined, server);
      await play(stage);
    });
  });
}

/**
 * What is played on a stage, and what comes of it. Of a failure, what explains it is kept. In the end everything is closed, the
 * browsers too that were started for this, among them those that were added to the list meanwhile.
 */
export async function playOn(stage, play, browsers = []) {
  try {
    const outcome = await play(stage);
    stage.review();
    return outcome;
  } catch (error) {
    await stage.keepEvidence();
    throw error;
  } finally {
    await stage.close();
    for (const browser of browsers) await browser.close();
  }
}

export class Stage {
  #title;
  #people = [];
  #contexts = [];
  #relays = [];
  server;

  constructor(title) {
    this.#title = title;
  }

  /** On a server that others started and end: `enrolment` is the address that it gave its first host. */
  static on(title, { origin, enrolment }) {
    const stage = new Stage(title);
    stage.server = { origin, enrolment, output: '', stop: async () => {} };
    return stage;
  }

  /** Once more: another server in place of the usual one, at another address. */
  async open(address = undefined, kind = Server) {
    await this.server?.stop();
    this.server = await kind.start(address);
  }

  /** The first host of the server, enrolled through the page and at home. */
  async host(name = 'Hanna', { onScreen, ...options } = {}) {
    const host = await this.#enter(new Host(name), options);
    await host.enrol(this.server.enrolment, onScreen && ((screen) => onScreen(host.tab, screen)));
    return host;
  }

  /** A second device of a host: nothing of the first is on it. */
  async secondDevice(host, options = {}) {
    const device = await this.#enter(new Host(host.name), options);
    await device.signIn(this.server.origin, host.password);
    return device;
  }

  /**
   * Somebody with a browser of their own. `browser`: `chromium` or `firefox`; `started`: one that was started
   * for them; `context`: Playwright's options; `devices`: replaces parts of the signature (`{ tone: undefined }`: no
   * microphone).
   */
  async person(name, options = {}) {
    return this.#enter(new Person(name), options);
  }

  async #enter(person, { browser = 'chromium', started, context = {}, devices = {} }) {
    const sends = JSON.parse(JSON.stringify({ ...signature(this.#people.length), ...devices }));
    if (browser === 'firefox') {
      person.tab = await firefoxTab(sends, started);
    } else {
      const own = await chromiumContext(context, started);
      this.#contexts.push(own);
      person.tab = await chromiumTab(sends, {}, own);
    }
    person.sends = sends;
    this.#people.push(person);
    return person;
  }

  /**
   * What a person's page sends and gets goes by a relay, from the next page that they load. `broken`: their page does
   * nothing that hides speech.
   */
  async relay(person, { broken } = {}) {
    const relay = await Relay.to(Number(new URL(this.server.origin).port));
    this.#relays.push(relay);
    await person.tab.inject(detourScript({ port: relay.port, broken }));
    return relay;
  }

  /** P4, and no policy violation, and nothing thrown: on every page of the scene. */
  review() {
    for (const { name, tab } of this.#people) assert.deepEqual(tab.complaints.list, [], `${name}'s page`);
    assert.doesNotMatch(this.server.output, /panicked/, 'the server');
  }

  /** Pictures and words that explain a failure, in `artifacts/failures`. */
  async keepEvidence() {
    const folder = `${artifacts}failures/${this.#title.replace(/[^a-z0-9]+/gi, '-')}/`;
    await mkdir(folder, { recursive: true });
    await writeFile(`${folder}server.log`, this.server?.output ?? 'it did not start');
    for (const { name, tab } of this.#people) {
      await tab.screenshot(`${folder}${name}.png`).catch(() => {});
      const told = await tab
        .run(() => JSON.stringify({ received: witness.received, sent: witness.sent }, null, 1))
        .catch((error) => String(error));
      await writeFile(`${folder}${name}.json`, `${told}\n${tab.complaints.list.join('\n')}`);
    }
  }

  async close() {
    for (const { tab } of this.#people) await tab.close().catch(() => {});
    for (const relay of this.#relays) relay.close();
    await this.server?.stop();
  }
}

/** Keeps a picture of a screen in `artifacts/screenshots`. */
export async function keepPicture(tab, name) {
  await mkdir(`${artifacts}screenshots`, { recursive: true });
  await tab.screenshot(`${artifacts}screenshots/${name}.png`);
}
