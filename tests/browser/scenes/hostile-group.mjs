// The server is hostile, and passes on the commits of the group as it likes: bent, twice, in another order, not at all, or
// to some members only. Whoever cannot follow comes in anew; whoever was kept apart has other digits (K2, K4, B1).

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { enter, flipped, host, hostile, namesOf, nothingOpens, three, visitor } from '../harness/enemies.mjs';
import { agree, securityCode } from '../harness/panels.mjs';
import { allSeeAndHearEachOther, section } from '../harness/senses.mjs';
import { scene } from '../harness/stage.mjs';
import { until } from '../harness/until.mjs';

const isCommit = ({ type, event }) => type === 'group' && event.event === 'commit';

/** Does `change` with the next commit that comes by this door; resolves when one came. */
function withNextCommit(door, change) {
  let came = false;
  const stop = door.toPage((message) => {
    if (!isCommit(message)) return undefined;
    stop();
    came = true;
    return change(message);
  });
  return () => until('a commit was tampered with', () => came);
}

const bent = (message) => ({
  ...message,
  event: { ...message.event, commit: flipped(message.event.commit) },
});

scene(
  'a hostile server: a bent or repeated commit, and a bent way in, keep nobody out',
  async (stage) => {
    const { hanna, ben, fay, link } = await three(stage);
    const ann = await visitor(stage, 'Ann');
    const ways = [(info) => flipped(info), (info) => randomBytes(info.length).toString('base64url')];
    ann.door.toPage((message) => {
      const bend = message.type === 'group' && message.event.event === 'turn' && ways.shift();
      if (!bend) return undefined;
      return [{ ...message, event: { ...message.event, info: bend(message.event.info) } }];
    });
    const repeated = withNextCommit(ben.door, (message) => [message, message]);
    const crooked = withNextCommit(fay.door, (message) => [bent(message)]);
    await enter(ann, link);
    await until('both bent ways were tried', () => ways.length === 0);
    await repeated();
    await crooked();
    await fay.wasTold('Your page refused a change');
    await agree([hanna, ben, fay, ann]);
    await allSeeAndHearEachOther([hanna, fay, ann]);

    // A welcome that somebody who is in never asked for.
    const before = await agree([hanna, ben, fay, ann]);
    fay.door.inject({
      type: 'group',
      event: { event: 'welcome', number: 1, message: randomBytes(900).toString('base64url') },
    });
    await allSeeAndHearEachOther([hanna, fay]);
    assert.equal(await agree([hanna, ben, fay, ann]), before);
  },
  hostile,
);

scene(
  'a hostile server: who gets commits in another order, or one too few, comes in anew',
  async (stage) => {
    const { hanna, ben, fay, link } = await three(stage);
    const ann = await visitor(stage, 'Ann');
    let kept = null;
    const stop = ben.door.toPage((message) => {
      if (!isCommit(message)) return undefined;
      if (kept === null) {
        kept = message;
        return [];
      }
      stop();
      return [message, kept];
    });
    const lost = withNextCommit(fay.door, () => []);
    await enter(ann, link);
    await until('the first commit is kept from Ben', () => kept !== null);
    await lost();
    await ann.tab.press('button', 'Leave');
    await hanna.wasTold('Ann left');
    await agree([hanna, ben, fay]);
    await allSeeAndHearEachOther([hanna, ben, fay]);
  },
  hostile,
);

scene(
  'a hostile server: two halves of a split meeting have other digits, and nothing of one opens in the other',
  async (stage) => {
    const { hanna, ben, fay, link } = await three(stage);
    const common = await agree([hanna, ben, fay]);
    const cleo = await visitor(stage, 'Cleo');
    for (const { door } of [ben, fay]) {
      door.toPage((message) => (isCommit(message) || message.type === 'participant' ? [] : undefined));
    }
    await enter(cleo, link);
    const one = await agree([hanna, cleo]);
    const other = await agree([ben, fay]);
    assert.equal(other, common);
    assert.notEqual(one, other, 'K4: the digits tell that there are two groups');
    for (const viewer of [ben, fay]) {
      assert.ok(!(await namesOf(viewer)).includes('Cleo'), `${viewer.name} sees no Cleo`);
      await nothingOpens(viewer, await section(viewer, await hanna.id(), 'camera'));
      await nothingOpens(hanna, await section(hanna, await viewer.id(), 'camera'));
    }
    await allSeeAndHearEachOther([ben, fay]);
    await allSeeAndHearEachOther([hanna, cleo]);
  },
  hostile,
);

scene(
  'a hostile server: through a closed door comes only whom a moderator let in',
  async (stage) => {
    const hanna = await host(stage);
    const { link } = await hanna.makeMeeting({ switches: ['Lobby'] });
    // There is none, says the server; Hanna's own record of the meeting knows better.
    hanna.door.toPage((message) =>
      message.type === 'welcome'
        ? [{ ...message, settings: { ...message.settings, lobby: false } }]
        : undefined,
    );
    await hanna.join(link);
    await agree([hanna]);
    // Another switch that she moves leaves the door alone.
    await hanna.openPeople();
    await hanna.tab.press('switch', 'change their name');
    const mallory = await visitor(stage, 'Mallory');
    // Hanna is not shown who knocks, and the server is told that she lets them in.
    hanna.door.toPage((message) => {
      if (message.type !== 'lobby') return undefined;
      for (const { id } of message.knocks) hanna.door.ask({ act: 'admit', knock: id });
      return [];
    });
    await mallory.knock(mallory.door.link(link));
    await mallory.isInside();
    await hanna.openPeople();
    await hanna.sees('The server let them in, no moderator did');
    assert.equal(await securityCode(mallory), null, 'S2: Mallory has no keys');
    assert.deepEqual(await namesOf(hanna), ['Hanna (you)']);

    await hanna.lobby('Unnamed person', 'Admit');
    await agree([hanna, mallory]);
    await allSeeAndHearEachOther([hanna, mallory]);
  },
  hostile,
);
