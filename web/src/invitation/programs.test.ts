// Invitations in the hands of the programs that people have: GnuPG and age, where they are installed.

import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Bytes } from '../crypto/bytes';
import { encryptUnsigned } from './age';
import type { Recipients } from './model';
import { describe, encryptAndSign, signingKey } from './openpgp';
import { readKeys } from './testkit';

const TEXT = 'You are invited to “Thursday circle”.\nhttps://host/m/id#secret\n';
const SECRET: Bytes = new Uint8Array(32).fill(9, 1);

/** As GnuPG makes keys today, and as it made them for many years. */
const KEYS = {
  'Ada Lund':
    'Key-Type: EDDSA\nKey-Curve: ed25519\nSubkey-Type: ECDH\nSubkey-Curve: cv25519\nSubkey-Usage: encrypt',
  'Bob Reyes': 'Key-Type: RSA\nKey-Length: 3072\nSubkey-Type: RSA\nSubkey-Length: 3072',
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'incamera-keys-'));
  chmodSync(folder, 0o700);
});
afterAll(() => {
  if (isInstalled('gpgconf')) spawnSync('gpgconf', ['--homedir', folder, '--kill', 'all']);
  rmSync(folder, { recursive: true, force: true });
});

function isInstalled(program: string): boolean {
  const installed = spawnSync(program, ['--version']).status === 0;
  if (!installed) console.warn(`${program} is not installed: its part of the tests is left out`);
  return installed;
}

function gpg(words: readonly string[], input = ''): string {
  const common = ['--homedir', folder, '--batch', '--no-tty', '--passphrase', '', '--trust-model', 'always'];
  return execFileSync('gpg', [...common, ...words], { input, encoding: 'utf8', stdio: 'pipe' });
}

async function recipientsIn(text: string): Promise<Recipients> {
  const reading = await readKeys(text, new Date());
  if (!reading.ok) throw new Error(reading.fault);
  return reading.recipients;
}

test.skipIf(!isInstalled('gpg'))('GnuPG reads an invitation and knows who signed it (R1)', async () => {
  const key = await signingKey(SECRET, 'Hanna');
  const { fingerprint, publicKey } = describe(key);
  gpg(['--import'], publicKey);
  const host = fingerprint.replaceAll(' ', '');
  expect(gpg(['--with-colons', '--list-keys', host])).toContain('uid:-::::');
  expect(gpg(['--with-colons', '--fingerprint', host])).toContain(`fpr:::::::::${host}:`);
  for (const [name, type] of Object.entries(KEYS)) {
    gpg(['--generate-key'], `%no-protection\n${type}\nName-Real: ${name}\nExpire-Date: 1y\n`);
    const recipients = await recipientsIn(gpg(['--armor', '--export', name]));
    expect(recipients.list.map(({ names }) => names)).toEqual([[name]]);
    const armored = await encryptAndSign(recipients, TEXT, SECRET, 'Hanna', new Date());
    const file = join(folder, 'invitation.asc');
    writeFileSync(file, armored);
    expect(gpg(['--decrypt', file])).toBe(TEXT);
    const said = gpg(['--status-fd', '1', '--decrypt', file]);
    expect(said).toContain(`[GNUPG:] VALIDSIG ${host} `);
    expect(said).toContain('[GNUPG:] GOODMDC');
  }
});

test.skipIf(!isInstalled('age'))('age reads an invitation', async () => {
  const identity = join(folder, 'identity');
  execFileSync('age-keygen', ['-o', identity], { stdio: 'pipe' });
  const recipients = await recipientsIn(execFileSync('age-keygen', ['-y', identity], { encoding: 'utf8' }));
  const input = await encryptUnsigned(recipients, TEXT);
  expect(execFileSync('age', ['--decrypt', '-i', identity], { input, encoding: 'utf8' })).toBe(TEXT);
});
