// Finding words in the book. Pure: the build writes the index, a script of the help page searches it.

export interface Section {
  heading: string;
  /** Empty for the beginning of a chapter. */
  anchor: string;
  text: string;
}

export interface IndexedChapter {
  title: string;
  address: string;
  sections: readonly Section[];
}

/** A piece of text, and whether it is what was looked for. */
export interface Piece {
  text: string;
  hit: boolean;
}

export interface Hit {
  chapter: string;
  /** Absent where the chapter itself was found. */
  heading: string | null;
  address: string;
  excerpt: Piece[];
}

interface Word {
  folded: string;
  start: number;
  end: number;
}

/** Characters of the text around what was found. */
const BEFORE = 40;
const AFTER = 90;

/** Sections that have all the words, or words that begin with them; the most telling first. */
export function find(index: readonly IndexedChapter[], query: string, most: number): Hit[] {
  const wanted = wordsOf(query).map(({ folded }) => stem(folded));
  if (wanted.length === 0) return [];
  const found: { hit: Hit; score: number }[] = [];
  for (const { title, address, sections } of index) {
    const ofTitle = wordsOf(title);
    for (const { heading, anchor, text } of sections) {
      const ofHeading = wordsOf(heading);
      const ofText = wordsOf(text);
      const scores = wanted.map((word) => {
        const own = 12 * weight(ofHeading, word, 1) + weight(ofText, word, 4);
        return own + (own > 0 || anchor === '' ? 4 * weight(ofTitle, word, 1) : 0);
      });
      if (scores.includes(0)) continue;
      const hit = {
        chapter: title,
        heading: anchor === '' ? null : heading,
        address: anchor === '' ? address : `${address}#${anchor}`,
        excerpt: excerpt(text, ofText, wanted),
      };
      found.push({ hit, score: scores.reduce((sum, score) => sum + score, 0) });
    }
  }
  // Of equal ones the earlier in the book: sorting is stable.
  found.sort((one, other) => other.score - one.score);
  return found.slice(0, most).map(({ hit }) => hit);
}

/** How often a word is there, up to a bound; more where it is just this one. */
function weight(words: readonly Word[], wanted: string, most: number): number {
  const hits = words.filter(({ folded }) => folded.startsWith(wanted));
  const exact = hits.some(({ folded }) => stem(folded) === wanted);
  return Math.min(hits.length, most) * (exact ? 1.5 : 1);
}

/** One and many are the same word, nearly always. */
function stem(word: string): string {
  return word.length > 3 && word.endsWith('s') && !word.endsWith('ss') ? word.slice(0, -1) : word;
}

function wordsOf(text: string): Word[] {
  return [...text.matchAll(/[\p{L}\p{N}]+/gu)].map(({ 0: word, index }) => ({
    folded: word.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase(),
    start: index,
    end: index + word.length,
  }));
}

function excerpt(text: string, words: readonly Word[], wanted: readonly string[]): Piece[] {
  const isHit = ({ folded }: Word) => wanted.some((each) => folded.startsWith(each));
  const first = words.find(isHit)?.start ?? 0;
  // Whole words only.
  const from = words.find(({ start }) => start >= first - BEFORE)?.start ?? 0;
  const to = words.findLast(({ end }) => end <= first + AFTER)?.end ?? text.length;
  const pieces: Piece[] = [];
  let at = from <= (words[0]?.start ?? 0) ? 0 : from;
  if (at > 0) pieces.push({ text: '… ', hit: false });
  for (const word of words.filter((word) => word.start >= at && word.end <= to && isHit(word))) {
    pieces.push({ text: text.slice(at, word.start), hit: false });
    pieces.push({ text: text.slice(word.start, word.end), hit: true });
    at = word.end;
  }
  const last = words.at(-1)?.end ?? 0;
  pieces.push({ text: to >= last ? text.slice(at) : `${text.slice(at, to)} …`, hit: false });
  return pieces.filter(({ text }) => text !== '');
}
