// `npm run quality`: how a meeting sounds and looks on bad paths, in both browsers, as a table.
//
//   INCAMERA_BIN=<the server> npm run quality [-- words of the rows to run]
//
// Ann speaks, with a camera; Hanna listens and watches. The path of one of them goes by a relay that loses, delays and narrows by a seed.

import { closeBrowsers } from './harness/browsers.mjs';
import { recordedSpeech } from './harness/speech.mjs';
import { Stage } from './harness/stage.mjs';
import { until } from './harness/until.mjs';
import { judge, Watcher } from './harness/vitals.mjs';

const SECONDS = 30;
/** As over a mobile network: 60 ms there and back, and what it shakes. */
const USUAL = { delay: 30, jitter: 10 };

const rows = [
  ...[0, 0.01, 0.05, 0.2, 0.3].map((loss) => ({
    name: `loses ${100 * loss} % on the way down`,
    path: { down: { ...USUAL, loss }, up: USUAL },
  })),
  { name: 'loses 20 % both ways', path: { down: { ...USUAL, loss: 0.2 }, up: { ...USUAL, loss: 0.2 } } },
  { name: 'carries 150 kbit/s down', path: { down: { ...USUAL, rate: 150_000 }, up: USUAL }, returns: true },
  {
    name: 'carries 250 kbit/s down, a fifth of what it did',
    before: { up: USUAL, down: { ...USUAL, rate: 1_250_000 } },
    path: { down: { ...USUAL, rate: 250_000 }, up: USUAL },
    returns: true,
  },
  {
    name: 'whoever speaks has 250 kbit/s up, a fifth of what it was',
    whose: 'Ann',
    before: { up: { ...USUAL, rate: 1_250_000 }, down: USUAL },
    path: { up: { ...USUAL, rate: 250_000 }, down: USUAL },
    returns: true,
  },
];

const wanted = process.argv.slice(2);
const chosen = rows.filter(({ name }) => wanted.length === 0 || wanted.some((words) => name.includes(words)));
const recording = recordedSpeech()?.toString('base64');
if (!recording) throw new Error('espeak-ng is needed: sudo apt-get install espeak-ng');

say(
  '| receiver | the path | sound made up | with a copy | pictures/s | lines | longest still, ms | kbit/s |',
);
say('|---|---|---|---|---|---|---|---|');
try {
  for (const browser of process.env.BROWSERS?.split(' ') ?? ['chromium', 'firefox']) {
    for (const row of chosen) await measure(browser, row);
  }
} finally {
  await closeBrowsers();
}

async function measure(
  browser,
  { name, whose = 'Hanna', before = { up: USUAL, down: USUAL }, path, returns },
) {
  const stage = new Stage('quality');
  try {
    await stage.open();
    const host = await stage.host('Host', { devices: { colour: undefined, tone: undefined } });
    const { link } = await host.makeMeeting();
    await host.join(link);
    const hanna = await stage.person('Hanna', { browser, devices: { tone: 0 } });
    const ann = await stage.person('Ann', { devices: { recording } });
    const relay = await stage.relay(whose === 'Ann' ? ann : hanna);
    relay.impair(before);
    await hanna.join(link);
    await ann.join(link);
    await ann.tab.run(() => {
      signals.busy = true;
    });
    const watcher = await Watcher.of(hanna, ann);
    await until('the picture is whole', async () => (await watcher.look()).height >= 360);
    await pause(8000);
    relay.impair(path);
    print(browser, name, await watcher.during(1000 * SECONDS));
    if (returns) {
      relay.impair(before);
      const begun = Date.now();
      const after = watcher.during(1000 * SECONDS);
      await until('the picture is whole again', async () => (await watcher.look()).height >= 360).catch(
        () => {},
      );
      const took = Date.now() - begun;
      print(browser, `… and is good again: whole after ${(took / 1000).toFixed(1)} s`, await after);
    }
  } finally {
    await stage.close();
  }
}

function print(browser, name, looks) {
  const { madeUp, copies, pictures, heights, still, rate } = judge(looks);
  say(
    `| ${[
      browser,
      name,
      `${(100 * madeUp).toFixed(1)} %`,
      copies === null ? '' : `${(100 * copies).toFixed(1)} %`,
      pictures.toFixed(1),
      heights.join(', '),
      still.toFixed(0),
      (rate / 1000).toFixed(0),
    ].join(' | ')} |`,
  );
}

function say(line) {
  process.stdout.write(`${line}\n`);
}

function pause(time) {
  return new Promise((resolve) => setTimeout(resolve, time));
}
