// Takes a picture of every screen of the gallery and of every chapter of the help, and lets axe look for what hinders
// people.
//
//   node gallery/look.mjs <folder> [screens, as a regular expression] [window]
//
// Chapters are screens whose names begin with `help`. The browser driver is that of the browser tests (`npm ci` in
// tests/browser). Ends with 1 when axe finds anything, when a page is wider than its window, or when a script fails.

import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { openGallery, openHelp } from './open.mjs';

const require = createRequire(new URL('../../tests/browser/package.json', import.meta.url));
const axe = require.resolve('axe-core/axe.min.js');

const [folder = 'gallery-shots', screensWanted = '', windowWanted] = process.argv.slice(2);
const WINDOWS = [
  { name: 'wide', width: 1280, height: 800, colorScheme: 'light' },
  { name: 'wide-dark', width: 1280, height: 800, colorScheme: 'dark' },
  { name: 'phone', width: 360, height: 740, colorScheme: 'light' },
  { name: 'phone-dark', width: 360, height: 740, colorScheme: 'dark' },
  { name: 'lying', width: 740, height: 360, colorScheme: 'light' },
];

mkdirSync(folder, { recursive: true });
let problems = 0;
await look(await openGallery(), {
  list: async (page, address) => {
    const names = await page.locator('li a').allTextContents();
    return names.map((name) => ({ name, address: `${address}?screen=${name}` }));
  },
  ready: 'html[data-ready]',
  fullPage: false,
});
await look(await openHelp(), {
  list: async (page) => {
    const links = await page
      .locator('.chapters > ul > li > a')
      .evaluateAll((all) => all.map(({ href }) => href));
    return links.map((address) => ({
      name: address.slice(address.indexOf('/help') + 1).replace('/', '-'),
      address,
    }));
  },
  // Its script is there.
  ready: '.search input',
  fullPage: true,
});
say(problems === 0 ? 'Nothing to complain about.' : `${problems} complaints.`);
process.exitCode = problems === 0 ? 0 : 1;

async function look(opened, { list, ready, fullPage }) {
  for (const { name, width, height, colorScheme } of WINDOWS) {
    if (windowWanted !== undefined && windowWanted !== name) continue;
    const context = await opened.browser.newContext({
      viewport: { width, height },
      colorScheme,
      reducedMotion: 'reduce',
    });
    const page = await context.newPage();
    page.on('pageerror', (error) => complain(name, page.url(), `script: ${error.message}`));
    page.on('console', (message) => {
      if (message.type() === 'error') complain(name, page.url(), `console: ${message.text()}`);
    });
    await page.goto(opened.address);
    const screens = await list(page, opened.address);
    for (const screen of screens.filter((each) => new RegExp(screensWanted).test(each.name))) {
      await page.goto(screen.address);
      await page.waitForSelector(ready, { state: 'attached' });
      // What is below the window, too.
      await page.evaluate(() => {
        for (const image of document.images) image.loading = 'eager';
        return Promise.all([...document.images].map((image) => image.decode()));
      });
      await page.waitForTimeout(150);
      await page.screenshot({ path: join(folder, `${screen.name}.${name}.png`), fullPage });
      await examine(page, name, screen.name);
    }
    await context.close();
  }
  await opened.close();
}

async function examine(page, window, screen) {
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  if (overflow > 0) complain(window, screen, `${overflow} pixels wider than the window`);
  await page.addScriptTag({ path: axe });
  const { violations } = await page.evaluate(() => window.axe.run());
  for (const { id, help, nodes } of violations) {
    const where = nodes.map((node) => `${node.target.join(' ')}: ${node.any[0]?.message ?? ''}`);
    complain(window, screen, `${id}: ${help}\n    ${where.join('\n    ')}`);
  }
}

function complain(window, where, what) {
  problems += 1;
  say(`${window} ${where}: ${what}`);
}

function say(line) {
  process.stdout.write(`${line}\n`);
}
