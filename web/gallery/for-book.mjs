// Makes the pictures of the book from the gallery's screens, so that they show the page as it is.
//
//   node gallery/for-book.mjs [folder]
//
// The folder is docs/book/images unless named. The browser driver is that of the browser tests (`npm ci` in
// tests/browser). Ends with 1 when a picture is too large to be sent to everybody.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openGallery } from './open.mjs';

/** Pixels of a picture in one of the page: as in `book/contents.ts`. */
const DENSITY = 1.5;
/** Bytes of a picture, at most. */
const MOST = 60_000;

/** `of` is what is cut out, and `upper` how much of it; without it the whole window is shown. */
const PICTURES = [
  { name: 'home', screen: 'host-home', width: 760, height: 460 },
  { name: 'new-meeting', screen: 'host-new', width: 640, height: 1300, of: 'dialog' },
  { name: 'invite', screen: 'host-invite', width: 640, height: 1300, of: 'dialog', upper: 740 },
  { name: 'prejoin', screen: 'prejoin', width: 880, height: 590 },
  { name: 'people', screen: 'room-lobby', width: 880, height: 720 },
  { name: 'person-menu', screen: 'room-people-menu', width: 880, height: 600 },
  { name: 'security', screen: 'room-security', width: 880, height: 900, of: 'dialog', upper: 376 },
];

const folder = process.argv[2] ?? fileURLToPath(new URL('../../docs/book/images', import.meta.url));
mkdirSync(folder, { recursive: true });
const gallery = await openGallery();
const context = await gallery.browser.newContext({ reducedMotion: 'reduce', deviceScaleFactor: DENSITY });
const page = await context.newPage();
for (const { name, screen, width, height, of, upper } of PICTURES) {
  await page.setViewportSize({ width, height });
  await page.goto(`${gallery.address}?screen=${screen}`);
  await page.waitForSelector('html[data-ready]', { state: 'attached' });
  await page.waitForTimeout(300);
  // A dialog is shown whole, and has no corners behind which the rest shows.
  await page.addStyleTag({ content: 'dialog { max-height: none !important; border-radius: 0 !important; }' });
  const box = of === undefined ? { x: 0, y: 0, width, height } : await page.locator(of).boundingBox();
  const shot = await page.screenshot({ clip: { ...box, height: upper ?? box.height } });
  const bytes = await asWebp(shot);
  writeFileSync(join(folder, `${name}.webp`), bytes);
  process.stdout.write(`${name}: ${bytes.length} bytes\n`);
  if (bytes.length > MOST) process.exitCode = 1;
}
await gallery.close();

/** The browser has the encoder. */
async function asWebp(png) {
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
