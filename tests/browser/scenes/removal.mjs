// Removed is removed: the old link is worth nothing, and the others go on with the new one (K7, B5).

import assert from 'node:assert/strict';
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
