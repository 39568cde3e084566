// Passkeys of hosts (S1, B6).

import assert from 'node:assert/strict';
import { isAccessible } from '../harness/accessibility.mjs';
import { VirtualAuthenticator } from '../harness/authenticator.mjs';
import { scene } from '../harness/stage.mjs';
import { until } from '../harness/until.mjs';

scene('a passkey alone signs in, and the host hosts with it', async (stage) => {
  const host = await stage.host();
  const device = await VirtualAuthenticator.plugInto(host.tab);
  const { link } = await host.makeMeeting({ title: 'To stay', kept: true });
  await add(host, 'My telephone');
  await host.sees('it signs you in, without name and password');
  const [kept] = await device.credentials();
  assert.equal(kept.isResidentCredential, true);
  assert.equal(kept.rpId, 'localhost');
  assert.equal(kept.userName, host.name);
  await host.tab.press('button', 'Close');

  await signOut(host);
  assert.equal(await hasHostKeys(host.tab), false, 'what follows is opened by the passkey alone');
  await host.tab.press('button', 'Sign in with a passkey');
  await host.isHome();
  // The title is sealed under the host key, and the group shows who has it.
  await host.sees('To stay');
  await host.join(link);
  assert.equal((await host.knows(host)).role, 'host');
  const guest = await stage.person('Gitta');
  await guest.join(link);
  await host.moderate(guest, 'Make co-host');
  await until(
    'the host’s signature makes a co-host',
    async () => (await guest.knows(guest))?.role === 'co_host',
  );
});

scene('a passkey that does not know whose finger it is does not sign in', async (stage) => {
  const host = await stage.host();
  const device = await VirtualAuthenticator.plugInto(host.tab);
  await add(host, 'My telephone');
  await host.tab.press('button', 'Close');
  await signOut(host);
  await device.setVerified(false);
  await host.tab.press('button', 'Sign in with a passkey');
  await host.sees('No passkey was used');
  assert.equal(await host.tab.shows('button', 'Sign in'), true);
});

scene('a host who asks for both needs both', async (stage) => {
  const host = await stage.host();
  await host.makeMeeting({ title: 'To stay', kept: true });
  const device = await VirtualAuthenticator.plugInto(host.tab);
  await add(host, 'My telephone');
  await host.tab.press('switch', 'Ask for both');
  await until('both are asked for', () => checked(host));
  await host.tab.press('button', 'Close');

  await signOut(host);
  await host.tab.press('button', 'Sign in with a passkey');
  await host.sees('This passkey does not sign you in alone');
  await host.signIn(stage.server.origin, host.password);
  await host.sees('To stay');

  // Whoever knows the password has not the device.
  const thief = await stage.person('Thief');
  await VirtualAuthenticator.plugInto(thief.tab);
  await thief.tab.goto(stage.server.origin);
  await until('the page asks for a sign-in', () => thief.tab.shows('button', 'Sign in'));
  await thief.tab.fill('Name', host.name);
  await thief.tab.fill('Password', host.password);
  await thief.tab.press('button', 'Sign in');
  await thief.sees('No passkey was used');
  assert.doesNotMatch(await thief.tab.text(), /To stay/);

  // The device is lost: the person who runs the server helps, and nothing of the host's is lost.
  await signOut(host);
  await device.unplug();
  await stage.server.command('host', 'remove-passkeys', host.name);
  await host.signIn(stage.server.origin, host.password);
  await host.sees('To stay');
});

scene('a passkey without a secret is for use beside the password, and the page says so', async (stage) => {
  const host = await stage.host();
  await VirtualAuthenticator.plugInto(host.tab, { prf: false });
  await add(host, 'Old security key');
  await host.sees('it signs you in only together with your password');
  await host.sees('Only together with your password');
  await host.tab.press('switch', 'Ask for both');
  await until('both are asked for', () => checked(host));
  await host.tab.press('button', 'Close');
  await signOut(host);
  await host.signIn(stage.server.origin, host.password);
});

