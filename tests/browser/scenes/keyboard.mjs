// Without a mouse: every menu and dialog is reached, walked through and left by keys, and the focus comes back (A1).

import assert from 'node:assert/strict';
import { scene } from '../harness/stage.mjs';
import { until } from '../harness/until.mjs';

/** What has the focus, by its role or element and its name. */
const focused = (tab) =>
  tab.run(() => {
    const element = document.activeElement;
    const label = element?.getAttribute('aria-label') ?? element?.labels?.[0]?.textContent;
    return (label ?? element?.textContent ?? '').trim();
  });

const keys = async (tab, ...all) => {
  for (const key of all) await tab.page.keyboard.press(key);
};

/** Goes from the beginning of the page to something by Tab alone. */
async function tabTo(tab, name) {
  await tab.run(() => document.activeElement?.blur());
  for (let stop = 0; stop < 60; stop += 1) {
    await keys(tab, 'Tab');
    if ((await focused(tab)) === name) return;
  }
  assert.fail(`Tab does not lead to “${name}”`);
}

const focusIs = (tab, name) => until(`the focus is on “${name}”`, async () => (await focused(tab)) === name);

const closed = (tab, role) =>
  until(`no ${role} is open`, async () => (await tab.page.getByRole(role).count()) === 0);

/** Opens a menu by Enter, goes through it by arrows, End, Home and a letter, and leaves it by Escape. */
async function walksThroughMenu(tab, button) {
  await tabTo(tab, button);
  await keys(tab, 'Enter');
  await until(`the menu “${button}” is open`, async () => (await tab.page.getByRole('menu').count()) === 1);
  const items = await tab.run(() =>
    [...document.querySelectorAll('[role^=menuitem]')].map((item) =>
      (item.getAttribute('aria-label') ?? item.textContent).trim(),
    ),
  );
  await focusIs(tab, items[0]);
  for (const item of [...items.slice(1), items[0]]) {
    await keys(tab, 'ArrowDown');
    assert.equal(await focused(tab), item);
  }
  await keys(tab, 'End');
  assert.equal(await focused(tab), items.at(-1));
  await keys(tab, 'Home');
  assert.equal(await focused(tab), items[0]);
  const letter = items.at(-1)[0].toLowerCase();
  await keys(tab, letter);
  assert.equal((await focused(tab))[0].toLowerCase(), letter);
  await keys(tab, 'Escape');
  await closed(tab, 'menu');
  await focusIs(tab, button);
}

/** Opens the menu whose button has the focus, and takes the entry that begins with a letter. */
async function take(tab, letter) {
  await keys(tab, 'Enter');
  const isInside = () => tab.run(() => Boolean(document.activeElement?.closest('[role=menu]')));
  await until('the menu has the focus', isInside);
  await keys(tab, letter, 'Enter');
}

/** A dialog that this key opens: the focus stays inside, Escape closes it, and the focus is where it was. */
async function dialogKeepsFocus(tab, title, origin) {
  // What opens it may have the same name as the dialog.
  await until('a dialog is open', async () => (await tab.page.getByRole('dialog').count()) === 1);
  await focusIs(tab, title);
  for (let stop = 0; stop < 30; stop += 1) {
    await keys(tab, 'Tab');
    // The browser's own controls come between the last and the first; then the page has no focus at all.
    const inside = await tab.run(
      () => document.activeElement === document.body || document.activeElement.closest('dialog') !== null,
    );
    assert.ok(inside, `the focus left the dialog “${title}” for “${await focused(tab)}”`);
  }
  // Pressed while the browser's own controls have the focus, the key would be theirs.
  const isOutside = () => tab.run(() => document.activeElement === document.body);
  for (let more = 0; more < 5 && (await isOutside()); more += 1) await keys(tab, 'Tab');
  await keys(tab, 'Escape');
  await closed(tab, 'dialog');
  await focusIs(tab, origin);
}

