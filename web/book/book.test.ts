// The book as it is, and what stops the build.

import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { type Book, type Chapter, readBook } from './contents';
import { documentOf } from './document';
import { find } from './find';
import { renderBook } from './markdown';
import { indexOf } from './plugin';

const folder = fileURLToPath(new URL('../../docs/book', import.meta.url));
const read = readBook(folder);
const pages = renderBook(read, (name) => `/assets/${name.replace('images/', '')}`);
const assets = {
  icon: '/assets/icon.svg',
  style: '/assets/help.css',
  script: '/assets/help.js',
  index: '/assets/help.json',
};
const documents = new Map(pages.map((page) => [page.chapter.address, documentOf(page, pages, assets)]));

/** All tags of a document that have this attribute, with its value. */
function tags(html: string, attribute: string): { tag: string; value: string }[] {
  const found = html.matchAll(new RegExp(`<[a-z0-9]+[^>]*? ${attribute}="([^"]*)"[^>]*>`, 'g'));
  return [...found].map(({ 0: tag, 1: value = '' }) => ({ tag, value }));
}

describe('the help', () => {
  it('has a page for every file of the book, in the order of the summary', () => {
    const files = readdirSync(folder).filter((name) => name.endsWith('.md') && name !== 'SUMMARY.md');
    expect(read.chapters.map(({ file }) => file).sort()).toEqual(files.sort());
    expect(pages[0]?.chapter.address).toBe('/help');
    for (const { chapter, html } of pages) {
      expect(html.length, chapter.file).toBeGreaterThan(1000);
      const document = documents.get(chapter.address) ?? '';
      for (const other of pages) expect(document).toContain(`<a href="${other.chapter.address}"`);
    }
  });

  it('leads only to what is there', () => {
    for (const [address, html] of documents) {
      const anchors = new Map([...documents].map(([other, text]) => [other, tags(text, 'id')]));
      for (const { value } of tags(html, 'href').filter(({ value }) => /^[/#]/.test(value))) {
        const [path = '', anchor] = value.split('#');
        if (path.startsWith('/assets/')) continue;
        const target = path === '' ? address : path;
        expect(documents.has(target), `${value} in ${address}`).toBe(true);
        if (anchor === undefined) continue;
        const ids = anchors.get(target)?.map(({ value }) => value);
        expect(ids, `${value} in ${address}`).toContain(anchor);
      }
    }
  });

  it('loads nothing from elsewhere, and tells no other site where a reader came from (P4)', () => {
    for (const [address, html] of documents) {
      for (const attribute of ['src', 'srcset', 'data', 'action', 'poster']) {
        for (const { value } of tags(html, attribute)) expect(value, address).toMatch(/^\/assets\/[^/]/);
      }
      for (const { tag, value } of tags(html, 'href')) {
        if (tag.startsWith('<link ')) expect(value, tag).toMatch(/^\/assets\/[^/]/);
        else if (!/^[/#](?!\/)/.test(value)) {
          expect(tag, address).toMatch(
            /^<a href="https:\/\/[^"]+" target="_blank" rel="noreferrer noopener">$/,
          );
        }
      }
      expect(html, address).not.toMatch(/<(?:iframe|object|embed|base|form|meta http-equiv)/i);
    }
  });

  it('has no script and no style inside a document', () => {
    for (const [address, html] of documents) {
      expect(html.match(/<script/g), address).toHaveLength(1);
      expect(html, address).toContain('<script type="module" src="/assets/help.js"></script>');
      expect(html, address).not.toMatch(/<style|\sstyle=|\son[a-z]+=|javascript:/i);
    }
  });

  it('says of each picture what it shows, and keeps room for it', () => {
    for (const html of documents.values()) {
      for (const { tag } of tags(html, 'src').filter(({ tag }) => tag.startsWith('<img'))) {
        expect(tag).toMatch(/ alt="[^"]{10,}" width="\d{3,}" height="\d{3,}" /);
      }
    }
    for (const [name, { bytes }] of read.pictures) expect(bytes.length, name).toBeLessThanOrEqual(60_000);
  });

  it('has the anchors that people have put into their letters', () => {
    const ids = tags(documents.get('/help/joining') ?? '', 'id').map(({ value }) => value);
    expect(ids).toContain('the-camera-or-microphone-is-not-allowed');
    expect(ids).toContain('i-do-not-hear-the-others');
    const verify = tags(documents.get('/help/protection') ?? '', 'id').map(({ value }) => value);
    expect(verify).toContain('check-your-server-from-outside');
  });
});

describe('the search', () => {
  const index = indexOf(pages);

  it.each([
    ['bluetooth', '/help/joining#i-do-not-hear-the-others'],
    ['security code', '/help/hosting#is-it-private'],
    ['recovery code', '/help/trouble#i-forgot-my-password'],
    ['Let’s Encrypt', '/help/setup#3-get-the-certificate'],
    ['ssh key', '/help/machine#a-key-for-the-machine'],
    ['REMOVED', '/help/protection#somebody-who-was-removed-comes-back'],
    ['back up', '/help/backup#make-a-backup'],
    ['iphone camera', '/help/joining#iphone-or-ipad'],
  ])('finds “%s” in the right place', (query, address) => {
    expect(find(index, query, 5).map((hit) => hit.address)).toContain(address);
  });

  it('finds nothing where there is nothing', () => {
    for (const query of ['', '  ', '!?', 'xylophone', 'camera xylophone']) {
      expect(find(index, query, 5)).toEqual([]);
    }
  });

  it('shows the words in their place, whole', () => {
    const [hit] = find(index, 'bluetooth', 5);
    expect(hit?.excerpt.find(({ hit }) => hit)?.text).toBe('Bluetooth');
    const whole = hit?.excerpt.map(({ text }) => text).join('') ?? '';
    const [section] = index
      .flatMap(({ sections }) => sections)
      .filter(({ text }) => text.includes('Bluetooth'));
    expect(section?.text).toContain(whole.replace(/^… | …$/g, ''));
  });
});

describe('finding', () => {
  const index = [
    {
      title: 'Cafés',
      address: '/cafes',
      sections: [
        { heading: 'Cafés', anchor: '', text: 'Where to sit. Ask Ms Müller.' },
        { heading: 'Tables', anchor: 'tables', text: 'A table has legs. A table is round.' },
        { heading: 'Chairs', anchor: 'chairs', text: 'Beside each table there are chairs.' },
      ],
    },
  ];

  it('knows beginnings of words, plurals, and letters without their marks', () => {
    const first = (query: string) => find(index, query, 5)[0]?.address;
    expect(first('cafe')).toBe('/cafes');
    expect(first('muller')).toBe('/cafes');
    expect(first('MÜLLER')).toBe('/cafes');
    expect(first('chair')).toBe('/cafes#chairs');
    expect(first('rounds')).toBe('/cafes#tables');
    expect(first('round tables')).toBe('/cafes#tables');
    expect(first('rou')).toBe('/cafes#tables');
    expect(first('ound')).toBeUndefined();
  });

  it('puts a heading before the text, and keeps to the bound', () => {
    expect(find(index, 'table', 5).map(({ heading }) => heading)).toEqual(['Tables', 'Chairs']);
    expect(find(index, 'table', 1)).toHaveLength(1);
  });
});

describe('the build stops', () => {
  const made: string[] = [];
  afterAll(() => {
    for (const each of made) rmSync(each, { recursive: true });
  });

  function bookOf(...texts: string[]): Book {
    const chapters = texts.map((markdown, index): Chapter => {
      const name = String.fromCharCode(97 + index);
      return { title: name, part: null, file: `${name}.md`, address: `/help/${name}`, markdown };
    });
    return { chapters, pictures: new Map() };
  }
  const rendering = (...texts: string[]) => {
    return () => renderBook(bookOf(...texts), (name) => `/assets/${name}`);
  };

  it('at links that lead nowhere', () => {
    expect(rendering('# A\n\n[b](b.md#two)', '# B\n\n## Two')).not.toThrow();
    expect(rendering('# A\n\n[b](b.md#three)', '# B\n\n## Two')).toThrow('b.md#three');
    expect(rendering('# A\n\n[c](c.md)')).toThrow('c.md');
    expect(rendering('# A\n\n[here](#there)')).toThrow('#there');
    expect(rendering('# A\n\n[x](http://example.org)')).toThrow('http://example.org');
    expect(rendering('# A\n\n[x](javascript:alert)')).toThrow('javascript');
  });

  it('at HTML, and at pictures that are not there or not described', () => {
    expect(rendering('# A\n\n<!-- a word to whoever writes on -->\n\nText')).not.toThrow();
    expect(rendering('# A\n\n<b onclick="x">x</b>')).toThrow('HTML');
    expect(rendering('# A\n\n<script>x</script>')).toThrow('HTML');
    expect(rendering('# A\n\n![x](https://example.org/x.png)')).toThrow('not there');
    expect(rendering('# A\n\n![](images/x.webp)')).toThrow('no words');
  });

  it('at headings that a link could not tell apart', () => {
    expect(rendering('# A\n\n## One\n\n## One!')).toThrow('“one”');
    expect(rendering('## A')).toThrow('first level');
    expect(rendering('# A\n\n# B')).toThrow('first level');
  });

  it('at a chapter that is in no list, and at a list of what is not there', () => {
    const folderOf = (files: Record<string, string>) => {
      const place = mkdtempSync(join(tmpdir(), 'incamera-book-'));
      made.push(place);
      mkdirSync(join(place, 'images'));
      for (const [name, text] of Object.entries(files)) writeFileSync(join(place, name), text);
      return () => readBook(place);
    };
    const summary = '# Summary\n\n[A](a.md)\n\n# Part\n\n- [B](b.md)\n';
    const book = folderOf({ 'SUMMARY.md': summary, 'a.md': '# A', 'b.md': '# B' });
    expect(book().chapters.map(({ address, part }) => [address, part])).toEqual([
      ['/help', null],
      ['/help/b', 'Part'],
    ]);
    expect(folderOf({ 'SUMMARY.md': summary, 'a.md': '', 'b.md': '', 'c.md': '' })).toThrow('c.md');
    expect(folderOf({ 'SUMMARY.md': summary, 'a.md': '' })).toThrow('b.md');
    expect(folderOf({ 'SUMMARY.md': '# Summary\n\nA line' })).toThrow('A line');
    expect(folderOf({ 'SUMMARY.md': `${summary}- [B](b.md)\n`, 'a.md': '', 'b.md': '' })).toThrow('twice');
  });
});
