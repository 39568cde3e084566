// The server is hostile: it shows people who are not there and leaves out who is, names moderators as it likes, and bends,
// repeats, exchanges and keeps back what members tell each other. It learns nothing and makes nobody believe it (K2, K4,
// P3, B1, B5).

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { enter, flipped, host, hostile, namesOf, nothingOpens, three, visitor } from '../harness/enemies.mjs';
import { isTone } from '../harness/palette.mjs';
import {
  agree,
  allRead,
  chatLines,
  peopleList,
  securityCode,
  securitySign,
  write,
} from '../harness/panels.mjs';
import { allSeeAndHearEachOther, hears, section, seesMoving } from '../harness/senses.mjs';
import { scene } from '../harness/stage.mjs';
import { until } from '../harness/until.mjs';

const ENCRYPTED = 'End-to-end encrypted';
const COMING = 'Encryption is being set up';
const ALARM = 'Check who is here';

const says = (person, sign) =>
  until(`${person.name}'s sign says “${sign}”`, async () => (await securitySign(person)) === sign);

/** Nobody whom the group does not have. */
function ghost(id, role = 'participant') {
  const identity = randomBytes(32).toString('base64url');
  return { id, identity, role, live: ['microphone', 'camera'], quality: 'good', connected: true };
}

scene(
  'a hostile server: who is here, and who moderates, it does not decide',
  async (stage) => {
    const hanna = await host(stage);
    const { link } = await hanna.makeMeeting();
    await hanna.join(link);
    const ben = await visitor(stage, 'Ben');
    const fay = await visitor(stage, 'Fay', { browser: 'firefox' });
    await enter(ben, link);

    // Somebody on the list who has no keys: one from the beginning, one who comes, and is host.
    fay.door.toPage((message) =>
      message.type === 'welcome'
        ? [{ ...message, participants: [...message.participants, ghost(4001)] }]
        : undefined,
    );
    await enter(fay, link);
    await agree([hanna, ben, fay]);
    hanna.door.inject({ type: 'participant', participant: ghost(4002, 'host') });

    // Ben is host, the server says, to Fay and to Ben himself; what he asks for is done, it says.
    const benId = await ben.id();
    const promote = ({ participant }) => [
      { type: 'participant', participant: { ...participant, role: 'host' } },
    ];
    for (const { door } of [ben, fay]) {
      door.toPage((message) => (message.participant?.id === benId ? promote(message) : undefined));
      door.inject(...promote({ participant: door.record(benId) }));
    }
    await until('Fay is warned of Ben', async () =>
      (await peopleList(fay)).some(({ name, warned }) => name.includes('Ben') && warned),
    );
    const asked = [];
    ben.door.pretend((message) => {
      const is = message.type === 'act' && ['mute', 'rotate'].includes(message.act.act);
      if (is) asked.push(message.act);
      return is;
    });
    const before = await fay.tab.run(() => ({ said: witness.received.length, address: location.href }));
    await ben.moderate(fay, 'Mute');
    await until('Fay is told something by Ben', () =>
      fay.tab.run(({ said }) => witness.received.slice(said).some(({ type }) => type === 'said'), before),
    );
    await ben.openPeople();
    await ben.tab.press('button', 'Make a new link');
    await ben.confirm('Make a new link');
    const { rotation } = await until('Ben makes a link', () => asked.find(({ act }) => act === 'rotate'));
    const { link: message, title } = rotation;
    for (const { door } of [hanna, fay]) door.inject({ type: 'rotated', number: 1, link: message, title });
    // What is said after it is dealt with after it.
    await write(ben, 'that was all');
    await allRead([hanna, fay], 'that was all');
    assert.doesNotMatch(await fay.tab.text(), /switched your microphone off/, 'P3: Ben moderates nobody');
    await hears(hanna, fay);
    assert.equal(await fay.tab.run(() => location.href), before.address, 'P3: Ben changes no link');
    assert.equal(await hanna.inviteLink(), link, 'P3: Ben changes no link');

    // By now the ghosts have been there for some time: nobody sees them as present, and they are spoken of.
    for (const person of [hanna, fay]) {
      await says(person, ALARM);
      assert.equal((await namesOf(person)).length, 3, `${person.name} sees no ghost`);
    }
    assert.equal(await securitySign(ben), ENCRYPTED, 'Ben was shown none');
    hanna.door.inject({ type: 'left', participant: 4002, how: 'left' });
    fay.door.inject({ type: 'left', participant: 4001, how: 'left' });
    for (const person of [hanna, fay]) await says(person, ENCRYPTED);

    // Somebody in the group whom the server leaves out, and may not be taken out either.
    const mayCommit = hanna.door.toServer(({ type, message, request }) => {
      if (type !== 'group' || message.group !== 'commit') return undefined;
      hanna.door.inject({ type: 'denied', request, reason: 'out_of_turn' });
      return [];
    });
    const hidden = await fay.id();
    hanna.door.toPage((message) => (message.participant?.id === hidden ? [] : undefined));
    hanna.door.inject({ type: 'left', participant: hidden, how: 'left' });
    await says(hanna, ALARM);
    // As soon as the server lets her, Hanna's page takes them out.
    mayCommit();
    await says(hanna, ENCRYPTED);
    await says(fay, COMING);
    assert.equal(await securityCode(fay), null);
    assert.equal(await agree([hanna, ben]), await securityCode(ben));
    await allSeeAndHearEachOther([hanna, ben]);
  },
  hostile,
);

