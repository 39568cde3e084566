import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';
import { book } from './book/plugin';
import { compressed } from './compress';

/**
 * Where the source code of just this program can be had (AGPL-3.0, section 13): INCAMERA_SOURCE_URL of the one who
 * builds it, else the repository that the workspace names, if it names one.
 */
function sourceUrl(): string | null {
  const workspace = readFileSync(new URL('../Cargo.toml', import.meta.url), 'utf8');
  const url = process.env.INCAMERA_SOURCE_URL || /^repository = "(.*)"$/m.exec(workspace)?.[1];
  if (url === undefined) return null;
  if (URL.canParse(url) && new URL(url).protocol === 'https:') return url;
  throw new Error(`The address of the source code does not begin with https: ${url}`);
}

/**
 * The same sources make the same bytes on every machine (K2): no variable and no file of the one who builds has a say,
 * but INCAMERA_SOURCE_URL. `cargo xtask test reproducible` compares.
 */
function asPublished(): void {
  process.env.NODE_ENV = 'production';
  delete process.env.VITE_USER_NODE_ENV;
}

// Everything is a file of its own: the content security policy allows no inline script, style or data: script.
export default defineConfig(({ command }) => {
  if (command === 'build') asPublished();
  return {
    base: '/',
    publicDir: 'public',
    envDir: false,
    plugins: [book(), compressed()],
    define: { SOURCE_URL: JSON.stringify(sourceUrl()) },
    build: {
      target: 'es2022',
      assetsDir: 'assets',
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      sourcemap: false,
      reportCompressedSize: false,
    },
    worker: { format: 'es' },
    test: {
      environment: 'node',
      include: ['src/**/*.test.ts', 'src/**/*.test.tsx', 'book/**/*.test.ts'],
      // Argon2id is slow on purpose, and a busy machine makes it slower.
      testTimeout: 60_000,
      // The same library, in one piece: the light build is for browsers only.
      alias: { 'openpgp/lightweight': 'openpgp' },
    },
  };
});
