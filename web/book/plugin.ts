// Adds the book to the page's build: a document for each chapter, the pictures, and an index for the search. All that
// they share is in files of its own, because the content security policy allows nothing inside a document.

import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';
import { readBook } from './contents';
import { documentOf } from './document';
import type { IndexedChapter } from './find';
import { type Page, renderBook } from './markdown';

const FOLDER = fileURLToPath(new URL('../../docs/book', import.meta.url));
const SCRIPT = fileURLToPath(new URL('./search.ts', import.meta.url));
const ICON = fileURLToPath(new URL('../src/styles/icon.svg', import.meta.url));

export function book(): Plugin {
  return {
    name: 'incamera-book',
    // Whoever names another document to build from, such as the gallery, wants that one alone.
    apply: ({ build }, { command }) => command === 'build' && build?.rolldownOptions?.input === undefined,
    // After the names of style sheets are known.
    enforce: 'post',

    buildStart() {
      this.emitFile({ type: 'chunk', id: SCRIPT, name: 'help' });
    },

    generateBundle(_, bundle) {
      const chunks = Object.values(bundle).filter((file) => file.type === 'chunk');
      const script = chunks.find(({ isEntry, name }) => isEntry && name === 'help');
      if (!script) throw new Error('the script of the help is built');
      const [style] = script.viteMetadata?.importedCss ?? [];
      if (style === undefined) throw new Error('the script of the help brings its style');

      const asset = (name: string, source: string | Buffer) => {
        return `/${this.getFileName(this.emitFile({ type: 'asset', name, source }))}`;
      };
      const read = readBook(FOLDER);
      const addresses = new Map(
        [...read.pictures].map(([name, { bytes }]) => [name, asset(basename(name), bytes)]),
      );
      const pages = renderBook(read, (name) => addresses.get(name) ?? '');
      const assets = {
        icon: asset('icon.svg', readFileSync(ICON)),
        style: `/${style}`,
        script: `/${script.fileName}`,
        index: asset('help.json', JSON.stringify(indexOf(pages))),
      };
      for (const page of pages) {
        const fileName = `${page.chapter.address.slice(1)}.html`;
        this.emitFile({ type: 'asset', fileName, source: documentOf(page, pages, assets) });
      }
    },
  };
}

export function indexOf(pages: readonly Page[]): IndexedChapter[] {
  return pages.map(({ chapter: { title, address }, sections }) => ({ title, address, sections }));
}
