// The cast of the scenes with a hostile server: people who come in by doors of their own, and what to ask of them.

import assert from 'node:assert/strict';
import { HostileServer } from './hostile.mjs';
import { agree, peopleList } from './panels.mjs';
import { countAt, grows } from './senses.mjs';
import { until } from './until.mjs';

/** The settings of a scene whose server is hostile. */
export const hostile = { server: HostileServer };

/** Somebody with a door of their own, who is not in the meeting yet. */
export async function visitor(stage, name, options = {}) {
  const person = await stage.person(name, options);
  person.door = await stage.server.door();
  return person;
}

export async function host(stage) {
  const person = await stage.host();
  person.door = stage.server.front;
  return person;
}

export const enter = (person, link) => person.join(person.door.link(link));

/** Hanna, Ben, and Fay with Firefox, in one meeting; each has the keys. */
export async function three(stage) {
  const hanna = await host(stage);
  const { link } = await hanna.makeMeeting();
  await hanna.join(link);
  const ben = await visitor(stage, 'Ben');
  const fay = await visitor(stage, 'Fay', { browser: 'firefox' });
  for (const guest of [ben, fay]) await enter(guest, link);
  await agree([hanna, ben, fay]);
  return { hanna, ben, fay, link };
}

/** Base64url with one bit of one byte in the middle turned over. */
export function flipped(text) {
  const bytes = Buffer.from(text, 'base64url');
  bytes[bytes.length >> 1] ^= 1;
  return bytes.toString('base64url');
}

export const namesOf = async (person) => (await peopleList(person)).map(({ name }) => name).sort();

/** However much comes on a section, nothing of it becomes a picture. */
export async function nothingOpens(viewer, mid) {
  assert.notEqual(mid, undefined, `${viewer.name} has a section to look at`);
  await until(`nothing of section ${mid} opens for ${viewer.name}`, async () => {
    const before = await countAt(viewer, mid, 'frames');
    await grows(`something comes to ${viewer.name}`, () => countAt(viewer, mid, 'packets'), 150);
    return (await countAt(viewer, mid, 'frames')) === before;
  });
}
