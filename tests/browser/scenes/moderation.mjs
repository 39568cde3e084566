// What the host, and nobody else, can make others do: it holds at the server whatever their pages do (P3, B5).

import assert from 'node:assert/strict';
import { countAt, grows, hears, received, section, seesMoving } from '../harness/senses.mjs';
import { scene } from '../harness/stage.mjs';
import { until } from '../harness/until.mjs';

/** Host, Ann and Ben in one meeting. */
async function three(stage) {
  const host = await stage.host();
  const { link } = await host.makeMeeting();
  await host.join(link);
  const ann = await stage.person('Ann');
  const ben = await stage.person('Ben');
  for (const guest of [ann, ben]) await guest.join(link);
  return { host, ann, ben, link };
}

const isLive = (source) => async (viewer, person) => (await viewer.knows(person)).live.includes(source);
const microphoneIsLive = isLive('microphone');
const cameraIsLive = isLive('camera');

/** Has a page send on a section again that it was told to leave silent, as a page made by an enemy would. */
function sendAnyway(tab, source) {
  return tab.run(async (source) => {
    const mid = witness.ownSection(source);
    const { sender } = witness
      .peer()
      .getTransceivers()
      .find((transceiver) => transceiver.mid === mid);
    const { tone, colour, screen } = signals.signature;
    const tracks = {
      microphone: () => signals.toneTrack(tone),
      camera: () => signals.pictureTrack(colour),
      screen: () => signals.pictureTrack(screen),
    };
    await sender.replaceTrack(tracks[source]());
    const parameters = sender.getParameters();
    for (const encoding of parameters.encodings) encoding.active = true;
    await sender.setParameters(parameters);
  }, source);
}

/** Has a page ask for a picture that it has no tile for any more, as its friend's page would. */
async function watchAnyway(receiver, publisher, source) {
  const id = await publisher.id();
  const has = () => section(receiver, id, source);
  await until('the page itself asks for it no more', async () => (await has()) === undefined);
  await receiver.tab.run((video) => witness.watchToo(video), { participant: id, source, size: 'large' });
  await until(`${receiver.name} is given a section for ${publisher.name}'s ${source}`, has);
}

/** While the page really sends, nothing more arrives at any receiver. */
async function nothingPasses(sender, source, people) {
  const receivers = await sections(people, sender, source);
  const sent = () => sender.tab.run((source) => witness.packetsSent(source), source);
  await grows(`${sender.name}'s page sends its ${source}`, sent);
  const counts = () => Promise.all(receivers.map(({ person, mid }) => countAt(person, mid)));
  const before = await counts();
  await grows(`${sender.name}'s page still sends its ${source}`, sent, 100);
  assert.deepEqual(await counts(), before, 'packets that arrived');
}

async function sections(people, publisher, source) {
  const id = await publisher.id();
  return Promise.all(
    people.map(async (person) => {
      const mid = await section(person, id, source);
      assert.notEqual(mid, undefined, `${person.name} has a section for ${publisher.name}'s ${source}`);
      return { person, mid };
    }),
  );
}

scene('a muted person is not heard, even when their page goes on sending', async (stage) => {
  const { host, ann, ben } = await three(stage);
  for (const receiver of [host, ben]) await hears(receiver, ann);

  await host.moderate(ann, 'Mute');
  await ann.wasTold('Hanna switched your microphone off');
  await until('everybody is told', async () => !(await microphoneIsLive(ben, ann)));
  await sendAnyway(ann.tab, 'microphone');
  await nothingPasses(ann, 'microphone', [host, ben]);

  // Asking switches nothing on.
  await host.moderate(ann, 'Ask to unmute');
  await ann.wasTold('Hanna asks you to switch your microphone on');
  await nothingPasses(ann, 'microphone', [host, ben]);
  assert.equal(await microphoneIsLive(host, ann), false);

  // The person does.
  await ann.tab.press('button', 'Unmute');
  for (const receiver of [host, ben]) await hears(receiver, ann);
  await hears(ann, ben);
});

scene('a stopped camera is not seen, even when its page goes on sending', async (stage) => {
  const { host, ann, ben } = await three(stage);
  for (const receiver of [host, ben]) await seesMoving(receiver, ann);

  await host.moderate(ann, 'Stop video');
  await ann.sees('Hanna switched your camera off');
  await until('everybody is told', async () => !(await cameraIsLive(ben, ann)));
  await sendAnyway(ann.tab, 'camera');
  for (const receiver of [host, ben]) await watchAnyway(receiver, ann, 'camera');
  await nothingPasses(ann, 'camera', [host, ben]);
  await seesMoving(ann, ben);
});

scene('a stopped screen is not seen, even when its page goes on sending', async (stage) => {
  const { host, ann, ben } = await three(stage);
  await ann.tab.press('button', 'Share screen');
  for (const receiver of [host, ben]) await seesMoving(receiver, ann, 'screen');

  await host.moderate(ann, 'Stop screen share');
  await ann.wasTold('Hanna ended your screen share');
  await until('everybody is told', async () => !(await isLive('screen')(ben, ann)));
  await sendAnyway(ann.tab, 'screen');
  for (const receiver of [host, ben]) await watchAnyway(receiver, ann, 'screen');
  await nothingPasses(ann, 'screen', [host, ben]);
});

