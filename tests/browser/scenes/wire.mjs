// What anybody on the way of the packets sees: who speaks, and what, cannot be told from it (K5, K6, P1).

import assert from 'node:assert/strict';
import { need } from '../harness/need.mjs';
import { section, seesMoving } from '../harness/senses.mjs';
import { recordedSpeech } from '../harness/speech.mjs';
import { scene } from '../harness/stage.mjs';
import {
  agreement,
  pictures,
  streamOf,
  streams,
  tellsOfPictures,
  tellsOfSound,
  unpaddedPictures,
} from '../harness/traffic.mjs';
import { until } from '../harness/until.mjs';

/** Sounds of each person in each state: four seconds. */
const MANY = 200;
/** Pictures of each layer in each state: three seconds of a camera. */
const MANY_PICTURES = 45;

const recording = recordedSpeech()?.toString('base64');
const missing = recording ? null : 'espeak-ng is needed: sudo apt-get install espeak-ng';
const { skip, mustBeMet } = need(missing, { ofRoot: false });

scene('packets tell nobody who speaks, nor what is said (K5, K6, P1)', packetsTellNothing, { skip });

scene(
  'packets from Firefox tell nobody who speaks, nor what is said (K5, K6, P1)',
  (stage) => packetsTellNothing(stage, 'firefox'),
  { skip },
);

async function packetsTellNothing(stage, browser = 'chromium') {
  mustBeMet();
  const people = await wires(stage, {
    host: await stage.host('Hanna', { devices: { colour: undefined, tone: undefined } }),
    speaking: await stage.person('Ann', { browser, devices: { recording } }),
    silent: await stage.person('Ben', { browser, devices: { colour: undefined, tone: 0 } }),
    ...(browser === 'firefox' && {
      without: await stage.person('Cal', { browser, devices: { colour: undefined, tone: undefined } }),
    }),
  });
  const { host, speaking, silent } = people;
  const id = await speaking.person.id();
  await until('Ann is heard', async () => {
    return (await host.person.tab.run((id) => witness.hears(id), id)) !== null;
  });
  await Promise.all(Object.values(people).map((wire) => wire.goesOn()));
  await speaking.person.tab.press('button', 'Microphone');
  await until('Ann is muted', async () => {
    return !(await host.person.knows(speaking.person)).live.includes('microphone');
  });
  await speaking.goesOn();

  for (const wire of Object.values(people)) {
    const sent = await wire.sent('opus');
    assert.equal(sent.length, 1, `streams of sound from ${wire.name}`);
    assert.deepEqual(tellsOfSound(sent[0], await wire.agreed()), {}, `sound from ${wire.name}`);
  }
  for (const [sender, receiver] of [
    [speaking, host],
    [speaking, silent],
    [silent, speaking],
  ]) {
    const way = `sound from ${sender.name} to ${receiver.name}`;
    const got = await receiver.got(sender, 'microphone', 'opus');
    assert.ok(got.length > MANY, `${way}: ${got.length}`);
    assert.deepEqual(tellsOfSound(got, await receiver.agreed()), {}, way);
  }
  const shown = [await host.got(speaking, 'camera', 'vp8'), ...(await speaking.sent('vp8'))];
  assert.deepEqual(shown.flatMap(unpaddedPictures), []);
  assert.ok(pictures(shown[0]).length > MANY_PICTURES);
}

scene(
  'packets of a page that hides nothing would tell it (K5, K6)',
  async (stage) => {
    mustBeMet();
    const host = await stage.host('Hanna', { devices: { recording } });
    const { host: bare } = await wires(stage, { host }, { broken: true });
    await bare.goesOn();
    const [sound] = await bare.sent('opus');
    const told = tellsOfSound(sound, await bare.agreed());
    assert.ok(told.sizes?.length > 10, `sizes: ${told.sizes}`);
    assert.ok(told.pauses > 0);
    assert.ok(told.spurts > 0);
    assert.equal(told.unknown?.length, 1, `the level of each sound: ${told.unknown}`);
    const shown = await bare.sent('vp8');
    assert.ok(shown.flatMap(unpaddedPictures).length > 0);
  },
  { skip },
);

for (const browser of ['chromium', 'firefox']) {
  scene(`pictures from ${browser} in a strict meeting tell nobody who moves (K5)`, async (stage) => {
    const { host, ann } = await wires(stage, {
      host: await stage.host('Hanna', { devices: { colour: undefined, tone: undefined } }),
      ann: await stage.person('Ann', { browser, devices: { tone: undefined, rate: 30 } }),
    });
    const usual = await movingAndStill(ann);
    for (const layer of usual) assert.ok(tellsOfPictures(layer).odd?.length > 10);

    await host.person.openPeople();
    await host.person.tab.press('switch', 'Steady video');
    await until('the meeting is strict', () =>
      ann.person.tab.run(() => witness.last('settings')?.settings.strict),
    );
    // What was encoded before goes by.
    await ann.shows();
    const steady = await movingAndStill(ann);
    for (const layer of steady) assert.deepEqual(tellsOfPictures(layer), {});
    await seesMoving(host.person, ann.person);
    await ann.person.tab.press('button', 'End-to-end encrypted');
    await ann.person.sees('Steady video is on');
  });
}

/** The layers that go by while much moves before a camera, and nearly nothing, by turns. */
async function movingAndStill(wire) {
  const seen = wire.relay.up.length;
  for (const busy of [false, true, false, true, false]) {
    await wire.person.tab.run((busy) => {
      signals.busy = busy;
    }, busy);
    await wire.shows();
  }
  const layers = streams(wire.relay.up.slice(seen), await wire.agreed(), 'vp8');
  const whole = layers.filter((layer) => pictures(layer).length >= MANY_PICTURES);
  assert.ok(whole.length > 0);
  return whole;
}

/** All come to a meeting, each by a way that is looked at. */
async function wires(stage, people, options) {
  const { link } = await people.host.makeMeeting();
  const entries = [];
  for (const [role, person] of Object.entries(people)) {
    const relay = await stage.relay(person, options);
    await person.join(link);
    entries.push([role, new Wire(person, relay)]);
  }
  return Object.fromEntries(entries);
}

/** Somebody, and what is seen on the way between them and the server. */
class Wire {
  constructor(person, relay) {
    this.person = person;
    this.relay = relay;
  }

  get name() {
    return this.person.name;
  }

  /** What page and server last agreed to. */
  async agreed() {
    return agreement(await this.person.tab.run(() => witness.last('answer').sdp));
  }

  /** The streams of a codec that they send. */
  async sent(codec) {
    return streams(this.relay.up, await this.agreed(), codec);
  }

  /** The stream that brings them somebody's source. */
  async got(sender, source, codec) {
    const mid = await section(this.person, await sender.person.id(), source);
    return streamOf(mid, this.relay.down, await this.agreed(), codec);
  }

  /** Enough more pictures go by; a browser that is short of time gives up its best layers. */
  async shows() {
    const agreed = await this.agreed();
    const counts = () => streams(this.relay.up, agreed, 'vp8').map((stream) => pictures(stream).length);
    const before = counts();
    await until(`${this.name} sends pictures`, () =>
      counts().some((count, at) => count >= (before[at] ?? 0) + MANY_PICTURES),
    );
  }

  /** Enough more of their sound goes by. */
  async goesOn() {
    const agreed = await this.agreed();
    const count = () => streams(this.relay.up, agreed, 'opus').flat().length;
    const before = count();
    await until(`${this.name} sends sound`, () => count() >= before + MANY);
  }
}
