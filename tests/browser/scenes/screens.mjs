// Every screen, on a desktop and on a phone, light and dark: no accessibility violation, and a picture to look at.

import { isAccessible } from '../harness/accessibility.mjs';
import { newKeys } from '../harness/keys.mjs';
import { seesMoving } from '../harness/senses.mjs';
import { keepPicture, scene } from '../harness/stage.mjs';
import { until } from '../harness/until.mjs';

const sizes = {
  desktop: { viewport: { width: 1280, height: 800 } },
  phone: { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 },
};

for (const [size, context] of Object.entries(sizes)) {
  for (const colorScheme of ['light', 'dark']) {
    const show = async (tab, screen) => {
      await keepPicture(tab, `${screen}-${size}-${colorScheme}`);
      await isAccessible(tab, screen);
    };
    const options = { context: { ...context, colorScheme } };

    scene(`the host's screens: ${size}, ${colorScheme}`, async (stage) => {
      const host = await stage.host('Hanna', {
        ...options,
        onScreen: show,
      });
      await show(host.tab, 'home-empty');
      await host.makeMeeting({
        title: 'Parents’ evening, class 4b',
        kept: true,
        onScreen: (screen) => show(host.tab, screen),
      });
      await show(host.tab, 'home');
      await host.tab.press('button', 'Actions for Parents’ evening, class 4b');
      await host.tab.press('menuitem', 'Encrypt an invitation…');
      await host.sees('For people who have a public key');
      await show(host.tab, 'encrypt');
      await host.tab.fill('Public key', (await newKeys('Gitta')).publicKey);
      await host.sees('Only this person will be able to read it');
      await show(host.tab, 'encrypt-reader');
      await host.tab.press('button', 'Encrypt');
      await host.sees('Encrypted for: Gitta');
      await show(host.tab, 'encrypted');
      await host.tab.page.keyboard.press('Escape');
      await host.tab.press('button', `Account · ${host.name}`);
      await show(host.tab, 'account-menu');
      await host.tab.press('menuitem', 'Passkeys');
      await until('the password is asked for', () => host.tab.shows('button', 'Continue'));
      await show(host.tab, 'passkeys-password');
      await host.tab.fill('Password', host.password);
      await host.tab.press('button', 'Continue');
      await host.sees('Your passkeys');
      await show(host.tab, 'passkeys');
      await host.tab.page.keyboard.press('Escape');
      await host.tab.press('button', `Account · ${host.name}`);
      await host.tab.press('menuitem', 'Sign out');
      await until('the page asks for a sign-in', () => host.tab.shows('button', 'Sign in'));
      await show(host.tab, 'sign-in');
      await host.tab.goto(stage.server.enrolment);
      await host.sees('This address has been used');
      await show(host.tab, 'spent-address');
    });

    scene(`the meeting's screens: ${size}, ${colorScheme}`, async (stage) => {
      const host = await stage.host('Hanna', options);
      const { link } = await host.makeMeeting({
        title: 'Parents’ evening, class 4b',
        password: 'seven quiet otters',
        switches: ['Lobby'],
      });
      const password = 'seven quiet otters';

      const late = await stage.person('Lea', options);
      await late.knock(link, { password });
      await late.sees('The host is not here yet');
      await show(late.tab, 'waiting-for-host');

      await host.tab.goto(link);
      await until('the host may join', () => host.tab.shows('button', 'Join'));
      await show(host.tab, 'prejoin');
      await host.join(link);
      await late.sees('You are at the door');
      await show(late.tab, 'waiting-for-admission');
      await show(host.tab, 'meeting-knock');
      await host.openPeople();
      await show(host.tab, 'people-lobby');
      await host.lobby('Lea', 'Admit');
      await late.isInside();
      await seesMoving(late, host);
      await show(late.tab, 'meeting-two');
      await host.tab.press('button', `Actions for Lea`);
      await show(host.tab, 'people-actions');
      await host.tab.page.keyboard.press('Escape');
      await host.closePanel();
      await host.tab.press('button', 'Chat');
      await host.tab.fill('Message', 'Good evening, everybody. We begin in a minute.');
      await host.tab.press('button', 'Send');
      await show(host.tab, 'chat');
      await host.closePanel();
      await host.tab.press('button', 'More');
      await show(host.tab, 'more');
      await host.tab.page.keyboard.press('Escape');
      await late.tab.press('button', 'Leave');
      await late.sees('You have left the meeting');
      await show(late.tab, 'over');
      await late.tab.goto(new URL(new URL(link).pathname, link).href);
      await late.sees('This link is not complete');
      await show(late.tab, 'bad-link');
    });
  }
}
