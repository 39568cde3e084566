// A person without camera or microphone, or who refused them, takes part all the same.

import { firefoxThatRefuses } from '../harness/browsers.mjs';
import { hears, seesMoving } from '../harness/senses.mjs';
import { scene } from '../harness/stage.mjs';

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
