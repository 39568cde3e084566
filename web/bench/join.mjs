// How long it takes to come into a meeting, in Chromium: from pressing Join to sharing keys with everybody, with 2, 10, 25
// and 97 people. The others run the page's own code, without devices, all in one process: they share this machine's
// cores, as people's own machines would not.
//
//   INCAMERA_BIN=<the server> node bench/join.mjs [numbers of people]
//
// The browser driver is that of the browser tests (`npm ci` in tests/browser).

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { closeBrowsers } from '../../tests/browser/harness/browsers.mjs';
import { Stage } from '../../tests/browser/harness/stage.mjs';
import { until } from '../../tests/browser/harness/until.mjs';
import { close, load } from './page.mjs';

const WebSocket = createRequire(new URL('../../tests/browser/package.json', import.meta.url))('ws');

/** The last is a full meeting, but for the seats that only the host's other devices may take. */
const SIZES = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [2, 10, 25, 97];
const ROUNDS = 9;
/** People who come from one address: no more than the server seats. */
const PER_ADDRESS = 20;

const { systemRandom, fromBase64Url } = await load('crypto/bytes.ts');
const { generateSigningKey, helloText, sign } = await load('crypto/ed25519.ts');
const { parseLink } = await load('crypto/link.ts');
const { systemClock } = await load('session/clock.ts');
const { Connection } = await load('session/connection.ts');
const { LinkKeys } = await load('session/link-keys.ts');
const { makeMembership } = await load('session/membership.ts');
const { VERSION } = await load('generated/protocol.ts');
const group = await load('generated/group/group.js');
group.initSync({ module: readFileSync(new URL('../src/generated/group/group_bg.wasm', import.meta.url)) });

/** Of each who is in the meeting: the epoch that they are in. */
const epochs = [];

/** Somebody in the meeting; resolves when they share keys with the others. */
async function member(link, number) {
  const { origin, pathname, hash } = new URL(link);
  const unused = () => Promise.reject(new Error('there is no password'));
  const keys = await LinkKeys.derive(parseLink(pathname, hash), null, unused);
  const identity = { key: await generateSigningKey(), leafSeed: systemRandom(32) };
  const nothing = () => undefined;
  let entered;
  let kept;
  const isIn = new Promise((resolve, reject) => {
    entered = resolve;
    kept = reject;
  });
  const membership = await makeMembership(keys, identity, null, {
    clock: systemClock,
    random: systemRandom,
    profile: () => ({ name: `Person ${number}`, hand: null }),
    founding: () => null,
    send: (message) => connection.group(message),
    changed: (view) => {
      epochs[number] = view?.epoch;
      if (view) entered();
    },
    person: nothing,
    gone: nothing,
    notice: nothing,
    differs: nothing,
    keys: nothing,
    said: nothing,
    follow: () => null,
    linkMissed: nothing,
    ask: nothing,
    tell: () => Promise.resolve(false),
    wanting: nothing,
  });
  const connection = new Connection(systemClock, Math.random, {
    open: () => {
      const socket = new WebSocket(`${origin.replace('https', 'wss')}/api/ws`, {
        origin,
        rejectUnauthorized: false,
        localAddress: `127.0.0.${2 + Math.floor(number / PER_ADDRESS)}`,
      });
      // That the server ends first is no news.
      socket.on('error', nothing);
      return socket;
    },
    hello: async ({ nonce }) => ({
      version: VERSION,
      meeting: keys.link.id,
      token: keys.token,
      identity: identity.key.publicKey,
      proof: await sign(identity.key, helloText(keys.link.id, fromBase64Url(nonce))),
      name: await keys.envelope.sealName(`Person ${number}`, identity.key.publicKey),
      held: null,
      group: membership.group.followed,
    }),
    message: async (message) => {
      const { roster } = membership;
      if (message.type === 'welcome') {
        roster.begin();
        for (const participant of message.participants) roster.learn(participant);
        connection.settled();
        membership.group.resume(message.group);
      } else if (message.type === 'participant') roster.learn(message.participant);
      else if (message.type === 'left') roster.forget(message.participant);
      else if (message.type === 'group') membership.group.handle(message.event);
      else if (message.type === 'refused') kept(new Error(`refused: ${message.reason}`));
    },
    retrying: nothing,
    gaveUp: nothing,
  });
  connection.start();
  await isIn;
}

const isSecured = (person) =>
  person.tab.run(() => document.querySelector('.security-words')?.textContent === 'End-to-end encrypted');

/** Everybody has followed what happened, and goes on doing so for a while. */
async function calm() {
  for (let quiet = 0, before = ''; quiet < 3; ) {
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const now = String(epochs);
    quiet = now === before && new Set(Object.values(epochs)).size <= 1 ? quiet + 1 : 0;
    before = now;
  }
}

/** Milliseconds from pressing Join to the words that say that there are keys. */
async function timeJoin(newcomer, link) {
  const { tab } = newcomer;
  await tab.goto(link);
  await until('a name can be given', () => tab.shows('textbox', 'Your name'));
  await tab.fill('Your name', newcomer.name);
  const time = await tab.run(
    () =>
      new Promise((resolve) => {
        const button = [...document.querySelectorAll('button')].find((one) => one.textContent === 'Join');
        const begun = performance.now();
        const look = () => {
          const secured = document.querySelector('.security-words')?.textContent === 'End-to-end encrypted';
          if (secured) resolve(performance.now() - begun);
          else requestAnimationFrame(look);
        };
        button.click();
        look();
      }),
  );
  await tab.press('button', 'Leave');
  return time;
}

function quartiles(times) {
  const sorted = [...times].sort((a, b) => a - b);
  return [0.25, 0.5, 0.75].map((part) => Math.round(sorted[Math.round(part * (sorted.length - 1))]));
}

const stage = new Stage('how long it takes to come in');
try {
  await stage.open();
  const host = await stage.host();
  const { link } = await host.makeMeeting();
  await host.join(link);
  await until('the host has keys', () => isSecured(host));
  const newcomer = await stage.person('Newcomer');
  let people = 1;
  for (const size of SIZES) {
    for (; people < size - 1; people += 1) await member(link, people);
    const times = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      await calm();
      times.push(await timeJoin(newcomer, link));
    }
    const [low, middle, high] = quartiles(times);
    process.stdout.write(`${String(size).padStart(4)} people: ${middle} ms (quartiles ${low} and ${high})\n`);
  }
} finally {
  await stage.close();
  await closeBrowsers();
  await close();
}
process.exit(0);
