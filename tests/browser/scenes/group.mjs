// What stays among the people in a meeting: one security code, their names, their words, and the way on without
// somebody who was removed (K2, K4, K7, P1).

import assert from 'node:assert/strict';
import { agree, chatLines, securitySign, write } from '../harness/panels.mjs';
import { allSeeAndHearEachOther } from '../harness/senses.mjs';
import { scene } from '../harness/stage.mjs';
import { until } from '../harness/until.mjs';

const chat = async (person) => (await chatLines(person)).map(({ text }) => text).join('\n');

/** All that went over a person's connection, and what it says when it is decoded. */
const frames = (person) =>
  person.tab.run(() => {
    const all = JSON.stringify([...witness.sent, ...witness.received]);
    const decoded = [...all.matchAll(/[\w-]{12,}/g)].map(([text]) => {
      try {
        return atob(text.replaceAll('-', '+').replaceAll('_', '/'));
      } catch {
        return '';
      }
    });
    return `${all}\n${decoded.join('\n')}`;
  });

scene('the people in a meeting have one code, and their words stay among them', async (stage) => {
  const host = await stage.host();
  const { link } = await host.makeMeeting({ title: 'Heron evening' });
  await host.join(link);
  const ann = await stage.person('Annabel');
  const fay = await stage.person('Fayette', { browser: 'firefox' });
  for (const guest of [ann, fay]) await guest.join(link);

  const first = await agree([host, ann, fay]);
  assert.match(first, /^\d{5}( \d{5}){4}$/, 'K2: at least 80 bits, as digits in groups');

  await until('the quiet sign says so', async () => (await securitySign(fay)) === 'End-to-end encrypted');
  await write(ann, 'the heron is grey');
  await write(host, 'only for Fayette', fay);
  await until('Fayette reads both', async () => {
    const read = await chat(fay);
    return read.includes('the heron is grey') && read.includes('only for Fayette');
  });
  await until('Hanna reads what was said to all', async () =>
    (await chat(host)).includes('the heron is grey'),
  );
  assert.ok(!(await chat(ann)).includes('only for Fayette'), 'what is private is private');
  await ann.closePanel();
  await ann.tab.page.keyboard.press('h');
  await host.wasTold('Annabel raised a hand');

  const late = await stage.person('Lateesha');
  await late.join(link);
  await host.wasTold('Lateesha joined');
  const second = await agree([host, ann, fay, late]);
  assert.notEqual(second, first, 'another group has another code');
  assert.ok(!(await chat(late)).includes('heron'), 'who comes later reads nothing of what was said before');
  await late.openPeople();
  await late.sees('Annabel');
  await until('a raised hand is told to who comes later', () =>
    late.tab.run(() => document.querySelector('.person-hand') !== null),
  );

  await late.tab.press('button', 'Leave');
  await host.wasTold('Lateesha left');
  assert.notEqual(await agree([host, ann, fay]), second);

  for (const person of [host, ann, fay, late]) {
    const seen = await frames(person);
    assert.ok(seen.includes('welcome'), 'there is something to look at');
    for (const secret of ['heron', 'Heron', 'Annabel', 'Fayette', 'Lateesha', 'only for'])
      assert.ok(!seen.includes(secret), `P1: “${secret}” does not pass the server in clear (${person.name})`);
  }
});

scene('somebody is removed, and the sound of the others goes on (K7)', async (stage) => {
  const host = await stage.host();
  const { link } = await host.makeMeeting();
  await host.join(link);
  const ben = await stage.person('Ben');
  const out = await stage.person('Otto');
  for (const guest of [ben, out]) await guest.join(link);
  await allSeeAndHearEachOther([host, ben, out]);
  const code = await agree([host, ben]);

  /** Samples of the host's sound at Ben's, and how many of them had to be made up. */
  const samples = () =>
    ben.tab.run(async () => {
      const mid = witness.slot(witness.last('welcome').participants[0].id, 'microphone');
      const reports = [...(await witness.peer().getStats()).values()];
      const entry = reports.find((report) => report.type === 'inbound-rtp' && report.mid === mid);
      return { all: entry.totalSamplesReceived, concealed: entry.concealedSamples };
    });
  const before = await samples();
  await host.moderate(out, 'Remove…');
  await host.confirm('Remove');
  await out.sees('You were removed');
  await until('there is another link', () => ben.tab.run(() => witness.last('rotated') !== undefined));
  const others = await until('the others have another code', async () => {
    const now = await agree([host, ben]);
    return now !== code && now;
  });
  const more = await until('two more seconds were heard', async () => {
    const now = await samples();
    return now.all - before.all > 2 * 48_000 && now;
  });
  // Of the sound itself, not of the clock: a slow machine plays later, and not less.
  assert.ok(more.concealed - before.concealed < 48_000, 'less than one second was missing');
  assert.match(others, /\d/);
  assert.notEqual(await host.inviteLink(), link, 'the host has the link to hand on');
});

scene(
  'the host comes from another device through a closed door, and lets people in from there (B6, S2)',
  async (stage) => {
    const host = await stage.host();
    const { link } = await host.makeMeeting({ switches: ['Lobby'] });
    await host.join(link);
    const device = await stage.secondDevice(host);
    await device.join(link);
    await agree([host, device]);
    const [ann, ben] = [await stage.person('Ann'), await stage.person('Ben')];
    for (const [guest, letsIn] of [
      [ann, device],
      [ben, host],
    ]) {
      await guest.knock(link);
      await guest.sees('You are at the door');
      await letsIn.lobby(guest.name, 'Admit');
      await guest.isInside();
    }
    // The first device goes: whom it let in stays, and who comes back comes in by the other.
    await host.tab.press('button', 'Leave');
    await ann.join(link);
    await agree([device, ann, ben]);
    await allSeeAndHearEachOther([device, ann, ben]);
  },
);
