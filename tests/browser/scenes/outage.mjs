// What breaks, and comes back by itself (B6).

import assert from 'node:assert/strict';
import { agree, allRead, chatLines, write } from '../harness/panels.mjs';
import { allSeeAndHearEachOther, grows, received } from '../harness/senses.mjs';
import { scene } from '../harness/stage.mjs';
import { until } from '../harness/until.mjs';

scene('the server is killed and started again: everybody is back, the host is host', async (stage) => {
  const host = await stage.host();
  const { link } = await host.makeMeeting();
  await host.join(link);
  const ann = await stage.person('Ann');
  const fay = await stage.person('Fay', { browser: 'firefox' });
  for (const guest of [ann, fay]) await guest.join(link);
  const all = [host, ann, fay];
  await host.moderate(ann, 'Make co-host');
  await ann.wasTold('You are a co-host now');
  await allSeeAndHearEachOther(all);
  await write(fay, 'before the storm');
  await allRead([host, ann], 'before the storm');
  await until('the members hold a state', () => fay.tab.run(() => witness.last('held') !== undefined));

  const former = await agree(all);
  const welcomes = (person) =>
    person.tab.run(() => witness.received.filter(({ type }) => type === 'welcome').length);
  const before = await Promise.all(all.map(welcomes));
  await stage.server.kill();
  await ann.sees('Connection lost');
  await stage.server.restart();

  for (const [index, person] of all.entries()) {
    await until(`${person.name} is let in again`, async () => (await welcomes(person)) > before[index]);
    await person.isInside();
  }
  await allSeeAndHearEachOther(all);
  assert.equal((await fay.knows(host)).role, 'host');
  assert.equal((await fay.knows(ann)).role, 'co_host');
  const code = await agree(all);
  assert.notEqual(code, former, 'it is another group');
  await write(host, 'after the storm');
  await allRead([ann, fay], 'after the storm');
  for (const person of all) {
    const lines = (await chatLines(person)).map(({ text }) => text);
    assert.deepEqual(
      lines,
      ['before the storm', 'after the storm'],
      `what ${person.name} had read is still there`,
    );
  }
  await host.moderate(ann, 'Mute');
  await ann.wasTold('Hanna switched your microphone off');
});

scene('a lost signalling connection is made again while the media goes on', async (stage) => {
  const host = await stage.host();
  const { link } = await host.makeMeeting();
  await host.join(link);
  const ann = await stage.person('Ann');
  await ann.join(link);
  await allSeeAndHearEachOther([host, ann]);
  const id = await ann.id();
  const peers = await ann.tab.run(() => witness.peers.length);

  await ann.tab.run(() => witness.sockets.at(-1).close());
  await until('Ann is let in again', () =>
    ann.tab.run(() => witness.received.filter(({ type }) => type === 'welcome').length === 2),
  );
  assert.equal(await ann.id(), id, 'the same person');
  assert.equal(await ann.tab.run(() => witness.peers.length), peers, 'the same media connection');
  await grows('Ann is seen', () => received(host, id, 'camera', 'frames'));
  await allSeeAndHearEachOther([host, ann]);
});

scene('a page that is loaded again is the same person', async (stage) => {
  const host = await stage.host();
  const { link } = await host.makeMeeting();
  await host.join(link);
  const ann = await stage.person('Ann');
  await ann.join(link);
  const id = await ann.id();
  await host.moderate(ann, 'Make co-host');
  await ann.wasTold('You are a co-host now');

  await ann.join(link);
  assert.equal(await ann.id(), id);
  assert.equal((await host.knows(ann)).role, 'co_host');
  await allSeeAndHearEachOther([host, ann]);
});
