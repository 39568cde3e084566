// Who gets in, and what those are told who do not: nothing, not even a title or a head count (P2, S2, B2).

import assert from 'node:assert/strict';
import { allSeeAndHearEachOther } from '../harness/senses.mjs';
import { scene } from '../harness/stage.mjs';
import { until } from '../harness/until.mjs';
import { toldNothing } from './removal.mjs';

scene('a wrong password opens nothing, the right one does', async (stage) => {
  const host = await stage.host();
  const { link, password } = await host.makeMeeting({ password: 'seven quiet otters' });
  // The host's own page knows the password.
  await host.join(link);
  const ann = await stage.person('Ann');
  await ann.knock(link, { password: 'seven noisy otters' });
  await ann.sees('That did not open the door');
  toldNothing(ann.tab);
  assert.doesNotMatch(await ann.tab.text(), /Council|Hanna/);

  await ann.join(link, { password });
  await allSeeAndHearEachOther([host, ann]);
});

scene('a changed secret or meeting id opens nothing', async (stage) => {
  const host = await stage.host();
  const { link } = await host.makeMeeting();
  await host.join(link);
  const url = new URL(link);
  const [secret, ...rest] = url.hash.slice(1).split('.');
  const other = secret.startsWith('A') ? 'B' : 'A';
  const wrongs = [
    Object.assign(new URL(link), { hash: [other + secret.slice(1), ...rest].join('.') }).href,
    Object.assign(new URL(link), {
      pathname: url.pathname.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a')),
    }).href,
  ];
  for (const [index, wrong] of wrongs.entries()) {
    const stranger = await stage.person(`Stranger ${index}`);
    await stranger.knock(wrong);
    await stranger.sees('That did not open the door');
    toldNothing(stranger.tab);
  }
});

scene('the lobby lets in whom the host admits, and turns away the others', async (stage) => {
  const host = await stage.host();
  const { link } = await host.makeMeeting({ switches: ['Lobby'] });
  await host.join(link);
  const ann = await stage.person('Ann');
  const ben = await stage.person('Ben');
  for (const guest of [ann, ben]) {
    await guest.knock(link);
    await guest.sees('You are at the door');
    toldNothing(guest.tab);
  }
  await host.openPeople();
  await host.lobby('Ann', 'Admit');
  await ann.isInside();
  await host.lobby('Ben', 'Turn away');
  await ben.sees('You were not let in');
  toldNothing(ben.tab);
  await allSeeAndHearEachOther([host, ann]);
});

scene('a locked meeting lets nobody in', async (stage) => {
  const host = await stage.host();
  const { link } = await host.makeMeeting();
  await host.join(link);
  await host.openPeople();
  await host.tab.press('switch', 'Lock the meeting');
  await until('the meeting is locked', () => host.tab.run(() => witness.last('settings')?.settings.locked));
  const ann = await stage.person('Ann');
  await ann.knock(link);
  await ann.sees('The host has locked the meeting');
  toldNothing(ann.tab);
});

scene('a meeting begins when the host comes, unless the host said otherwise (D1)', async (stage) => {
  const host = await stage.host();
  const usual = await host.makeMeeting({ title: 'Usual' });
  const early = await host.makeMeeting({ title: 'Early', switches: ['Others may start before me'] });

  const ann = await stage.person('Ann');
  await ann.knock(usual.link);
  await ann.sees('The host is not here yet');
  toldNothing(ann.tab);
  const ben = await stage.person('Ben');
  await ben.join(early.link);

  await host.join(usual.link);
  await ann.isInside();
  await allSeeAndHearEachOther([host, ann]);
});