scene('a removed passkey signs nobody in, and the recovery code helps who lost everything', async (stage) => {
  const host = await stage.host();
  await host.makeMeeting({ title: 'To stay', kept: true });
  const device = await VirtualAuthenticator.plugInto(host.tab);
  await add(host, 'My telephone');
  await host.tab.press('button', 'Add a passkey');
  await host.sees('This device has a passkey for this account already');
  await host.tab.press('button', 'Remove My telephone');
  await host.tab.page
    .getByRole('dialog', { name: 'Remove this passkey?' })
    .getByText('your last one')
    .waitFor();
  await host.tab.press('button', 'Remove');
  await host.sees('You have none yet');
  await host.tab.press('button', 'Close');
  await signOut(host);
  await host.tab.press('button', 'Sign in with a passkey');
  await host.sees('This passkey does not fit');

  await host.signIn(stage.server.origin, host.password);
  await add(host, 'Again');
  await host.tab.press('switch', 'Ask for both');
  await until('both are asked for', () => checked(host));
  const printed = await stage.server.command('host', 'reset', host.name);
  const address = printed.match(/https:\/\/\S+\/enrol#\S+/)[0];
  const fresh = await stage.person(host.name);
  await fresh.tab.goto(address.replace(/^https:\/\/[^/]+/, stage.server.origin));
  await fresh.sees('Choose a new password');
  await fresh.tab.fill('Recovery code', host.recoveryCode);
  await fresh.tab.fill('Password', 'an entirely new password');
  await fresh.tab.fill('Password once more', 'an entirely new password');
  await fresh.tab.press('button', 'Set new password');
  await until('the new code is shown', () => fresh.tab.shows('button', 'I have kept it'));
  await fresh.tab.press('button', 'I have kept it');
  await fresh.sees('To stay');
  assert.equal((await device.credentials()).length > 0, true, 'the device does not know, and is refused');
  await host.tab.goto(stage.server.origin);
  await until('the page asks for a sign-in', () => host.tab.shows('button', 'Sign in'));
  await host.tab.press('button', 'Sign in with a passkey');
  await host.sees('This passkey does not fit');
});

scene('who opens the server by a number is told why there are no passkeys', async (stage) => {
  const host = await stage.host();
  const byNumber = stage.server.origin.replace('localhost', '127.0.0.1');
  const device = await stage.person(host.name);
  await device.tab.goto(byNumber);
  await device.sees('because this address is a number');
  assert.equal(await device.tab.shows('button', 'Sign in with a passkey'), false);
  await device.tab.fill('Name', host.name);
  await device.tab.fill('Password', host.password);
  await device.tab.press('button', 'Sign in');
  await device.sees('No meetings yet');
  await openSettings(device, host);
  await device.sees('because this address is a number');
  assert.equal(await device.tab.shows('button', 'Add a passkey'), false);
});

scene('the dialog about passkeys can be used by everybody (A1)', async (stage) => {
  const host = await stage.host();
  await VirtualAuthenticator.plugInto(host.tab);
  await host.tab.press('button', `Account · ${host.name}`);
  await host.tab.press('menuitem', 'Passkeys');
  await until('the password is asked for', () => host.tab.shows('button', 'Continue'));
  await isAccessible(host.tab, 'passkeys-password');
  await host.tab.fill('Password', 'not my password');
  await host.tab.press('button', 'Continue');
  await host.sees('This is not your password');
  await host.tab.fill('Password', host.password);
  // By keys alone.
  await host.tab.page.keyboard.press('Enter');
  await until('the list is there', () => host.tab.shows('button', 'Add a passkey'));
  await host.tab.page.getByLabel('Name of the new passkey').focus();
  await host.tab.page.keyboard.press('Enter');
  await host.sees('it signs you in, without name and password');
  await isAccessible(host.tab, 'passkeys');
  await host.tab.press('button', 'Close');
  await signOut(host);
  await isAccessible(host.tab, 'sign-in');
});

async function openSettings(person, host) {
  await person.tab.press('button', `Account · ${host.name}`);
  await person.tab.press('menuitem', 'Passkeys');
  await until('the password is asked for', () => person.tab.shows('button', 'Continue'));
  await person.tab.page.getByRole('dialog').getByLabel('Password', { exact: true }).fill(host.password);
  await person.tab.press('button', 'Continue');
  await person.sees('Your passkeys');
}

/** Leaves the dialog open. */
async function add(host, name) {
  await openSettings(host, host);
  await host.tab.fill('Name of the new passkey', name);
  await host.tab.press('button', 'Add a passkey');
  await until('it is in the list', () => host.tab.shows('button', `Remove ${name}`));
}

async function signOut(host) {
  await host.tab.press('button', `Account · ${host.name}`);
  await host.tab.press('menuitem', 'Sign out');
  await until('the page asks for a sign-in', () => host.tab.shows('button', 'Sign in'));
}

function checked(host) {
  return host.tab.page.getByRole('switch', { name: 'Ask for both', exact: true }).isChecked();
}

/** Whether this browser keeps keys of a host. */
function hasHostKeys(tab) {
  return tab.run(
    () =>
      new Promise((resolve, reject) => {
        const request = indexedDB.open('incamera', 1);
        request.onerror = () => reject(request.error);
        request.onsuccess = () => {
          const count = request.result.transaction('host').objectStore('host').count();
          count.onsuccess = () => {
            request.result.close();
            resolve(count.result > 0);
          };
        };
      }),
  );
}
