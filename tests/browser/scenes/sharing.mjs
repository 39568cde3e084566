// A shared screen: its picture and its sound are tracks of their own.

import { hears, seesMoving } from '../harness/senses.mjs';
import { scene } from '../harness/stage.mjs';
import { until } from '../harness/until.mjs';

scene('a shared screen is seen and heard beside its owner, until it ends', async (stage) => {
  const host = await stage.host();
  const { link } = await host.makeMeeting();
  await host.join(link);
  const ann = await stage.person('Ann');
  await ann.join(link);

  await ann.tab.press('button', 'Share screen');
  await seesMoving(host, ann, 'screen');
  await hears(host, ann, 'screen_audio');
  await seesMoving(host, ann);
  await hears(host, ann);

  await host.moderate(ann, 'Stop screen share');
  await ann.wasTold('Hanna ended your screen share');
  await until('the screen is gone', async () => !(await host.knows(ann)).live.includes('screen'));
  await seesMoving(host, ann);
});
