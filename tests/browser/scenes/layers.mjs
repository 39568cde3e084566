// Each picture in the size that the receiver's layout can use, out of what the camera gives (simulcast).

import { seesMoving } from '../harness/senses.mjs';
import { scene } from '../harness/stage.mjs';
import { until } from '../harness/until.mjs';

/** The decoded picture gets this height, and goes on moving. */
async function seesAt(receiver, publisher, height) {
  const id = await publisher.id();
  await until(`${receiver.name} sees ${publisher.name} with ${height} lines`, async () => {
    const picture = await receiver.tab.run((id) => witness.picture(id, 'camera'), id);
    if (picture?.height !== height) throw new Error(`${picture?.width}x${picture?.height}`);
    return true;
  });
  await seesMoving(receiver, publisher);
}

const large = { viewport: { width: 1280, height: 800 } };
const small = { width: 420, height: 300 };

for (const browser of ['chromium', 'firefox']) {
  for (const [size, full, least] of [
    [[1280, 720], 720, 180],
    [[640, 360], 360, 180],
    [[320, 180], 180, 180],
  ]) {
    scene(
      `a camera of ${size.join(' by ')} in ${browser} is received whole where it is shown large`,
      async (stage) => {
        const host = await stage.host('Hanna', { context: large });
        const { link } = await host.makeMeeting();
        await host.join(link);
        const ann = await stage.person('Ann', { browser, devices: { size } });
        await ann.join(link);
        await seesAt(host, ann, full);
        await host.tab.page.setViewportSize(small);
        await seesAt(host, ann, least);
        await host.tab.page.setViewportSize(large.viewport);
        await seesAt(host, ann, full);
      },
    );
  }
}

scene('whoever is pinned is received large, and the others small', async (stage) => {
  const host = await stage.host('Hanna', { context: large });
  const { link } = await host.makeMeeting();
  await host.join(link);
  const devices = { size: [1280, 720] };
  const ann = await stage.person('Ann', { devices });
  const ben = await stage.person('Ben', { devices });
  for (const guest of [ann, ben]) await guest.join(link);
  for (const [pinned, other] of [
    [ann, ben],
    [ben, ann],
  ]) {
    await host.tab.press('button', `Pin ${pinned.name}`);
    await seesAt(host, pinned, 720);
    await seesAt(host, other, 180);
  }
});

scene('a camera that changes its size is received whole again', async (stage) => {
  const host = await stage.host('Hanna', { context: large });
  const { link } = await host.makeMeeting();
  await host.join(link);
  const ann = await stage.person('Ann', { devices: { size: [1280, 720] } });
  await ann.join(link);
  await seesAt(host, ann, 720);
  // Under way, as when a phone is turned or another program takes part of the camera …
  await ann.tab.run(() => signals.resizePicture([640, 360]));
  await seesAt(host, ann, 360);
  await ann.tab.run(() => signals.resizePicture([1280, 720]));
  await seesAt(host, ann, 720);
  // … and with another track of the same section.
  await ann.tab.run(() => {
    signals.signature.size = [640, 360];
  });
  await ann.tab.press('button', 'Camera');
  await until('the camera is off', async () => !(await host.knows(ann)).live.includes('camera'));
  await ann.tab.press('button', 'Camera');
  await seesAt(host, ann, 360);
});
