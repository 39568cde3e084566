// Invitations that only one person can read (R1).

import assert from 'node:assert/strict';
import { newKeys, openInvitation } from '../harness/keys.mjs';
import { scene } from '../harness/stage.mjs';
import { until } from '../harness/until.mjs';

const PASSWORD = 'seven quiet otters';

scene('an encrypted invitation is read by its recipient alone, and opens the door', async (stage) => {
  const host = await stage.host();
  await host.makeMeeting({ title: 'Council', password: PASSWORD, kept: true });
  const guest = await stage.person('Gitta');
  const keys = await newKeys('Gitta');

  const requests = [];
  host.tab.page.on('request', (request) => requests.push(request));
  const armored = await encrypt(host, keys.publicKey);
  const file = await host.download('Download as a file');
  assert.equal(file.name, 'invitation.asc');
  assert.equal(file.content, armored);
  await host.tab.run(() => document.querySelector('dialog summary').click());
  const hostKey = await host.download('Download my public key');
  // Nothing but the code that does it was asked of the server, and nothing was told to it.
  for (const request of requests) {
    assert.equal(request.method(), 'GET');
    assert.match(request.url(), /^(blob:.*|https:\/\/[^/]+\/assets\/[^?#]+)$/);
  }

  const text = await openInvitation(armored, keys.privateKey, hostKey.content);
  assert.match(text, /“Council”/);
  assert.match(text, /When: Thursday, 19:00/);
  const [link] = text.match(/https:\S+/);
  const [, password] = text.match(/password:\n(.+)\n/);
  await guest.knock(link, { password });
  await guest.sees('The host is not here yet');

  // Another browser of the host signs with the same key.
  const device = await stage.secondDevice(host, { browser: 'firefox' });
  const second = await encrypt(device, keys.publicKey);
  assert.match(await openInvitation(second, keys.privateKey, hostKey.content), /“Council”/);
  const stranger = await newKeys('Stranger');
  await assert.rejects(openInvitation(second, stranger.privateKey, hostKey.content));
});

scene('keys that must not be used are refused in plain words', async (stage) => {
  const host = await stage.host();
  await host.makeMeeting({ title: 'Council', kept: true });
  const { privateKey } = await newKeys('Gitta');
  await open(host);
  await host.tab.fill('Public key', privateKey.armor());
  await host.sees('This is a secret key');
  assert.doesNotMatch(await host.tab.run(() => document.querySelector('textarea').value), /PRIVATE/);
  await host.tab.fill('Public key', 'My key is on my card.');
  await host.sees('There is no public key in this');
  assert.equal(await host.tab.run(() => document.querySelector('dialog [type=submit]').disabled), true);
});

async function open(host) {
  await host.tab.press('button', 'Actions for Council');
  await host.tab.press('menuitem', 'Encrypt an invitation…');
  await until('the dialog is loaded', () => host.tab.shows('button', 'Encrypt'));
}

/** The armored text, as the dialog shows it. */
async function encrypt(host, publicKey) {
  await open(host);
  await host.tab.fill('When · optional', 'Thursday, 19:00');
  await host.tab.fill('Public key', publicKey);
  await host.sees('Only this person will be able to read it');
  await host.sees('Gitta');
  await host.tab.press('button', 'Encrypt');
  await host.sees('Encrypted for: Gitta');
  return host.tab.run(() => document.querySelector('dialog textarea').value);
}