scene(
  'a hostile server: nobody is seen, heard or read under the name of another',
  async (stage) => {
    const { hanna, ben, fay } = await three(stage);
    await allSeeAndHearEachOther([hanna, ben, fay]);
    const [hannaId, benId] = [await hanna.id(), await ben.id()];

    /** The latest slots of the server, changed one by one; the changed ones go on coming until the answer is called. */
    const change = (door, each) => {
      const changed = (message) => ({ ...message, slots: message.slots.flatMap(each) });
      const stop = door.toPage((message) => (message.type === 'slots' ? [changed(message)] : undefined));
      door.inject(changed(door.last('slots')));
      return () => {
        stop();
        door.inject(door.last('slots'));
      };
    };
    const other = { [hannaId]: benId, [benId]: hannaId };
    const otherSource = { camera: 'microphone', microphone: 'camera' };
    const isCamera = ({ participant, source }) => participant === hannaId && source === 'camera';
    const ways = {
      'two people are exchanged': (slot) => [
        { ...slot, participant: other[slot.participant] ?? slot.participant },
      ],
      'sound and picture are exchanged': (slot) => [
        { ...slot, source: otherSource[slot.source] ?? slot.source },
      ],
      'one section is two people’s': (slot) =>
        isCamera(slot) ? [{ ...slot, participant: benId }, slot] : [slot],
    };
    for (const [way, each] of Object.entries(ways)) {
      const camera = await section(fay, hannaId, 'camera');
      const microphone = await section(fay, hannaId, 'microphone');
      const mend = change(fay.door, each);
      await nothingOpens(fay, camera);
      if (way !== 'one section is two people’s') {
        await until(`nothing is heard (${way})`, async () => {
          const heard = await fay.tab.run((mid) => witness.tone(mid), microphone);
          return heard === null || !isTone(heard, hanna.sends.tone);
        });
      }
      mend();
      await seesMoving(fay, hanna);
      await hears(fay, hanna);
      await seesMoving(fay, ben);
      await hears(fay, ben);
    }

    // What is said: bent, said twice, by somebody else, and to somebody else.
    const bend = fay.door.toPage((message) =>
      message.type === 'said' ? [{ ...message, body: flipped(message.body) }] : undefined,
    );
    await write(ben, 'crooked');
    await allRead([hanna], 'crooked');
    bend();
    const twice = fay.door.toPage((message) => (message.type === 'said' ? [message, message] : undefined));
    await write(ben, 'twice');
    await allRead([hanna, fay], 'twice');
    twice();
    const exchange = fay.door.toPage((message) =>
      message.type === 'said' ? [{ ...message, from: hannaId }] : undefined,
    );
    await write(ben, 'whose');
    await allRead([hanna, fay], 'whose');
    exchange();
    await write(ben, 'for Hanna alone', hanna);
    await allRead([hanna], 'for Hanna alone');
    fay.door.inject(hanna.door.last('said'), { ...hanna.door.last('said'), privately: false });
    await write(ben, 'the end');
    await allRead([hanna, fay], 'the end');
    const read = (await chatLines(fay)).map(({ name, text }) => `${name}: ${text}`);
    assert.deepEqual(read, ['Ben: twice', 'Ben: whose', 'Ben: the end']);
  },
  hostile,
);

scene(
  'a hostile server: without a group nothing is sent or played, and the page says so',
  async (stage) => {
    const hanna = await host(stage);
    const { link } = await hanna.makeMeeting();
    const fay = await visitor(stage, 'Fay', { browser: 'firefox' });
    const both = [hanna, fay];
    const signs = new Set();
    const mend = both.map(({ door }) =>
      door.toPage((message) => {
        if (message.type === 'group') return [];
        if (message.type !== 'answer') return undefined;
        // K5: the server would have sound that tells who speaks.
        const sdp = message.sdp.replace(/^(a=fmtp:.*useinbandfec.*)$/gm, (line) => {
          return `${line.trim()};cbr=0;usedtx=1;maxaveragebitrate=510000`;
        });
        return [{ ...message, sdp }];
      }),
    );
    await hanna.join(link);
    await enter(fay, link);
    for (const person of both) await says(person, COMING);
    // Long enough that somebody else was asked to make the group, who was not told of it either.
    await until('both were asked', () => both.every(({ door }) => door.sent.some(({ event }) => event)));
    for (const person of both) {
      signs.add(await securitySign(person));
      assert.equal(await securityCode(person), null);
      for (const source of ['microphone', 'camera']) {
        const { packets, bytes } = await person.tab.run((source) => witness.outbound(source), source);
        assert.deepEqual({ packets, bytes }, { packets: 0, bytes: 0 }, `${person.name}'s ${source}`);
      }
      const received = Object.values(await person.tab.run(() => witness.inbound()));
      assert.ok(received.every(({ frames }) => frames === 0));
      const sdp = await person.tab.run(() => witness.peer().remoteDescription.sdp);
      // Firefox keeps no constant rate, and forgets those words: a low rate stands for it.
      assert.ok(/cbr=1/.test(sdp) || /maxaveragebitrate=24000/.test(sdp), `K5: ${person.name}'s sound`);
      assert.ok(!/cbr=0|usedtx=1|maxaveragebitrate=510000/.test(sdp), `K5: ${person.name}'s sound`);
    }
    assert.deepEqual([...signs], [COMING]);

    for (const stop of mend) stop();
    await agree(both);
    await allSeeAndHearEachOther(both);
  },
  hostile,
);
