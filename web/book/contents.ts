// The book as it lies in docs/book: which chapters there are, in which order, and what is in them. The order is that of
// SUMMARY.md, which mdBook reads, too.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const SUMMARY = 'SUMMARY.md';
const IMAGES = 'images';
/** Pixels of a picture in one of the page: as in `gallery/for-book.mjs`. */
const DENSITY = 1.5;

/** Where the first chapter is; the others are under it. */
export const ROOT = '/help';

export interface Chapter {
  /** As the list of chapters has it. */
  title: string;
  /** The heading that it stands under in the list. */
  part: string | null;
  /** Its file, such as `joining.md`. */
  file: string;
  /** Where the program serves it, such as `/help/joining`. */
  address: string;
  markdown: string;
}

export interface Picture {
  bytes: Buffer;
  /** In pixels of the page. */
  width: number;
  height: number;
}

export interface Book {
  chapters: readonly Chapter[];
  /** By the address that chapters use, such as `images/lobby.webp`. */
  pictures: ReadonlyMap<string, Picture>;
}

/** Throws where the folder and its summary do not fit together. */
export function readBook(folder: string): Book {
  const chapters: Chapter[] = [];
  let part: string | null = null;
  const summary = readFileSync(join(folder, SUMMARY), 'utf8').split('\n');
  // Its first line is a title of its own.
  for (const line of summary.slice(1).filter((line) => line.trim() !== '')) {
    const heading = /^# (.+)$/.exec(line);
    const entry = /^(?:- )?\[([^\]]+)\]\(([a-z-]+\.md)\)$/.exec(line);
    if (heading?.[1]) part = heading[1];
    else if (entry?.[1] && entry[2])
      chapters.push(chapter(folder, entry[1], entry[2], part, chapters.length));
    else throw new Error(`${SUMMARY} has a line that names neither a part nor a chapter: ${line}`);
  }
  const known = new Set([SUMMARY, ...chapters.map(({ file }) => file)]);
  if (known.size !== chapters.length + 1) throw new Error(`${SUMMARY} names a chapter twice`);
  const files = readdirSync(folder).filter((name) => name.endsWith('.md'));
  const stray = files.find((name) => !known.has(name));
  if (stray) throw new Error(`${stray} is in no list of chapters: name it in ${SUMMARY}`);
  return { chapters, pictures: readPictures(folder) };
}

function chapter(folder: string, title: string, file: string, part: string | null, place: number): Chapter {
  const address = place === 0 ? ROOT : `${ROOT}/${file.replace(/\.md$/, '')}`;
  return { title, part, file, address, markdown: readFileSync(join(folder, file), 'utf8') };
}

function readPictures(folder: string): Map<string, Picture> {
  // A folder lists its files in any order.
  const names = readdirSync(join(folder, IMAGES)).sort();
  return new Map(
    names.map((name) => {
      const bytes = readFileSync(join(folder, IMAGES, name));
      return [`${IMAGES}/${name}`, { bytes, ...sizeOf(bytes, name) }];
    }),
  );
}

/** Of an extended WebP (RFC 9649, chapter 2.7): the page keeps room for a picture before it is there. */
function sizeOf(bytes: Buffer, name: string): { width: number; height: number } {
  if (!/^RIFF.{4}WEBPVP8X/s.test(bytes.subarray(0, 16).toString('latin1'))) {
    throw new Error(`${name} is no extended WebP: make it by \`node gallery/for-book.mjs\``);
  }
  const size = (at: number) => Math.round((bytes.readUIntLE(at, 3) + 1) / DENSITY);
  return { width: size(24), height: size(27) };
}
