// Builds and serves the page of `encryption/`, which has two ends of an encrypted meeting in it.

import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { recordedSpeech } from './speech.mjs';

const root = fileURLToPath(new URL('../encryption', import.meta.url));
const types = { '.html': 'text/html', '.js': 'text/javascript', '.wav': 'audio/wav' };

/** What the real server says a page may do. */
function contentSecurityPolicy() {
  const source = readFileSync(new URL('../../../crates/server/src/http/headers.rs', import.meta.url), 'utf8');
  const [, text] = /CONTENT_SECURITY_POLICY: &str = "([^"]+)"/.exec(source);
  return text.replace(/\\\n\s*/g, '');
}

export class EncryptionPage {
  #folder = mkdtempSync(join(tmpdir(), 'incamera-encryption-'));
  #server;
  /** Under the real policy. */
  address;
  /** The same page where it may load `tap.js` as well. */
  addressWithTap;

  static async open() {
    const page = new EncryptionPage();
    // The page's own tools; `cargo xtask test` has installed them.
    const { build } = await import('../../../web/node_modules/vite/dist/node/index.js');
    await build({
      root,
      configFile: false,
      logLevel: 'error',
      base: '/',
      worker: { format: 'es' },
      build: {
        target: 'es2022',
        outDir: page.#folder,
        emptyOutDir: true,
        assetsInlineLimit: 0,
        modulePreload: { polyfill: false },
      },
    });
    await page.#serve();
    return page;
  }

  async #serve() {
    const policy = contentSecurityPolicy();
    this.#server = createServer((request, response) => {
      const { pathname } = new URL(request.url, 'http://localhost');
      const tapped = pathname === '/tap';
      const file = join(this.#folder, tapped || pathname === '/' ? 'index.html' : pathname);
      if (!file.startsWith(this.#folder) || !existsSync(file)) {
        response.writeHead(404).end();
        return;
      }
      response.setHeader('content-type', types[extname(file)] ?? 'application/octet-stream');
      response.setHeader('cross-origin-opener-policy', 'same-origin');
      response.setHeader('cross-origin-embedder-policy', 'require-corp');
      if (!tapped) response.setHeader('content-security-policy', policy);
      response.end(readFileSync(file));
    });
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    this.address = `http://127.0.0.1:${this.#server.address().port}/`;
    this.addressWithTap = `${this.address}tap`;
  }

  /** Has `espeak-ng` say something for the page; false where it is not installed. */
  speak() {
    const speech = recordedSpeech();
    if (speech) writeFileSync(join(this.#folder, 'speech.wav'), speech);
    return speech !== null;
  }

  close() {
    this.#server?.close();
    this.#server?.closeAllConnections();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
