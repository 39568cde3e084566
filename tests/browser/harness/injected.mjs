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

/** One script that gives a page its devices and its witness. */
export function scriptFor(signature) {
  return `(${witness})();\n(${signals})(${JSON.stringify(signature)});`;
}

/** After `scriptFor`: has the page's camera show a person in a room. */
export function portraitScript(look) {
  return `(${portrait})(${JSON.stringify(look)});`;
}
