// Builds what is to be looked at, and opens a browser for it.

import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, preview } from 'vite';

const require = createRequire(new URL('../../tests/browser/package.json', import.meta.url));
const { chromium } = require('playwright-core');

const root = fileURLToPath(new URL('..', import.meta.url));

/** Built once: a page of hundreds of modules takes longer to load than to look at. */
export async function openGallery() {
  return open(join(root, 'gallery/index.html'), '/gallery/index.html');
}

/** The help, as it is published. */
export async function openHelp() {
  return open(undefined, '/help');
}

async function open(input, path) {
  const outDir = mkdtempSync(join(tmpdir(), 'incamera-gallery-'));
  const rolldownOptions = input === undefined ? {} : { rolldownOptions: { input } };
  await build({
    root,
    logLevel: 'error',
    build: { outDir, emptyOutDir: true, minify: false, ...rolldownOptions },
  });
  const server = await preview({
    root,
    build: { outDir },
    preview: { port: 0, host: '127.0.0.1' },
    logLevel: 'error',
  });
  const browser = await chromium.launch({
    executablePath: process.env.INCAMERA_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--hide-scrollbars'],
  });
  return {
    browser,
    address: `http://127.0.0.1:${server.httpServer.address().port}${path}`,
    async close() {
      await browser.close();
      await server.close();
      rmSync(outDir, { recursive: true });
    },
  };
}
