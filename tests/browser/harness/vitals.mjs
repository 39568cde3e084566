// How somebody's sound and picture arrive, looked at ten times a second.

const EVERY = 100;

export class Watcher {
  #receiver;
  #id;

  static async of(receiver, publisher) {
    const watcher = new Watcher();
    watcher.#receiver = receiver;
    watcher.#id = await publisher.id();
    return watcher;
  }

  look() {
    return this.#receiver.tab.run((id) => witness.vitals(id), this.#id);
  }

  /** All looks within a time in milliseconds. The page looks itself: its clock is not held up by ours. */
  during(time) {
    return this.#receiver.tab.run(
      async ({ id, time, every }) => {
        const looks = [await witness.vitals(id)];
        while (looks.at(-1).at < looks[0].at + time) {
          await new Promise((resolve) => setTimeout(resolve, every));
          looks.push(await witness.vitals(id));
        }
        return looks;
      },
      { id: this.#id, time, every: EVERY },
    );
  }
}

/**
 * What looks tell. `madeUp`: the share of sound that the decoder had to invent; `copies`: the share
 * of packets that brought a copy of the one before, where the browser tells; `pictures` a second; `heights` in the order of their coming;
 * `still`: the longest time without a new picture, in milliseconds, give or take a look; `rate`: media, in bits per second.
 */
export function judge(looks) {
  const [first, last] = [looks[0], looks.at(-1)];
  const seconds = (last.at - first.at) / 1000;
  const risen = (what) => last[what] - first[what];
  let since = first.at;
  let still = 0;
  const heights = [first.height];
  for (const [index, look] of looks.slice(1).entries()) {
    if (look.frames > looks[index].frames) since = look.at;
    still = Math.max(still, look.at - since);
    if (look.height !== heights.at(-1)) heights.push(look.height);
  }
  return {
    madeUp: risen('samples') > 0 ? risen('concealed') / risen('samples') : 1,
    copies: last.corrected === null ? null : risen('corrected') / Math.max(1, risen('sounds')),
    pictures: risen('frames') / seconds,
    heights,
    still,
    rate: (8 * risen('bytes')) / seconds,
  };
}
