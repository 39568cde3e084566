// The scripts of `page/`, ready to be put into a page.

import { readFileSync } from 'node:fs';

const read = (name) =>
  readFileSync(new URL(`../page/${name}`, import.meta.url), 'utf8')
    .replace(/^\/\/.*$/gm, '')
    .trim()
    .replace(/;$/, '');

const signals = read('signals.js');
const witness = read('witness.js');

/** One script that gives a page its devices and its witness. */
export function scriptFor(signature) {
  return `(${witness})();\n(${signals})(${JSON.stringify(signature)});`;
}
