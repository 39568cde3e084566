// The HTML around a chapter. All of it is readable without a script; there is none and no style inside of it.

import { type Chapter, ROOT } from './contents';
import { escaped, type Page } from './markdown';

/** Where the build has put what all chapters share. */
export interface Assets {
  icon: string;
  style: string;
  script: string;
  /** Of the search. */
  index: string;
}

const MARK = `<svg class="mark" width="32" height="32" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
        <path class="mark-door" d="M6 29.5V13a10 10 0 0 1 20 0v16.5Z" />
        <path class="mark-hole" d="M16 12.2a3.2 3.2 0 0 1 1.7 5.9l1.2 5.4h-5.8l1.2-5.4a3.2 3.2 0 0 1 1.7-5.9Z" />
        <path class="mark-sill" d="M3 29.5h26" />
      </svg>`;

/** The document of one of the pages. */
export function documentOf(page: Page, all: readonly Page[], assets: Assets): string {
  const place = all.indexOf(page);
  const title = page.chapter.address === ROOT ? 'incamera help' : `${page.chapter.title} · incamera help`;
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
    <meta name="color-scheme" content="light dark" />
    <meta name="robots" content="noindex, nofollow" />
    <title>${escaped(title)}</title>
    <link rel="icon" href="${assets.icon}" type="image/svg+xml" />
    <link rel="stylesheet" href="${assets.style}" />
    <script type="module" src="${assets.script}"></script>
  </head>
  <body>
    <header class="top">
      <a class="wordmark" href="${ROOT}">
      ${MARK}
        <span class="wordmark-text"><i>in</i>camera</span> <span class="top-help">Help</span>
      </a>
      <a class="top-chapters" href="#chapters">Chapters</a>
    </header>
    <div class="search" data-index="${assets.index}"></div>
    <main>
${page.html}
    </main>
    <nav class="turn" aria-label="Next and previous chapter">
${turn('previous', 'Before', all[place - 1])}${turn('next', 'Next', all[place + 1])}    </nav>
    <nav class="chapters" id="chapters" aria-label="Chapters">
${chapters(page, all)}    </nav>
  </body>
</html>
`;
}

function turn(kind: 'previous' | 'next', label: string, to: Page | undefined): string {
  if (!to) return '';
  const { address, title } = to.chapter;
  const words = `<span class="turn-label">${label}</span> ${escaped(title)}`;
  return `      <a class="turn-${kind}" rel="${kind === 'next' ? 'next' : 'prev'}" href="${address}">${words}</a>\n`;
}

function chapters(page: Page, all: readonly Page[]): string {
  const parts = new Map<string | null, Chapter[]>();
  for (const { chapter } of all) parts.set(chapter.part, [...(parts.get(chapter.part) ?? []), chapter]);
  return [...parts]
    .map(([part, chapters]) => {
      const heading = part === null ? '' : `      <h2>${escaped(part)}</h2>\n`;
      const entries = chapters.map((chapter) => entry(chapter, page)).join('');
      return `${heading}      <ul>\n${entries}      </ul>\n`;
    })
    .join('');
}

function entry(chapter: Chapter, page: Page): string {
  const here = chapter === page.chapter;
  const link = `<a href="${chapter.address}"${here ? ' aria-current="page"' : ''}>${escaped(chapter.title)}</a>`;
  if (!here || page.headings.length < 2) return `        <li>${link}</li>\n`;
  const headings = page.headings.map(({ text, anchor }) => {
    return `            <li><a href="#${anchor}">${escaped(text)}</a></li>\n`;
  });
  return `        <li>\n          ${link}\n          <ul>\n${headings.join('')}          </ul>\n        </li>\n`;
}