scene('all are muted at once, the moderator is not', async (stage) => {
  const { host, ann, ben } = await three(stage);
  for (const receiver of [ann, ben]) await hears(receiver, host);
  await host.openPeople();
  await host.tab.press('button', 'Mute all');
  await host.confirm('Mute all');
  for (const guest of [ann, ben]) {
    await guest.wasTold('Hanna switched all microphones off');
    await until(`${guest.name} is muted`, async () => !(await microphoneIsLive(host, guest)));
    await sendAnyway(guest.tab, 'microphone');
  }
  await nothingPasses(ann, 'microphone', [host, ben]);
  await nothingPasses(ben, 'microphone', [host, ann]);
  assert.equal(await microphoneIsLive(ann, host), true);
  const count = async () => received(ann, await host.id(), 'microphone', 'packets');
  await grows('the host is heard', count);
});

scene('nobody but the host moderates, and those whom the host names', async (stage) => {
  const { host, ann, ben } = await three(stage);

  /** Sends an act as a page could that does not care what its buttons allow; resolves with the answer. */
  const act = async (person, request, wish) => {
    await person.tab.run(
      ({ request, act }) => witness.sockets.at(-1).send(JSON.stringify({ type: 'act', request, act })),
      { request, act: wish },
    );
    return until('the server answers', () =>
      person.tab.run(
        (request) =>
          witness.received.find(
            (message) => ['done', 'denied'].includes(message.type) && message.request === request,
          ),
        request,
      ),
    );
  };
  const mute = { act: 'mute', participant: await ben.id() };

  assert.equal((await act(ann, 900_001, mute)).reason, 'not_moderator');
  assert.equal((await act(ann, 900_002, { act: 'end_for_all' })).reason, 'not_host');
  assert.equal(await microphoneIsLive(host, ben), true);

  await host.moderate(ann, 'Make co-host');
  await ann.wasTold('You are a co-host now: you can moderate');
  assert.equal((await ben.knows(ann)).role, 'co_host');
  await ann.moderate(ben, 'Mute');
  await ben.wasTold('Ann switched your microphone off');
  await until('Ben is muted', async () => !(await microphoneIsLive(host, ben)));
  assert.equal((await act(ann, 900_003, { act: 'mute', participant: await host.id() })).reason, 'protected');

  await host.moderate(ann, 'Make participant');
  await ann.wasTold('You are a participant now');
  assert.equal((await act(ann, 900_004, mute)).reason, 'not_moderator');
});

scene('the audience is heard while it has the floor, and not a moment longer (P3)', async (stage) => {
  const host = await stage.host();
  const { link } = await host.makeMeeting({ switches: ['Audience'] });
  await host.join(link);
  const ann = await stage.person('Ann');
  const ben = await stage.person('Ben');
  for (const guest of [ann, ben]) await guest.join(link);
  for (const guest of [ann, ben]) {
    await hears(guest, host);
    await until(
      `${guest.name} has nothing to switch on`,
      async () => !(await guest.tab.shows('button', 'Microphone')),
    );
    await until(`${guest.name} is in the audience`, async () => !(await microphoneIsLive(host, guest)));
  }
  await host.sees('2 people in the audience');

  // The button is not all: its shortcut asks the server, and the server says no.
  await ann.tab.run(() => document.activeElement?.blur());
  await ann.tab.page.keyboard.press('m');
  await ann.wasTold('Only speakers may do this here');
  assert.equal(await microphoneIsLive(host, ann), false);

  await ann.tab.press('button', 'Raise hand');
  await host.wasTold('Ann raised a hand');
  await host.tab.press('button', 'Give the floor');
  await ann.wasTold('Hanna gave you the floor');
  await ann.tab.press('button', 'Unmute');
  for (const receiver of [host, ben]) await hears(receiver, ann);
  assert.equal((await ben.knows(ann)).role, 'speaker');
  await ann.tab.press('button', 'Camera');
  for (const receiver of [host, ben]) await seesMoving(receiver, ann);
  await host.sees('1 person in the audience');

  await host.moderate(ann, 'Take the floor back');
  await ann.wasTold('Hanna took the floor back');
  await until('everybody is told', async () => (await ben.knows(ann)).live.length === 0);
  await sendAnyway(ann.tab, 'microphone');
  await nothingPasses(ann, 'microphone', [host, ben]);
  await hears(ben, host);
});

scene('the host ends the meeting for everybody', async (stage) => {
  const { host, ann, ben, link } = await three(stage);
  assert.equal(await ann.tab.shows('button', 'End for all'), false);
  await host.tab.press('button', 'End for all');
  await host.confirm('End for all');
  for (const person of [ann, ben]) await person.sees('The meeting has ended');
  const late = await stage.person('Lea');
  await late.knock(link);
  await late.sees('That did not open the door');
});

scene('the host moderates from a second device, too (B6)', async (stage) => {
  const { host, ann, ben, link } = await three(stage);
  const device = await stage.secondDevice(host);
  await device.tab.press('link', 'Join');
  await device.knock(link);
  await device.isInside();
  assert.equal((await ben.knows(device)).role, 'host');
  await host.tab.close();
  await device.moderate(ann, 'Mute');
  await ann.wasTold('Hanna switched your microphone off');
  await until('Ann is muted', async () => !(await microphoneIsLive(ben, ann)));
});
