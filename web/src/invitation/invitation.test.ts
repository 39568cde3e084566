import {
  armor as ageArmor,
  Decrypter,
  generateHybridIdentity,
  generateIdentity,
  identityToRecipient,
} from 'age-encryption';
import * as openpgp from 'openpgp/lightweight';
import { expect, test } from 'vitest';
import { hostKeysFromSeed, invitationSecret } from '../crypto/account';
import { type Bytes, utf8 } from '../crypto/bytes';
import { encryptUnsigned } from './age';
import { KEYS_LENGTH_MAX, type KeyFault, RECIPIENTS_MAX, type Recipients } from './model';
import { describe, encryptAndSign, signingKey } from './openpgp';
import { readKeys } from './testkit';

const NOW = new Date('2026-11-22T12:00:00Z');
const YEAR = 365 * 24 * 3600;
const TEXT = 'You are invited to “Thursday circle”.\n\nhttps://host/m/id#secret\n';

type Options = Partial<Parameters<typeof openpgp.generateKey>[0]>;

async function newKey(name: string, options: Options = {}) {
  const { privateKey, publicKey } = await openpgp.generateKey({
    userIDs: [{ name, email: `${name.toLowerCase()}@example.org` }],
    date: new Date(NOW.getTime() - 1000 * YEAR),
    ...options,
    format: 'object',
  });
  return { privateKey, publicKey, armored: publicKey.armor() };
}

async function secretOf(seed: number): Promise<Bytes> {
  const { invitations } = await hostKeysFromSeed(new Uint8Array(32).fill(seed));
  if (!invitations) throw new Error('a seed gives all host keys');
  return invitationSecret(invitations);
}

async function recipientsIn(input: string | Bytes): Promise<Recipients> {
  const reading = await readKeys(input, NOW);
  if (!reading.ok) throw new Error(reading.fault);
  return reading.recipients;
}

async function faultOf(input: string | Bytes): Promise<KeyFault | null> {
  const reading = await readKeys(input, NOW);
  return reading.ok ? null : reading.fault;
}

async function opened(armored: string, key: openpgp.PrivateKey, signer: string) {
  return openpgp.decrypt({
    message: await openpgp.readMessage({ armoredMessage: armored }),
    decryptionKeys: key,
    verificationKeys: await openpgp.readKey({ armoredKey: signer }),
    expectSigned: true,
    date: NOW,
  });
}

test('an invitation is read by its recipient, and by nobody else, and is signed by the host (R1)', async () => {
  const [ada, eve] = [await newKey('Ada'), await newKey('Eve')];
  const secret = await secretOf(1);
  const recipients = await recipientsIn(ada.armored);
  expect(recipients.list.map(({ names }) => names)).toEqual([['Ada <ada@example.org>']]);
  const armored = await encryptAndSign(recipients, TEXT, secret, 'Hanna', NOW);
  expect(armored).toMatch(/^-----BEGIN PGP MESSAGE-----\n\n/);

  const { publicKey } = describe(await signingKey(secret, 'Hanna'));
  const { data, signatures } = await opened(armored, ada.privateKey, publicKey);
  expect(data).toBe(TEXT);
  expect(await signatures[0]?.verified).toBe(true);
  await expect(opened(armored, eve.privateKey, publicKey)).rejects.toThrow();
  const other = describe(await signingKey(await secretOf(2), 'Hanna'));
  await expect(opened(armored, ada.privateKey, other.publicKey)).rejects.toThrow();
});

test('several people can read one invitation, each named once', async () => {
  const [ada, bob] = [await newKey('Ada'), await newKey('Bob', { type: 'ecc', curve: 'nistP256' })];
  const recipients = await recipientsIn(`Here they are:\n${ada.armored}\nand\n${bob.armored}${ada.armored}`);
  expect(recipients.list.map(({ names }) => names[0])).toEqual([
    'Ada <ada@example.org>',
    'Bob <bob@example.org>',
  ]);
  const secret = await secretOf(1);
  const armored = await encryptAndSign(recipients, TEXT, secret, 'Hanna', NOW);
  const { publicKey } = describe(await signingKey(secret, 'Hanna'));
  for (const { privateKey } of [ada, bob])
    expect((await opened(armored, privateKey, publicKey)).data).toBe(TEXT);
});

