// The server has nothing in its memory and on its disk that only the people in a meeting may know (K2, P1, B1, B2, B8).

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { insiderScript } from '../harness/injected.mjs';
import { memoryOf, memoryUnreadable } from '../harness/memory.mjs';
import { need } from '../harness/need.mjs';
import { filesIn, Search } from '../harness/search.mjs';
import { scene } from '../harness/stage.mjs';
import { until } from '../harness/until.mjs';

const { skip, mustBeMet } = need(memoryUnreadable());

const TITLE = 'Rehearsal of the wren quartet';
const PASSWORD = 'plover-sandpiper-dunlin';
const TO_ALL = 'the goldcrest nests behind the boathouse';
const TO_ONE = 'nobody else knows of the firecrest';
/** Which the server does know. */
const ACCOUNT = 'Account of Rosalind Bittern';

scene(
  'the server has no secret of a meeting in its memory or on its disk (K2, P1, B1, B2, B8)',
  async (stage) => {
    mustBeMet();
    const { pid, state } = stage.server;
    const devices = { colour: undefined };
    const host = await stage.host(ACCOUNT, { devices });
    host.name = 'Wilhelmina Nuthatch';
    const guest = await stage.person('Ottoline Fieldfare', { devices });
    const gone = await stage.person('Peregrine Lapwing', { devices });
    for (const { tab } of [host, guest, gone]) await tab.inject(insiderScript);
    const { link, password } = await host.makeMeeting({ title: TITLE, password: PASSWORD });
    await host.join(link);
    for (const person of [guest, gone]) await person.join(link, { password });

    await guest.tab.press('button', 'Raise hand');
    await guest.tab.press('button', 'More');
    await guest.tab.press('menuitem', 'React with 👏');
    await says(host, TO_ALL);
    await guest.tab.press('button', 'Chat');
    await guest.sees(TO_ALL);
    await says(host, TO_ONE, guest.name);
    await guest.sees(TO_ONE);
    await host.moderate(gone, 'Remove…');
    await host.confirm('Remove');
    await gone.sees('You were removed');
    const address = () => guest.tab.run(() => location.href);
    const newLink = await until('there is a new link', async () => (await address()) !== link && address());

    const secrets = {
      'the title': TITLE,
      'the password of the meeting': PASSWORD,
      'the password of the account': host.password,
      'the word to all': TO_ALL,
      'the word to one': TO_ONE,
      'the link': secretOf(link),
      'the new link': secretOf(newLink),
      ...(await known(host)),
      ...(await known(guest)),
      ...(await known(gone)),
    };
    for (const part of ['"type":"chat"', '"type":"reaction"', '"type":"link"', '"hand":1']) {
      assert.ok(
        Object.keys(secrets).some((what) => what.includes(part)),
        `${part} was said`,
      );
    }
    wouldFind(secrets);
    const search = new Search(secrets);
    const identities = await guest.tab.run(() =>
      witness.last('welcome').participants.map(({ identity }) => identity),
    );
    const notSecret = new Search({
      account: ACCOUNT,
      state,
      identity: Buffer.from(identities[0], 'base64url'),
    });

    const memory = memoryOf(pid);
    assert.deepEqual(search.inAll(memory), [], 'in memory, in the meeting');
    const found = notSecret.inAll(memory);
    for (const what of ['account', 'state', 'identity'])
      assert.ok(found.includes(`${what} (as it is)`), what);
    assert.deepEqual(search.inAll(filesIn(state)), [], 'on the disk, in the meeting');

    await host.tab.press('button', 'End for all');
    await host.confirm('End for all');
    await guest.sees('The meeting has ended');
    assert.deepEqual(search.inAll(memoryOf(pid)), [], 'in memory, after the meeting');
    assert.deepEqual(search.inAll(filesIn(state)), [], 'on the disk, after the meeting');
    assert.deepEqual(notSecret.inAll(filesIn(state)), ['account (as it is)'], 'on the disk, not secret');
  },
  { skip },
);

const secretOf = (link) => Buffer.from(new URL(link).hash.slice(1).split('.')[0], 'base64url');

/** What somebody's page knows that the server must not. */
async function known({ name, tab }) {
  const { baseKeys, said } = await tab.run(() => insider);
  assert.ok(baseKeys.length > 0, `${name}'s keys`);
  assert.ok(said.length > 0, `what ${name} said`);
  return Object.fromEntries([
    [`the name ${name}`, name],
    ...baseKeys.map((key, at) => [`key ${at} of ${name}`, Buffer.from(key)]),
    ...said.map((text) => [`${name}'s words ${text}`, text]),
  ]);
}

async function says({ tab }, text, to = undefined) {
  if (!(await tab.shows('textbox', 'Message'))) await tab.press('button', 'Chat');
  if (to) await tab.page.getByLabel('To', { exact: true }).selectOption({ label: to });
  await tab.fill('Message', text);
  await tab.press('button', 'Send');
}

/** Each of them would be found in each form, wherever it stands. */
function wouldFind(secrets) {
  const search = new Search(secrets);
  for (const [what, secret] of Object.entries(secrets)) {
    const bytes = Buffer.from(secret);
    const haystacks = [
      bytes,
      Buffer.from(bytes.toString('hex')),
      Buffer.from(bytes.toString('hex').toUpperCase()),
    ];
    if (typeof secret === 'string') haystacks.push(Buffer.from(secret, 'utf16le'));
    for (const before of [0, 1, 2, 3]) {
      const around = Buffer.concat([randomBytes(before), bytes, randomBytes(5)]);
      haystacks.push(Buffer.from(around.toString('base64')), Buffer.from(around.toString('base64url')));
    }
    for (const haystack of haystacks) {
      const found = search.in(Buffer.concat([randomBytes(1001), haystack, randomBytes(77)]));
      assert.ok(
        found.some((name) => name.startsWith(`${what} (`)),
        `${what} in ${haystack}`,
      );
    }
  }
}
