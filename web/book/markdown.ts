// A chapter's Markdown as HTML, and as plain text for the search. Strict, because nobody looks at every page before a
// release: what leads nowhere, comes from elsewhere or is no Markdown stops the build.

import { Marked, type Token, type Tokens } from 'marked';
import type { Book, Chapter, Picture } from './contents';
import type { Section } from './find';

export interface Heading {
  text: string;
  anchor: string;
}

export interface Page {
  chapter: Chapter;
  html: string;
  /** The headings of the second level. */
  headings: Heading[];
  sections: Section[];
}

/** Where a picture is served. */
export type PictureAddress = (name: string) => string;

interface Parsed {
  chapter: Chapter;
  tokens: Token[];
  /** The anchor of each heading, in order. */
  anchors: string[];
}

/** All chapters, in order. Throws where one of them could not be shown as it is meant. */
export function renderBook(book: Book, pictureAddress: PictureAddress): Page[] {
  const lexer = new Marked();
  const parsed = book.chapters.map((chapter) => {
    const tokens = lexer.lexer(chapter.markdown);
    return { chapter, tokens, anchors: anchorsOf(chapter, tokens) };
  });
  const used = new Set<string>();
  const pages = parsed.map((each) => {
    const picture = (name: string) => {
      const found = book.pictures.get(name);
      if (!found) throw new Error(`${each.chapter.file} shows ${name}, which is not there`);
      used.add(name);
      return { ...found, address: pictureAddress(name) };
    };
    return render(each, (target) => resolve(parsed, each, target), picture);
  });
  const idle = [...book.pictures.keys()].find((name) => !used.has(name));
  if (idle) throw new Error(`No chapter shows ${idle}: delete it, or show it`);
  return pages;
}

function render(
  { chapter, tokens, anchors }: Parsed,
  linkTo: (target: string) => string,
  picture: (name: string) => Picture & { address: string },
): Page {
  const fault = (what: string) => new Error(`${chapter.file}: ${what}`);
  let next = 0;
  const marked = new Marked({
    renderer: {
      heading({ tokens, depth }) {
        const anchor = anchors[next++];
        return `<h${depth} id="${anchor}">${this.parser.parseInline(tokens)}</h${depth}>\n`;
      },
      link({ href, tokens }) {
        const words = this.parser.parseInline(tokens);
        if (!href.startsWith('https://')) return `<a href="${escaped(linkTo(href))}">${words}</a>`;
        return `<a href="${escaped(href)}" target="_blank" rel="noreferrer noopener">${words}</a>`;
      },
      image({ href, text }) {
        if (text === '') throw fault(`${href} has no words for people who do not see it`);
        const { address, width, height } = picture(href);
        return `<img src="${address}" alt="${escaped(text)}" width="${width}" height="${height}" loading="lazy" />`;
      },
      paragraph({ tokens }) {
        const inner = this.parser.parseInline(tokens);
        const [first] = tokens;
        if (tokens.length !== 1 || first?.type !== 'image') return `<p>${inner}</p>\n`;
        const caption = first.title ? `<figcaption>${escaped(first.title)}</figcaption>` : '';
        return `<figure>${inner}${caption}</figure>\n`;
      },
      code({ text }) {
        return `<pre><code>${escaped(text)}\n</code></pre>\n`;
      },
      html({ text }) {
        if (/^\s*<!--[\s\S]*-->\s*$/.test(text)) return '';
        throw fault(`HTML in a chapter: ${text.trim()}`);
      },
    },
  });
  const html = marked.parser(tokens);
  return { chapter, html, headings: headingsOf(tokens, anchors), sections: sectionsOf(tokens, anchors) };
}

/** The address of a link in a chapter that does not lead out of the book. */
function resolve(all: readonly Parsed[], from: Parsed, target: string): string {
  const [file = '', anchor] = target.split('#');
  const to = file === '' ? from : all.find(({ chapter }) => chapter.file === file);
  if (!to || (anchor !== undefined && !to.anchors.includes(anchor))) {
    throw new Error(`${from.chapter.file} has a link that leads nowhere: ${target}`);
  }
  return (file === '' ? '' : to.chapter.address) + (anchor === undefined ? '' : `#${anchor}`);
}

function isHeading(token: Token): token is Tokens.Heading {
  return token.type === 'heading';
}

function headingsOf(tokens: readonly Token[], anchors: readonly string[]): Heading[] {
  const all = tokens.filter(isHeading).map(({ depth, tokens }, index) => {
    return { depth, text: plain(tokens), anchor: anchors[index] ?? '' };
  });
  return all.filter(({ depth }) => depth === 2).map(({ text, anchor }) => ({ text, anchor }));
}

/** As mdBook and code hosts make them, so that a link into a chapter works wherever the book is read. */
function anchorsOf(chapter: Chapter, tokens: readonly Token[]): string[] {
  const headings = tokens.filter(isHeading);
  if (headings[0]?.depth !== 1 || headings.filter(({ depth }) => depth === 1).length !== 1) {
    throw new Error(`${chapter.file} has one heading of the first level, and begins with it`);
  }
  const anchors = headings.map((heading) =>
    plain(heading.tokens)
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
  const twice = anchors.find((anchor, index) => anchors.indexOf(anchor) !== index);
  if (twice !== undefined) throw new Error(`${chapter.file} has two headings that are “${twice}” in a link`);
  return anchors;
}

/** What can be found: the words under each heading. */
function sectionsOf(tokens: readonly Token[], anchors: readonly string[]): Section[] {
  const sections: Section[] = [];
  for (const token of tokens) {
    if (isHeading(token)) {
      const anchor = sections.length === 0 ? '' : (anchors[sections.length] ?? '');
      sections.push({ heading: plain(token.tokens), anchor, text: '' });
    } else {
      const section = sections.at(-1);
      const words = plain([token]).replace(/\s+/g, ' ').trim();
      if (section && words !== '') section.text += section.text === '' ? words : ` ${words}`;
    }
  }
  return sections;
}

/** Words without marks. */
function plain(tokens: readonly Token[]): string {
  return tokens.map((token) => unescaped(wordsOf(token))).join('');
}

function wordsOf(token: Token): string {
  switch (token.type) {
    case 'html':
      return '';
    case 'image':
      return ` ${token.text} `;
    case 'list':
      return (token as Tokens.List).items.map((item) => `${plain(item.tokens)} `).join('');
    case 'table': {
      const { header, rows } = token as Tokens.Table;
      return [header, ...rows].map((row) => row.map((cell) => `${plain(cell.tokens)} `).join('')).join('');
    }
    case 'paragraph':
    case 'blockquote':
      return `${plain(token.tokens ?? [])} `;
    case 'br':
    case 'space':
    case 'hr':
      return ' ';
    default:
      return 'tokens' in token && token.tokens ? plain(token.tokens) : 'text' in token ? token.text : '';
  }
}

export function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** Markdown may have characters as HTML writes them. */
function unescaped(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
}