test('a key file is read with armor, without, and as Windows may write it', async () => {
  const { publicKey, armored } = await newKey('Ada');
  const utf16 = new Uint8Array(
    Uint16Array.from([0xfeff, ...armored].map((c) => (typeof c === 'number' ? c : c.charCodeAt(0)))).buffer,
  );
  const read = await Promise.all(
    [utf8(armored), Uint8Array.from(publicKey.write()), utf16].map(recipientsIn),
  );
  const fingerprint = publicKey.getFingerprint().toUpperCase();
  expect(read.map(({ list }) => list[0]?.fingerprint.replaceAll(' ', ''))).toEqual([
    fingerprint,
    fingerprint,
    fingerprint,
  ]);
});

test('the host’s key is the same in all browsers, and known by its fingerprint alone', async () => {
  const secret = await secretOf(1);
  const [one, two] = [await signingKey(secret, 'Hanna'), await signingKey(secret, 'Hanna')];
  expect(describe(one)).toEqual(describe(two));
  expect(describe(one).fingerprint).toBe('72F1 82A0 685B B660 FAC8 680B E13A EDFC F9A3 9BEF');
  expect(describe(await signingKey(secret, 'Another name')).fingerprint).toBe(describe(one).fingerprint);
  expect(describe(await signingKey(await secretOf(2), 'Hanna')).fingerprint).not.toBe(
    describe(one).fingerprint,
  );
});

test('the library finds nothing wrong with the host’s key', async () => {
  // The second secret begins with zeros, which a number of OpenPGP does without.
  for (const secret of [await secretOf(1), new Uint8Array(32).fill(7, 3)]) {
    const key = await signingKey(secret, 'Hanna');
    await (key.keyPacket as openpgp.SecretKeyPacket).validate();
    await key.verifyPrimaryKey(NOW);
    await key.getSigningKey(undefined, NOW);
    await expect(key.getEncryptionKey(undefined, NOW)).rejects.toThrow();
  }
});

test('no account name is taken for an address or a comment', async () => {
  const key = await signingKey(await secretOf(1), 'Hanna (bank) <hanna@bank.example>\u202e\n');
  expect(key.getUserIDs()).toEqual(['Hanna bank hanna bank.example, incamera host']);
  expect((await signingKey(await secretOf(1), '<>')).getUserIDs()).toEqual(['incamera host']);
});

test('names that a key has not signed, and writing that turns around, are not shown', async () => {
  const ada = await newKey('Ada', { userIDs: [{ name: 'Ada \u202eadA' }] });
  const mallory = await newKey('Mallory');
  // A user id of another key, with that key's signature.
  const packets = ada.publicKey.toPacketList();
  packets.push(...mallory.publicKey.toPacketList().slice(1, 3));
  const { list } = await recipientsIn(new openpgp.PublicKey(packets).armor());
  expect(list.map(({ names }) => names)).toEqual([['Ada adA']]);
});

test('secret keys are refused, whatever else is there', async () => {
  const { privateKey, armored } = await newKey('Ada');
  const age = await generateIdentity();
  for (const input of [
    privateKey.armor(),
    `${armored}\n${privateKey.armor()}`,
    Uint8Array.from(privateKey.write()),
    age,
    `${await identityToRecipient(age)}\n${age}`,
    (await generateHybridIdentity()).toLowerCase(),
    '-----BEGIN OPENSSH PRIVATE KEY-----',
  ])
    expect(await faultOf(input)).toBe('secret_key');
});

