// The pictures of the book (A2): the gallery's screens that they are made of are there, and are what the book shows. What they look
// like is for people to judge; no pixel is compared.

import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { makePictures } from '../../../web/gallery/for-book.mjs';

const book = fileURLToPath(new URL('../../../docs/book/', import.meta.url));

test('each picture of the book can be made again, and each that is made is in the book (A2)', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'incamera-book-'));
  try {
    const made = await makePictures(folder);
    const names = made.map(({ name }) => name).sort();
    assert.deepEqual(names, readdirSync(join(book, 'images')).sort());
    const chapters = readdirSync(book).filter((name) => name.endsWith('.md'));
    const text = chapters.map((name) => readFileSync(join(book, name), 'utf8')).join('');
    const shown = [...text.matchAll(/\]\(images\/([^)]+)\)/g)].map(([, name]) => name);
    assert.deepEqual([...new Set(shown)].sort(), names);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