scene("the host's pages by keyboard", async (stage) => {
  const host = await stage.host();
  await host.makeMeeting({ title: 'Choir', kept: true });
  await host.tab.goto(stage.server.origin);
  await host.sees('Choir');
  const { tab } = host;

  await walksThroughMenu(tab, `Account · ${host.name}`);
  await keys(tab, 'Enter', 'Enter');
  await dialogKeepsFocus(tab, 'Change password', `Account · ${host.name}`);

  await tabTo(tab, 'New meeting');
  await keys(tab, 'Enter');
  await dialogKeepsFocus(tab, 'New meeting', 'New meeting');

  await tabTo(tab, 'Invite');
  await keys(tab, 'Enter');
  await dialogKeepsFocus(tab, 'Invite people', 'Invite');

  await walksThroughMenu(tab, 'Actions for Choir');
  await take(tab, 'd');
  await dialogKeepsFocus(tab, 'Delete this meeting?', 'Actions for Choir');
});

scene("a meeting's settings are changed in the list, by keyboard, and hold", async (stage) => {
  const host = await stage.host();
  await host.makeMeeting({ title: 'Choir', kept: true });
  await host.tab.goto(stage.server.origin);
  await host.sees('Choir');
  const { tab } = host;
  const open = async () => {
    await tabTo(tab, 'Actions for Choir');
    await take(tab, 's');
    await focusIs(tab, 'Settings of “Choir”');
  };
  const lobby = () => tab.page.getByRole('switch', { name: 'Lobby' });

  await open();
  assert.equal(await lobby().isChecked(), false);
  await lobby().focus();
  await keys(tab, ' ', 'Escape');
  await closed(tab, 'dialog');
  await focusIs(tab, 'Actions for Choir');
  await open();
  assert.equal(await lobby().isChecked(), false, 'what was not saved is not kept');
  await lobby().focus();
  await keys(tab, ' ', 'Enter');
  await closed(tab, 'dialog');
  await tab.goto(stage.server.origin);
  await host.sees('Lobby');
  await open();
  assert.equal(await lobby().isChecked(), true);
});

scene('a meeting by keyboard, without motion for those who want none', async (stage) => {
  const host = await stage.host('Hanna', { context: { reducedMotion: 'reduce' } });
  const { link } = await host.makeMeeting({ title: 'Choir' });
  await host.join(link);
  const { tab } = host;

  await walksThroughMenu(tab, 'Choose microphone and speaker');
  await walksThroughMenu(tab, 'More');
  await take(tab, 'h');
  await dialogKeepsFocus(tab, 'Help and shortcuts', 'More');
  await keys(tab, '?');
  await dialogKeepsFocus(tab, 'Help and shortcuts', 'More');

  await tabTo(tab, 'End-to-end encrypted');
  await keys(tab, 'Enter');
  await dialogKeepsFocus(tab, 'End-to-end encrypted', 'End-to-end encrypted');

  await tabTo(tab, 'End for all');
  await keys(tab, 'Enter');
  await dialogKeepsFocus(tab, 'End the meeting for everybody?', 'End for all');

  for (const [key, heading] of [
    ['p', 'People (1)'],
    ['c', 'Message'],
  ]) {
    await tabTo(tab, 'More');
    await keys(tab, key);
    await focusIs(tab, heading);
    await keys(tab, 'Escape');
    await closed(tab, 'complementary');
    await focusIs(tab, 'More');
  }

  const moving = await tab.run(() =>
    [...document.querySelectorAll('*')].flatMap((element) => {
      const { transitionDuration, animationDuration } = getComputedStyle(element);
      const lasts = `${transitionDuration}, ${animationDuration}`
        .split(', ')
        .some((time) => parseFloat(time) > 0);
      return lasts ? [element.outerHTML.slice(0, 80)] : [];
    }),
  );
  assert.deepEqual(moving, []);
});
