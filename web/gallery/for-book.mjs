// Makes the pictures of the book from the gallery's screens, so that they show the page as it is.
//
//   node gallery/for-book.mjs [folder]
//
// The folder is docs/book/images unless named. The browser driver is that of the browser tests (`npm ci` in
// tests/browser). Fails when a picture is too large to be sent to everybody. A scene of the browser tests makes them, too, and
// compares which there are: what they look like is for people to judge.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { openGallery } from './open.mjs';

/** Pixels of a picture in one of the page: as in `book/contents.ts`. */
const DENSITY = 1.5;
/** Bytes of a picture, at most. */
const MOST = 60_000;
const SOMEWHERE = { locale: 'en-GB', timezoneId: 'Europe/Berlin' };
const NOW = Date.UTC(2026, 10, 23, 12, 0);
/** A phone, as most have it. */
const PHONE = { width: 360, height: 700 };
/** What a browser shows around the page, which no page can show: drawn by hand. */
const BARS = pathToFileURL(fileURLToPath(new URL('browser-bars.html', import.meta.url)));

/** `of` is what is cut out, and `upper` how much of it; without it the whole window is shown. */
const PICTURES = [
  { name: 'home', screen: 'host-home', width: 760, height: 460 },
  { name: 'new-meeting', screen: 'host-new', width: 640, height: 1300, of: 'dialog' },
  { name: 'invite', screen: 'host-invite', width: 640, height: 1300, of: 'dialog', upper: 740 },
  { name: 'calendar', screen: 'host-calendar', width: 640, height: 1300, of: 'dialog' },
  { name: 'prejoin', screen: 'prejoin', width: 880, height: 590 },
  { name: 'prejoin-phone', screen: 'prejoin', ...PHONE, upper: 646 },
  { name: 'refused', screen: 'prejoin-refused', width: 880, height: 590, upper: 524 },
  { name: 'waiting', screen: 'waiting-lobby', width: 760, height: 480 },
  { name: 'meeting', screen: 'room-3', width: 880, height: 590 },
  { name: 'meeting-phone', screen: 'room-3', ...PHONE },
  { name: 'people', screen: 'room-lobby', width: 880, height: 720 },
  { name: 'person-menu', screen: 'room-people-menu', width: 880, height: 600 },
  { name: 'security', screen: 'room-security', width: 880, height: 900, of: 'dialog', upper: 376 },
  { name: 'allow-chrome', drawn: '#chrome' },
  { name: 'allow-firefox', drawn: '#firefox' },
  { name: 'allow-safari', drawn: '#safari' },
  { name: 'allow-iphone', drawn: '#iphone' },
  { name: 'allow-android', drawn: '#android' },
];

/** Writes them all into a folder. Answers with their names and sizes in bytes. */
export async function makePictures(folder) {
  mkdirSync(folder, { recursive: true });
  const gallery = await openGallery();
  try {
    const context = await gallery.browser.newContext({
      reducedMotion: 'reduce',
      deviceScaleFactor: DENSITY,
      ...SOMEWHERE,
    });
    // So that a picture with a day in it is the same tomorrow.
    await context.clock.setFixedTime(NOW);
    const page = await context.newPage();
    const made = [];
    for (const picture of PICTURES) {
      const shot = await (picture.drawn ? drawn(page, picture) : shown(page, gallery.address, picture));
      const bytes = await asWebp(context, shot);
      if (bytes.length > MOST)
        throw new Error(`${picture.name} is too large: ${bytes.length} bytes of ${MOST}`);
      writeFileSync(join(folder, `${picture.name}.webp`), bytes);
      made.push({ name: `${picture.name}.webp`, bytes: bytes.length });
    }
    return made;
  } finally {
    await gallery.close();
  }
}

async function shown(page, address, { screen, width, height, of, upper }) {
  await page.setViewportSize({ width, height });
  await page.goto(`${address}?screen=${screen}`);
  // A screen that the gallery does not have is never ready.
  await page.waitForSelector('html[data-ready]', { state: 'attached' });
  await page.waitForTimeout(300);
  // A dialog is shown whole, and has no corners behind which the rest shows.
  await page.addStyleTag({ content: 'dialog { max-height: none !important; border-radius: 0 !important; }' });
  const box = of === undefined ? { x: 0, y: 0, width, height } : await page.locator(of).boundingBox();
  return page.screenshot({ clip: { ...box, height: upper ?? box.height } });
}

async function drawn(page, { drawn }) {
  await page.setViewportSize({ width: 640, height: 900 });
  await page.goto(BARS.href);
  return page.locator(drawn).screenshot();
}

/** The browser has the encoder. */
async function asWebp(context, png) {
  const encoder = await context.newPage();
  const encoded = await encoder.evaluate(
    async (source) => {
      const image = new Image();
      image.src = source;
      await image.decode();
      const canvas = document.createElement('canvas');
      canvas.width = image.naturalWidth;
      canvas.height = image.naturalHeight;
      canvas.getContext('2d').drawImage(image, 0, 0);
      return canvas.toDataURL('image/webp', 0.75);
    },
    `data:image/png;base64,${png.toString('base64')}`,
  );
  await encoder.close();
  return Buffer.from(encoded.split(',')[1], 'base64');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = process.argv[2] ?? fileURLToPath(new URL('../../docs/book/images', import.meta.url));
  for (const { name, bytes } of await makePictures(folder)) process.stdout.write(`${name}: ${bytes} bytes\n`);
}
