// The scripts of `page/`, ready to be put into a page.

import { readFileSync } from 'node:fs';

const read = (name) =>
  readFileSync(new URL(`../page/${name}`, import.meta.url), 'utf8')
    .replace(/^\/\/.*$/gm, '')
    .trim()
    .replace(/;$/, '');

const signals = read('signals.js');
const witness = read('witness.js');
const portrait = read('portrait.js');
const detour = read('detour.js');
const insider = read('insider.js');

/** One script that gives a page its devices and its witness. */
export function scriptFor(signature) {
  // The blank page has no devices, and nothing to watch.
  return `if (isSecureContext) {\n(${witness})();\n(${signals})(${JSON.stringify(signature)});\n}`;
}

/** After `scriptFor`: has the page's camera show a person in a room. */
export function portraitScript(look) {
  return `if (isSecureContext) (${portrait})(${JSON.stringify(look)});`;
}

/** After `scriptFor`: leads the page's media through a relay; see `page/detour.js`. */
export function detourScript(way) {
  return `if (isSecureContext) (${detour})(${JSON.stringify(way)});`;
}

/** After `scriptFor`: has the page remember what only members of a meeting may know. */
export const insiderScript = `if (isSecureContext) (${insider})();`;
