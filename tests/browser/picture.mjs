// `npm run picture`: makes the picture of a meeting that the README shows, from a real meeting.

import { fileURLToPath } from 'node:url';
import { closeBrowsers } from './harness/browsers.mjs';
import { portraitScript } from './harness/injected.mjs';
import { Stage } from './harness/stage.mjs';
import { until } from './harness/until.mjs';

const file = fileURLToPath(new URL('../../docs/images/meeting.png', import.meta.url));
const context = { viewport: { width: 1440, height: 900 }, colorScheme: 'light' };

const people = {
  Hanna: {
    wall: '#b9c4c9',
    lamp: '#e9e4d8',
    skin: '#e8b898',
    hair: '#5a3825',
    shirt: '#2f6f73',
    long: true,
    shelf: 0,
  },
  Samuel: {
    wall: '#8fa58a',
    lamp: '#dfe6d2',
    skin: '#8d5a3b',
    hair: '#1f1a18',
    shirt: '#c9772f',
    shelf: -800,
  },
  Jonas: { wall: '#c8b39a', lamp: '#f3e8d6', skin: '#f1cdb0', hair: '#b98a4a', shirt: '#44506b', shelf: 20 },
  Leyla: {
    wall: '#9a93b0',
    lamp: '#e4deee',
    skin: '#c78f63',
    hair: '#2a211d',
    shirt: '#a33d4a',
    long: true,
    shelf: -780,
  },
};

/** One speaks and the others listen. A tone of 0 Hz is silence. */
const SPEAKER = 'Jonas';
const devices = { tone: 0 };

const stage = new Stage('picture');
try {
  await stage.open();
  const host = await stage.host('Hanna', { context, devices });
  await host.tab.page.addInitScript(portraitScript(people.Hanna));
  const { link } = await host.makeMeeting({ title: 'Parents’ council' });
  await host.join(link);
  for (const [name, look] of Object.entries(people).slice(1)) {
    const guest = await stage.person(name, { context, devices: name === SPEAKER ? {} : devices });
    await guest.tab.page.addInitScript(portraitScript(look));
    await guest.join(link);
  }
  await host.openPeople();
  await until('every picture is there, and no notice', () =>
    host.tab.run(() => {
      const videos = [...document.querySelectorAll('[data-participant] video')];
      return videos.length === 4 && videos.every((video) => video.videoHeight >= 360);
    }),
  );
  // Notices of who came go away by themselves.
  await until('the notices are gone', async () => !/ joined/.test(await host.tab.text()));
  await host.tab.screenshot(file);
} finally {
  await stage.close();
  await closeBrowsers();
}
