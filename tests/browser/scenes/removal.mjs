// Removed is removed: the old link is worth nothing, and the others go on with the new one (K7, B5).

import assert from 'node:assert/strict';
import { enter, host, hostile, visitor } from '../harness/enemies.mjs';
import { agree } from '../harness/panels.mjs';
import { allSeeAndHearEachOther } from '../harness/senses.mjs';
import { scene } from '../harness/stage.mjs';
import { until } from '../harness/until.mjs';

/** All that a person who is not let in is ever told (P2, S2). */
export const ALLOWED_OUTSIDE = new Set(['challenge', 'refused', 'waiting', 'pong']);

export function toldNothing(tab) {
  const told = new Set(tab.frames.map(({ type }) => type));
  assert.deepEqual(
    [...told].filter((type) => !ALLOWED_OUTSIDE.has(type)),
    [],
  );
}

scene('a removed person does not come back, the others stay and have the new link', async (stage) => {
  const host = await stage.host();
  const { link } = await host.makeMeeting();
  await host.join(link);
  const ann = await stage.person('Ann');
  const ben = await stage.person('Ben');
  for (const guest of [ann, ben]) await guest.join(link);

  await host.moderate(ann, 'Remove…');
  await host.confirm('Remove');
  await ann.sees('You were removed');
  await until('the others have a new link', () => ben.tab.run(() => witness.last('rotated') !== undefined));

  // The same tab, and a private window, with the old link.
  ann.tab.frames.length = 0;
  await ann.knock(link);
  await ann.sees('That did not open the door');
  toldNothing(ann.tab);
  const disguise = await stage.person('Zoe');
  await disguise.knock(link);
  await disguise.sees('That did not open the door');
  toldNothing(disguise.tab);

  await allSeeAndHearEachOther([host, ben]);
  assert.equal(await host.knows(ann).catch(() => null), null);

  // The new link, from the page of somebody who stayed.
  const fresh = await ben.inviteLink();
  assert.notEqual(fresh, link);
  const cleo = await stage.person('Cleo');
  await cleo.join(fresh);
  await allSeeAndHearEachOther([host, ben, cleo]);
});

scene(
  'the remover is gone in the middle: the next moderator takes the keys away, and makes the new link (K7)',
  async (stage) => {
    const hanna = await host(stage);
    const { link } = await hanna.makeMeeting();
    await hanna.join(link);
    const [ann, ben, otto] = [
      await visitor(stage, 'Ann'),
      await visitor(stage, 'Ben'),
      await visitor(stage, 'Otto'),
    ];
    for (const guest of [ann, ben, otto]) await enter(guest, link);
    await hanna.moderate(ann, 'Make co-host');
    await ann.wasTold('You are a co-host now');
    const before = await agree([hanna, ann, ben, otto]);

    // Of what Hanna's page does, the server hears of the removal alone.
    hanna.door.toServer(({ type, act }) => (type === 'group' || act?.act === 'rotate' ? [] : undefined));
    await hanna.moderate(otto, 'Remove…');
    await hanna.confirm('Remove');
    await otto.sees('You were removed');
    await hanna.tab.close();

    await until('there is another link', () => ben.tab.run(() => witness.last('rotated') !== undefined));
    assert.notEqual(await agree([ann, ben]), before);
    const fresh = await ann.inviteLink();
    assert.notEqual(new URL(fresh).hash, new URL(link).hash);
    const cleo = await visitor(stage, 'Cleo');
    await enter(cleo, fresh);
    await allSeeAndHearEachOther([ann, ben, cleo]);
    await otto.knock(otto.door.link(link));
    await otto.sees('That did not open the door');
  },
  hostile,
);

scene(
  'who comes in while somebody is removed needs the new link, and is told so (B5)',
  async (stage) => {
    const hanna = await host(stage);
    const { link } = await hanna.makeMeeting();
    await hanna.join(link);
    const [ben, otto] = [await visitor(stage, 'Ben'), await visitor(stage, 'Otto')];
    for (const guest of [ben, otto]) await enter(guest, link);
    await agree([hanna, ben, otto]);
    const late = await visitor(stage, 'Lea');
    // She is in the meeting, and not yet in the group.
    const wait = late.door.toPage(({ type }) => (type === 'group' ? [] : undefined));
    await enter(late, link);
    await hanna.moderate(otto, 'Remove…');
    await hanna.confirm('Remove');
    await otto.sees('You were removed');
    await late.sees('The meeting has a new link');
    wait();
    await enter(late, await hanna.inviteLink());
    await agree([hanna, ben, late]);
    await allSeeAndHearEachOther([hanna, late]);
  },
  hostile,
);
