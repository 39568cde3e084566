// The main job: people meet, and each sees and hears each other.

import assert from 'node:assert/strict';
import { allSeeAndHearEachOther } from '../harness/senses.mjs';
import { scene } from '../harness/stage.mjs';

scene('three Chromium pages and one Firefox see and hear each other', async (stage) => {
  const host = await stage.host();
  const { link } = await host.makeMeeting();
  await host.join(link);
  const ann = await stage.person('Ann');
  const ben = await stage.person('Ben');
  const fay = await stage.person('Fay', { browser: 'firefox' });
  for (const guest of [ann, ben, fay]) await guest.join(link);
  const all = [host, ann, ben, fay];

  await allSeeAndHearEachOther(all);

  for (const { name, tab } of all) {
    const spoken = await tab.run(() =>
      [...witness.sent, ...witness.received].filter(({ type }) => type === 'offer' || type === 'answer'),
    );
    assert.ok(
      spoken.some(({ type }) => type === 'answer'),
      `${name} has an answer`,
    );
    for (const { type, sdp } of spoken) {
      // K6: the levels of speech would travel in clear (RFC 6464).
      assert.doesNotMatch(sdp, /ssrc-audio-level|csrc-audio-level/, `${name}'s ${type}`);
      // P1: a page tells nothing about the networks that its device is in.
      if (type === 'offer') assert.doesNotMatch(sdp, /a=candidate/, `${name}'s offer`);
    }
    const encrypted = await tab.run(async () => {
      const reports = [...(await witness.peer().getStats()).values()];
      const transport = reports.find((report) => report.type === 'transport');
      return transport === undefined ? null : { state: transport.dtlsState, cipher: transport.srtpCipher };
    });
    // I1. Firefox has no transport report.
    if (encrypted) {
      assert.equal(encrypted.state, 'connected', name);
      assert.match(encrypted.cipher, /GCM/, name);
    }
  }
});

scene('a phone takes part', async (stage) => {
  const host = await stage.host();
  const { link } = await host.makeMeeting();
  await host.join(link);
  const phone = await stage.person('Phoebe', {
    context: { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 },
  });
  await phone.join(link);

  await allSeeAndHearEachOther([host, phone]);
  const width = await phone.tab.run(() => document.documentElement.scrollWidth);
  assert.ok(width <= 360, `nothing sticks out of the screen sideways: ${width}`);
  for (const name of ['Microphone', 'Camera', 'Leave']) {
    assert.ok(await phone.tab.shows('button', name), `${name} is at hand`);
  }
});
