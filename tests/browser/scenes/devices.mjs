// A person without camera or microphone, or who refused them, takes part all the same.

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
