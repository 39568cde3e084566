// What people read and write in the panels of a meeting, in both browsers alike: no way of finding things that only one has.

import { until } from './until.mjs';

/** What the quiet sign says at this moment, without opening it. */
export function securitySign(person) {
  return person.tab.run(() => document.querySelector('.security-words')?.textContent ?? null);
}

/** The digits behind the quiet sign, null where there are none. */
export async function securityCode(person) {
  await person.tab.run(() => document.querySelector('.security-sign').click());
  await until(`${person.name} reads about the encryption`, () =>
    person.tab.run(() => document.querySelector('dialog .security') !== null),
  );
  return person.tab.run(() => {
    const digits = [...document.querySelectorAll('.security-digits span')].map((one) => one.textContent);
    document.querySelector('dialog [aria-label="Close"]').click();
    return digits.join(' ') || null;
  });
}

/** All have one code; resolves with it. */
export function agree(people) {
  return until('all read the same code', async () => {
    const codes = [];
    for (const person of people) codes.push(await securityCode(person));
    if (codes[0] && codes.every((code) => code === codes[0])) return codes[0];
    throw new Error(JSON.stringify(codes));
  });
}

async function open(person, key, content) {
  const isOpen = () => person.tab.run((content) => document.querySelector(content) !== null, content);
  if (await isOpen()) return;
  // A dialog that is about to close still takes the keys.
  const isFree = () => person.tab.run(() => document.querySelector('dialog[open]') === null);
  await until(`no dialog is in ${person.name}'s way`, isFree);
  // Who is writing types letters; elsewhere they are shortcuts.
  await person.tab.run(() => document.activeElement?.blur());
  await person.tab.page.keyboard.press(key);
  await until(`${person.name} has the panel open`, isOpen);
}

/** The rows of the list of people: the name, all words, and the warning that a row may have. */
export async function peopleList(person) {
  await open(person, 'p', '.people');
  return person.tab.run(() =>
    [...document.querySelectorAll('.people .person')].map((row) => ({
      name: row.querySelector('.person-name').textContent,
      words: row.innerText,
      warned: row.querySelector('.person-warning') !== null,
    })),
  );
}

/** The lines of the chat: whose they are by the page's word, and what they say. */
export async function chatLines(person) {
  await open(person, 'c', '.composer');
  return person.tab.run(() =>
    [...document.querySelectorAll('.chat-line')].map((line) => ({
      name: line.querySelector('.chat-name').textContent,
      text: line.querySelector('p').textContent,
    })),
  );
}

/** Writes to everybody, or to one, through the page's own form. */
export async function write(person, words, to = null) {
  await open(person, 'c', '.composer');
  const recipient = to === null ? '' : String(await to.id());
  await person.tab.run(
    ({ words, recipient }) => {
      const set = (field, type, value) => {
        const { set } = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), 'value');
        set.call(field, value);
        field.dispatchEvent(new Event(type, { bubbles: true }));
      };
      set(document.querySelector('.composer select'), 'change', recipient);
      set(document.querySelector('.composer textarea'), 'input', words);
    },
    { words, recipient },
  );
  const send = '.composer button.send';
  await until(`${person.name} can send`, () =>
    person.tab.run((send) => document.querySelector(send).disabled === false, send),
  );
  await person.tab.run((send) => document.querySelector(send).click(), send);
}

/** Everybody of `readers` has read a line of these words; what was said before is there by then. */
export async function allRead(readers, words) {
  for (const reader of readers) {
    await until(`${reader.name} reads “${words}”`, async () =>
      (await chatLines(reader)).some(({ text }) => text === words),
    );
  }
}
