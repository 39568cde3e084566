import { defineConfig } from 'vitest/config';

// Everything is a file of its own: the content security policy allows no inline script, style or data: script.
export default defineConfig({
  base: '/',
  publicDir: 'public',
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
    include: ['src/**/*.test.ts', 'src/**/*.test.tsx'],
    // Argon2id is slow on purpose, and a busy machine makes it slower.
    testTimeout: 60_000,
  },
});
