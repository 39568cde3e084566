// What the encrypted group costs a page: CPU time and bytes, by the number of members. Run: node bench/group.mjs
// Each figure is the mean of a few rounds in one process; compare figures of one run only.

import { readFileSync } from 'node:fs';
import * as group from '../src/generated/group/group.js';

const MEETING = 'abcdefghij234567';
const SIZES = [2, 10, 25, 50, 100, 200, 300, 400];
const ROUNDS = 5;

group.initSync({ module: readFileSync(new URL('../src/generated/group/group_bg.wasm', import.meta.url)) });

const random = (length) => crypto.getRandomValues(new Uint8Array(length));
const text = (bytes) => Buffer.from(bytes).toString('base64url');

async function signer() {
  const pair = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify']);
  const publicKey = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
  const sign = async (bytes) => new Uint8Array(await crypto.subtle.sign('Ed25519', pair.privateKey, bytes));
  return { publicKey, sign };
}

const host = await signer();
const hostHash = new Uint8Array(await crypto.subtle.digest('SHA-256', host.publicKey)).slice(0, 16);
const link = new group.LinkProof(random(32), random(32));

async function leaf() {
  const identity = await signer();
  const draft = new group.LeafDraft(MEETING, text(identity.publicKey), random(32));
  return draft.bind(await identity.sign(draft.bindingText()));
}

/** Milliseconds of CPU. */
function cost(work) {
  const begun = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(begun);
  return { ms: (user + system) / 1000, result };
}

const mean = (numbers) => numbers.reduce((sum, one) => sum + one, 0) / numbers.length;

const state = new group.GroupState(host.publicKey, false, 'Advice');
const founder = group.Group.found(await leaf(), link, random(16), state);
const witness = { group: null };
const everybody = [];
let size = 1;

/** One more member; what it cost the joiner and one who was there. */
async function join() {
  const own = await leaf();
  const info = founder.info();
  const entered = cost(() => group.Group.join(own, link, hostHash, info));
  const bundle = entered.result.bundle();
  const newcomer = entered.result.group();
  const followed = cost(() => founder.handle(bundle.commit, everybody));
  if (witness.group) witness.group.handle(bundle.commit, everybody);
  else witness.group = newcomer;
  size += 1;
  return { join: entered.ms, follow: followed.ms, info: info.length, commit: bundle.commit.length };
}
for (const wanted of SIZES) {
  while (size < wanted - ROUNDS) await join();
  const joins = [];
  while (size < wanted) joins.push(await join());
  const made = cost(() => founder.commit([], [], undefined));
  const update = made.result;
  founder.accepted();
  witness.group.handle(update.commit, everybody);
  const figure = (name) => mean(joins.map((one) => one[name]));
  const ms = (value) => `${value.toFixed(1).padStart(7)} ms`;
  const kB = (value) => `${(value / 1000).toFixed(1).padStart(6)} kB`;
  process.stdout.write(
    `${String(wanted).padStart(4)} members: join ${ms(figure('join'))}, follow ${ms(figure('follow'))}, ` +
      `new keys ${ms(made.ms)}; public state ${kB(figure('info'))}, join's commit ${kB(figure('commit'))}\n`,
  );
}
