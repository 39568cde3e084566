// Takes a picture of every screen of the gallery and lets axe look for what hinders people.
//
//   node gallery/look.mjs <folder> [screens, as a regular expression] [window]
//
// The browser driver is that of the browser tests (`npm ci` in tests/browser). Ends with 1 when axe finds anything, when
// a page is wider than its window, or when a script fails.

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, preview } from 'vite';

const require = createRequire(new URL('../../tests/browser/package.json', import.meta.url));
const { chromium } = require('playwright-core');
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
// Built once: a page of hundreds of modules takes longer to load than to look at.
const root = fileURLToPath(new URL('..', import.meta.url));
const outDir = mkdtempSync(join(tmpdir(), 'incamera-gallery-'));
const input = join(root, 'gallery/index.html');
await build({
  root,
  logLevel: 'error',
  build: { outDir, emptyOutDir: true, minify: false, rolldownOptions: { input } },
});
const server = await preview({
  root,
  build: { outDir },
  preview: { port: 0, host: '127.0.0.1' },
  logLevel: 'error',
});
const base = `http://127.0.0.1:${server.httpServer.address().port}/gallery/index.html`;
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--hide-scrollbars'],
});

let problems = 0;
for (const { name, width, height, colorScheme } of WINDOWS) {
  if (windowWanted !== undefined && windowWanted !== name) continue;
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme,
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  page.on('pageerror', (error) => complain(name, page.url(), `script: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') complain(name, page.url(), `console: ${message.text()}`);
  });
  await page.goto(base);
  const screens = await page.locator('li a').allTextContents();
  for (const screen of screens.filter((each) => new RegExp(screensWanted).test(each))) {
    await page.goto(`${base}?screen=${screen}`);
    await page.waitForSelector('html[data-ready]', { state: 'attached' });
    await page.waitForTimeout(150);
    await page.screenshot({ path: join(folder, `${screen}.${name}.png`) });
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    if (overflow > 0) complain(name, screen, `${overflow} pixels wider than the window`);
    await page.addScriptTag({ path: axe });
    const { violations } = await page.evaluate(() => window.axe.run());
    for (const { id, help, nodes } of violations) {
      complain(
        name,
        screen,
        `${id}: ${help}\n    ${nodes.map((node) => `${node.target.join(' ')}: ${node.any[0]?.message ?? ''}`).join('\n    ')}`,
      );
    }
  }
  await context.close();
}
await browser.close();
await server.close();
rmSync(outDir, { recursive: true });
say(problems === 0 ? 'Nothing to complain about.' : `${problems} complaints.`);
process.exitCode = problems === 0 ? 0 : 1;

function complain(window, where, what) {
  problems += 1;
  say(`${window} ${where}: ${what}`);
}

function say(line) {
  process.stdout.write(`${line}\n`);
}
