// What one person sees and hears of another: by content, not by what the page says about it.

import { isColour, isTone } from './palette.mjs';
import { until } from './until.mjs';

/** The receiver decodes ever more frames of the publisher's own colour, and they are not one still picture. */
export async function seesMoving(receiver, publisher, source = 'camera') {
  const id = await publisher.id();
  const colour = source === 'screen' ? publisher.sends.screen : publisher.sends.colour;
  const bars = new Set();
  await until(`${receiver.name} sees ${publisher.name}'s ${source} move`, async () => {
    const picture = await receiver.tab.run(({ id, source }) => witness.picture(id, source), { id, source });
    if (!picture || !isColour(picture.colour, colour)) {
      throw new Error(`${JSON.stringify(picture)} is not of the colour ${colour}`);
    }
    bars.add(picture.bar);
    return bars.size >= 3;
  });
  await grows(`${receiver.name} decodes ${publisher.name}'s ${source}`, () =>
    received(receiver, id, source, 'frames'),
  );
}

/** The receiver hears the publisher's own tone in the publisher's own section. */
export async function hears(receiver, publisher, source = 'microphone') {
  const id = await publisher.id();
  const tone = source === 'microphone' ? publisher.sends.tone : publisher.sends.screenTone;
  await until(`${receiver.name} hears ${publisher.name}`, async () => {
    const heard = await receiver.tab.run(({ id, source }) => witness.hears(id, source), { id, source });
    if (!isTone(heard, tone)) throw new Error(`${heard} Hz is not ${tone} Hz`);
    return true;
  });
}

/** Everybody sees and hears everybody else. */
export async function allSeeAndHearEachOther(people) {
  for (const receiver of people) {
    for (const publisher of people.filter((one) => one !== receiver)) {
      await seesMoving(receiver, publisher);
      await hears(receiver, publisher);
    }
  }
}

/** The receive section that carries somebody's source, or undefined. */
export function section(receiver, id, source) {
  return receiver.tab.run(({ id, source }) => witness.slot(id, source), { id, source });
}

/** `packets` or `frames` that came for somebody's source so far; null where no section carries it. */
export async function received(receiver, id, source, what) {
  const mid = await section(receiver, id, source);
  return mid === undefined ? null : countAt(receiver, mid, what);
}

/** `packets` or `frames` that came on one receive section so far. */
export async function countAt(receiver, mid, what = 'packets') {
  return (await receiver.tab.run(() => witness.inbound()))[mid]?.[what] ?? null;
}

/** A count rises, from wherever it is. */
export async function grows(what, count, by = 10) {
  const before = await until(`${what} begins`, async () => (await count()) ?? false);
  await until(`${what} goes on`, async () => (await count()) >= before + by);
}
