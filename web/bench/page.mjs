// The page's own modules, for measuring outside of a browser.

import { fileURLToPath } from 'node:url';
import { createServer } from 'vite';

const vite = await createServer({
  root: fileURLToPath(new URL('..', import.meta.url)),
  configFile: false,
  logLevel: 'error',
  optimizeDeps: { noDiscovery: true },
  server: { middlewareMode: true, hmr: false, ws: false, watch: null },
  appType: 'custom',
});

/** A module of `src`, by its path there. */
export const load = (path) => vite.ssrLoadModule(`/src/${path}`);

export const close = () => vite.close();
