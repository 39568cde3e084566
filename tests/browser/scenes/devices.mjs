// A person without camera or microphone, or who refused them, takes part all the same.

import assert from 'node:assert/strict';
import { firefoxThatRefuses } from '../harness/browsers.mjs';
import { hears, seesMoving } from '../harness/senses.mjs';
import { scene } from '../harness/stage.mjs';
import { until } from '../harness/until.mjs';

const cases = [
  ['without a camera', { colour: undefined }, 'No camera was found'],
  ['without any device', { colour: undefined, tone: undefined }, 'No microphone was found'],
  ['who refused', { refused: true }, 'The browser may not use your camera'],
];

for (const [who, devices, words] of cases) {
  scene(`a person ${who} is told what to do, and joins`, async (stage) => {
    const host = await stage.host();
    const { link } = await host.makeMeeting();
    await host.join(link);
    const ann = await stage.person('Ann', { devices });
    await ann.tab.goto(link);
    await ann.sees(words);
    await ann.join(link);
    await seesMoving(ann, host);
    await hears(ann, host);
    if ('tone' in ann.sends && !ann.sends.refused) await hears(host, ann);
  });
}

scene('Firefox with everything refused reaches a server on its own machine', async (stage) => {
  // It then leaves the loopback interface out of its media, though the page came over it.
  await stage.open('0.0.0.0');
  const started = await firefoxThatRefuses();
  try {
    const host = await stage.host();
    const { link } = await host.makeMeeting();
    await host.join(link);
    const fay = await stage.person('Fay', { browser: 'firefox', started, devices: { refused: true } });
    await fay.join(link);
    await seesMoving(fay, host);
    await hears(fay, host);
  } finally {
    await started.close();
  }
});

/** A sealed sound (docs/protocol.md, "Media encryption"). */
const SEALED = 143;
/** Two seconds of sound. */
const MANY = 100;

/** What leaves a page of its microphone's section goes on, and all of it has one size. */
async function sendsSoundOfOneSize({ name, tab }, when) {
  const outbound = () => tab.run(() => witness.outbound('microphone'));
  const before = await outbound();
  const after = await until(`${name} sends sound, ${when}`, async () => {
    const now = await outbound();
    return now.packets >= before.packets + MANY && now;
  });
  const size = (after.bytes - before.bytes) / (after.packets - before.packets);
  assert.equal(size, SEALED, `${name}, ${when}`);
}

for (const browser of ['chromium', 'firefox']) {
  scene(`whoever is silent in ${browser} sends sound like anybody else (K5)`, async (stage) => {
    // Pictures would only make work.
    const colour = undefined;
    const host = await stage.host('Hanna', { devices: { colour } });
    const { link } = await host.makeMeeting();
    await host.join(link);
    const ann = await stage.person('Ann', { browser, devices: { colour } });
    const ben = await stage.person('Ben', { browser, devices: { colour, tone: undefined } });
    const cal = await stage.person('Cal', { browser, devices: { refused: true } });
    for (const guest of [ann, ben, cal]) await guest.join(link);
    await hears(host, ann);
    await sendsSoundOfOneSize(ann, 'speaking');
    await ann.tab.press('button', 'Microphone');
    await until('Ann is muted', async () => !(await host.knows(ann)).live.includes('microphone'));
    await sendsSoundOfOneSize(ann, 'muted');
    await sendsSoundOfOneSize(cal, 'who refused');
    await sendsSoundOfOneSize(ben, 'without a microphone');

    // One is plugged in, and heard without another offer.
    const offers = () => ben.tab.run(() => witness.sent.filter(({ type }) => type === 'offer').length);
    const before = await offers();
    ben.sends.tone = 1500;
    await ben.tab.run((tone) => Object.assign(signals.signature, { tone }), ben.sends.tone);
    await ben.tab.press('button', 'Microphone');
    await hears(host, ben);
    await sendsSoundOfOneSize(ben, 'speaking');
    assert.equal(await offers(), before);
  });
}

scene('a browser that cannot encrypt is told so before it asks for a device (K2)', async (stage) => {
  const host = await stage.host();
  const { link } = await host.makeMeeting();
  const ann = await stage.person('Ann');
  await ann.tab.page.addInitScript(() => {
    delete globalThis.RTCRtpScriptTransform;
    globalThis.asked = 0;
    const media = navigator.mediaDevices;
    const ask = media?.getUserMedia;
    if (!ask) return;
    media.getUserMedia = (wish) => {
      globalThis.asked += 1;
      return ask.call(media, wish);
    };
  });
  await ann.tab.goto(link);
  await ann.sees('It cannot encrypt sound and picture');
  assert.equal(await ann.tab.run(() => globalThis.asked), 0);
  assert.equal(await ann.tab.shows('button', 'Join'), false);
});