test('what is no key at all is called so', async () => {
  const { armored } = await newKey('Ada');
  const message = await openpgp.encrypt({
    message: await openpgp.createMessage({ text: 'x' }),
    passwords: ['x'],
  });
  for (const input of [
    '',
    'hello',
    'page1 of 2',
    String(message),
    'ssh-ed25519 AAAA',
    utf8('{}'),
    Uint8Array.of(0xff, 0xd8, 0xff),
  ])
    expect(await faultOf(input)).toBe('not_a_key');
  const lines = armored.split('\n');
  const cut = lines.slice(0, -4).join('\n');
  const holed = lines.filter((_, at) => at !== 3).join('\n');
  const age = await identityToRecipient(await generateIdentity());
  for (const input of [cut, holed, `${cut}\n${armored}`, age.slice(0, -1), `${age}q`])
    expect(await faultOf(input)).toBe('damaged');
  expect(await faultOf(`${armored}\n${age}`)).toBe('mixed');
});

test('an OpenPGP key that cannot be used is refused with the reason and its owner’s name', async () => {
  const expired = await newKey('Ada', { keyExpirationTime: YEAR - 1 });
  const revoked = await openpgp.revokeKey({
    key: (await newKey('Ada')).privateKey,
    date: NOW,
    format: 'object',
  });
  const young = await newKey('Ada', { date: new Date(NOW.getTime() + 86_400_000) });
  const signsOnly = await newKey('Ada', { subkeys: [{ sign: true }] });
  const spentSubkey = await newKey('Ada', { subkeys: [{ keyExpirationTime: YEAR - 1 }] });
  const dropped = await newKey('Ada');
  dropped.privateKey.subkeys = await Promise.all(
    dropped.privateKey.subkeys.map((subkey) =>
      subkey.revoke(dropped.privateKey.keyPacket as openpgp.SecretKeyPacket, undefined, NOW),
    ),
  );
  const rsa = { type: 'rsa', rsaBits: 1024, config: { minRSABits: 1024 } } as const;
  const weak = await newKey('Ada', rsa);
  const weakSubkey = await newKey('Ada', {
    type: 'ecc',
    subkeys: [{ type: 'rsa', rsaBits: 1024 }],
    config: rsa.config,
  });
  const cases: [KeyFault, string][] = [
    ['expired', expired.armored],
    ['revoked', revoked.publicKey.armor()],
    ['not_yet_valid', young.armored],
    ['cannot_encrypt', signsOnly.armored],
    ['expired', spentSubkey.armored],
    ['revoked', dropped.privateKey.toPublic().armor()],
    ['weak', weak.armored],
    ['weak', weakSubkey.armored],
  ];
  const good = await newKey('Good');
  for (const [fault, armored] of cases) {
    const whose = 'Ada <ada@example.org>';
    expect(await readKeys(good.armored + armored, NOW)).toEqual({ ok: false, fault, whose });
  }
});

test('the keys are bounded in number and length', async () => {
  const all = await Promise.all(Array.from({ length: RECIPIENTS_MAX + 1 }, (_, at) => newKey(`N${at}`)));
  const armored = all.map((key) => key.armored);
  expect(await faultOf(armored.slice(1).join(''))).toBe(null);
  expect(await faultOf(armored.join(''))).toBe('too_many');
  const age = await Promise.all(armored.map(async () => identityToRecipient(await generateIdentity())));
  expect(await faultOf(age.join('\n'))).toBe('too_many');
  expect(await faultOf(' '.repeat(KEYS_LENGTH_MAX) + armored[0])).toBe('too_large');
});

test('age recipients read it, classic and post-quantum ones apart', async () => {
  for (const identity of [await generateIdentity(), await generateHybridIdentity()]) {
    const recipient = await identityToRecipient(identity);
    const recipients = await recipientsIn(`# Ada's\n${recipient}\n`);
    expect(recipients).toMatchObject({ format: 'age', list: [{ names: [], fingerprint: recipient }] });
    const decrypter = new Decrypter();
    decrypter.addIdentity(identity);
    const armored = await encryptUnsigned(recipients, TEXT);
    expect(await decrypter.decrypt(ageArmor.decode(armored), 'text')).toBe(TEXT);
  }
});
