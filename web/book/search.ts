// The search of the help pages. Without a script there is none, and the pages are as readable as with it.

import './book.css';
import { find, type Hit, type IndexedChapter, type Piece } from './find';

const MOST = 8;

const words = {
  label: 'Search the help',
  found: (count: number) =>
    count === 1 ? '1 place' : `${count === MOST ? 'The best' : ''} ${count} places`.trim(),
  none: 'Nothing was found. Try another word, or look through the chapters.',
  failed: 'The search could not be loaded. Reload the page, or look through the chapters.',
};

const place = document.querySelector<HTMLElement>('.search');
if (place?.dataset.index) set(place, place.dataset.index);

function set(place: HTMLElement, address: string): void {
  const label = element('label', 'visually-hidden', [words.label]);
  const input = document.createElement('input');
  input.type = 'search';
  input.id = 'search-words';
  input.placeholder = words.label;
  input.autocomplete = 'off';
  input.spellcheck = false;
  label.htmlFor = input.id;
  const status = element('p', 'search-status', []);
  status.setAttribute('role', 'status');
  const list = element('ul', '', []);
  const results = element('div', 'search-results', [status, list]);
  results.hidden = true;
  place.setAttribute('role', 'search');
  place.append(label, input, results);

  let index: Promise<IndexedChapter[]> | null = null;
  const load = () => {
    index ??= fetch(address).then((answer) => {
      if (!answer.ok) throw new Error(`the index was answered with ${answer.status}`);
      return answer.json();
    });
    // The next word tries again.
    index.catch(() => {
      index = null;
    });
    return index;
  };
  const look = async () => {
    const query = input.value;
    if (query.trim() === '') return close();
    try {
      const hits = find(await load(), query, MOST);
      // Somebody wrote on meanwhile.
      if (query !== input.value) return;
      status.textContent = hits.length === 0 ? words.none : words.found(hits.length);
      list.replaceChildren(...hits.map(entry));
    } catch {
      status.textContent = words.failed;
      list.replaceChildren();
    }
    results.hidden = false;
  };
  const close = () => {
    results.hidden = true;
  };

  input.addEventListener('focus', () => void load().catch(() => undefined), { once: true });
  input.addEventListener('input', () => void look());
  input.addEventListener('focus', () => void look());
  input.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') list.querySelector('a')?.click();
  });
  place.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    input.value = '';
    close();
    input.focus();
  });
  // A heading on this page has no page to load.
  list.addEventListener('click', close);
  document.addEventListener('pointerdown', (event) => {
    if (event.target instanceof Node && !place.contains(event.target)) close();
  });
}

function entry({ chapter, heading, address, excerpt }: Hit): HTMLElement {
  const link = document.createElement('a');
  link.href = address;
  const title = heading === null ? chapter : heading;
  link.append(element('strong', '', [title]));
  if (heading !== null) link.append(' ', element('span', 'search-chapter', [chapter]));
  link.append(element('span', 'search-excerpt', excerpt.map(piece)));
  return element('li', '', [link]);
}

function piece({ text, hit }: Piece): Node {
  return hit ? element('mark', '', [text]) : document.createTextNode(text);
}

function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  style: string,
  children: readonly (Node | string)[],
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  if (style !== '') made.className = style;
  made.append(...children);
  return made;
}
