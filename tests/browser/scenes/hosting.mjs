// Accounts: the one-time address, signing in and out (S1, D1).

import assert from 'node:assert/strict';
import { scene } from '../harness/stage.mjs';
import { until } from '../harness/until.mjs';

scene('the one-time address works once', async (stage) => {
  await stage.host();
  const late = await stage.person('Late');
  await late.tab.goto(stage.server.enrolment);
  await late.sees('This address has been used');
});

scene('a host signs in with the password and with nothing else', async (stage) => {
  const host = await stage.host();
  await host.makeMeeting({ title: 'To stay', kept: true });
  await host.tab.press('button', `Account · ${host.name}`);
  await host.tab.press('menuitem', 'Sign out');
  await until('the page asks for a sign-in', () => host.tab.shows('button', 'Sign in'));
  assert.doesNotMatch(await host.tab.text(), /To stay/);

  await host.tab.fill('Name', host.name);
  await host.tab.fill('Password', `${host.password}!`);
  await host.tab.press('button', 'Sign in');
  await host.sees('Name and password do not fit together');
  await host.signIn(stage.server.origin, host.password);
  // The title was sealed by the host's key: a sign-in brings that back, too.
  await host.sees('To stay');
});

scene('signing out everywhere ends the other device', async (stage) => {
  const host = await stage.host();
  const device = await stage.secondDevice(host);
  await host.tab.press('button', `Account · ${host.name}`);
  await host.tab.press('menuitem', 'Sign out everywhere');
  await host.confirm('Sign out everywhere');
  await until('the host is signed out', () => host.tab.shows('button', 'Sign in'));
  await device.tab.goto(stage.server.origin);
  await until('the device is signed out', () => device.tab.shows('button', 'Sign in'));
});

scene('a host who forgot the password comes back with the recovery code', async (stage) => {
  const host = await stage.host();
  await host.makeMeeting({ title: 'To stay', kept: true });
  const printed = await stage.server.command('host', 'reset', host.name);
  const address = printed.match(/https:\/\/\S+\/enrol#\S+/)[0];
  const device = await stage.person(host.name);
  await device.tab.goto(address.replace(/^https:\/\/[^/]+/, stage.server.origin));
  await device.sees('Choose a new password');
  await device.tab.fill('Recovery code', host.recoveryCode);
  await device.tab.fill('Password', 'an entirely new password');
  await device.tab.fill('Password once more', 'an entirely new password');
  await device.tab.press('button', 'Set new password');
  await until('the new code is shown', () => device.tab.shows('button', 'I have kept it'));
  await device.tab.press('button', 'I have kept it');
  await device.sees('To stay');
});

scene('nobody without an account makes a meeting', async (stage) => {
  await stage.host();
  const stranger = await stage.person('Stranger');
  await stranger.tab.goto(stage.server.origin);
  const status = await stranger.tab.run(async () => {
    const answer = await fetch('/api/meetings', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    return answer.status;
  });
  assert.equal(status, 401);
});
