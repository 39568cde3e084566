// What sealing and opening a frame costs: CPU time of the whole process, threads of WebCrypto included, against the plain
// AES-GCM call of the same size in the same run.
//
//   node bench/sframe.mjs
//
// In browsers the cost is of the same order; `MediaKeys.statistics` tells the delay there.

import { close, load } from './page.mjs';

const FRAMES = 5_000;
const WARM = 500;

const { Epochs } = await load('sframe/epochs.ts');
const { importBaseKey } = await load('sframe/cipher.ts');
const { open, seal } = await load('sframe/frames.ts');

async function member(leaf) {
  const epochs = new Epochs();
  const base = await importBaseKey(new Uint8Array(16).fill(7));
  epochs.begin({ number: 1, leaf, base, fingerprint: 'one' }, 0);
  return epochs;
}

/** Microseconds of CPU, and of waiting, for each frame. */
async function measure(work) {
  for (let frame = 0; frame < WARM; frame += 1) await work(frame);
  const began = performance.now();
  const before = process.cpuUsage();
  for (let frame = WARM; frame < WARM + FRAMES; frame += 1) await work(frame);
  const { user, system } = process.cpuUsage(before);
  return { cpu: (user + system) / FRAMES, delay: ((performance.now() - began) * 1000) / FRAMES };
}

const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 128 }, false, ['encrypt']);
const iv = new Uint8Array(12);
const show = (value) => `${value.toFixed(0).padStart(6)} µs`;

for (const [name, source, length] of [
  ['sound, 80 bytes', 'microphone', 80],
  ['picture, 1 kB', 'camera', 1_000],
  ['picture, 10 kB', 'camera', 10_000],
  ['key frame, 100 kB', 'screen', 100_000],
]) {
  const frame = new Uint8Array(length).fill(0x31);
  const [alice, bob] = [await member(1), await member(2)];
  const expected = { leaf: 1, source, since: 0 };
  const kind = source === 'microphone' ? 'audio' : 'video';
  const wire = [];
  const plain = await measure(() => crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, frame));
  const sealed = await measure(async () => wire.push((await seal(alice, source, frame)).bytes));
  const opened = await measure(async (at) => {
    const { kind: result } = await open(bob, kind, expected, wire[at], 0);
    if (result !== 'frame') throw new Error('did not open');
  });
  const ratio = (one) => `${(one.cpu / plain.cpu).toFixed(2)} ×`;
  const cost = `CPU: AES-GCM ${show(plain.cpu)}, seal ${show(sealed.cpu)} (${ratio(sealed)}), open ${show(opened.cpu)} (${ratio(opened)})`;
  process.stdout.write(
    `${name.padEnd(18)} ${cost}; delay: ${show(sealed.delay)} and ${show(opened.delay)}\n`,
  );
}
await close();
