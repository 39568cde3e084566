// The OpenPGP key that signs a host's invitations (R1). It is derived: all browsers in which the host is signed in have
// the same one, and the server has none of it.

import { PacketList, PrivateKey, reformatKey, SecretKeyPacket } from 'openpgp/lightweight';
import { type Bytes, concat, fromBase64Url } from '../crypto/bytes';
import { signingKeyFromSeed } from '../crypto/ed25519';
import { cleanLine, NAME_LENGTH } from '../session/names';
import type { SigningKeyInfo } from './model';

/** Part of what the fingerprint covers, and earlier than any invitation: 2026-01-01, 00:00 UTC. */
const CREATED = new Date(Date.UTC(2026, 0, 1));
/** EdDSALegacy (RFC 9580, section 9.1): of the algorithms with Ed25519, the one that GnuPG has. */
const EDDSA_LEGACY = 22;
/** The curve's object identifier, 1.3.6.1.4.1.11591.15.1, with its length in front. */
const ED25519_OID = Uint8Array.of(9, 0x2b, 6, 1, 4, 1, 0xda, 0x47, 0x0f, 1);

/** `secret`: 32 bytes, the Ed25519 seed. The same arguments make the same key to the last bit. */
export async function signingKey(secret: Bytes, hostName: string): Promise<PrivateKey> {
  const packet = new SecretKeyPacket();
  await read(packet, await secretKeyPacket(secret));
  const packets = new PacketList<SecretKeyPacket>();
  packets.push(packet);
  const { privateKey } = await reformatKey({
    privateKey: new PrivateKey(packets),
    userIDs: [{ name: userId(hostName) }],
    date: CREATED,
    format: 'object',
    config: { nonDeterministicSignaturesViaNotation: false },
  });
  return privateKey;
}

export function describe(key: PrivateKey): SigningKeyInfo {
  return { fingerprint: fingerprintText(key.getFingerprint()), publicKey: key.toPublic().armor() };
}

/** In groups of four, as people read it to one another. */
export function fingerprintText(hex: string): string {
  return (
    hex
      .toUpperCase()
      .match(/.{1,4}/g)
      ?.join(' ') ?? ''
  );
}

/** The key's owner, as programs show it: never anything that they would take for an e-mail address or a comment. */
function userId(hostName: string): string {
  const name = cleanLine(hostName.replaceAll(/[<>()@]/g, ' '), NAME_LENGTH);
  return name === '' ? 'incamera host' : `${name}, incamera host`;
}

/** The body of a version 4 Secret-Key packet without a passphrase (RFC 9580, section 5.5.3). */
async function secretKeyPacket(secret: Bytes): Promise<Bytes> {
  const publicKey = fromBase64Url((await signingKeyFromSeed(secret)).publicKey);
  if (publicKey === null) throw new Error('the browser writes a public key as base64url (RFC 8037)');
  const created = new DataView(new ArrayBuffer(4));
  created.setUint32(0, CREATED.getTime() / 1000);
  const secretNumber = mpi(secret);
  const sum = secretNumber.reduce((total, byte) => total + byte, 0);
  return concat(
    Uint8Array.of(4),
    new Uint8Array(created.buffer),
    Uint8Array.of(EDDSA_LEGACY),
    ED25519_OID,
    // The point is marked as being in its native form.
    mpi(concat(Uint8Array.of(0x40), publicKey)),
    Uint8Array.of(0),
    secretNumber,
    Uint8Array.of((sum >> 8) & 255, sum & 255),
  );
}

/** A multiprecision integer (RFC 9580, section 3.2): its length in bits, then its bytes without leading zeros. */
function mpi(bytes: Bytes): Bytes {
  const first = bytes.findIndex((byte) => byte !== 0);
  const whole = first < 0 ? new Uint8Array() : bytes.subarray(first);
  const bits = whole.length === 0 ? 0 : whole.length * 8 - Math.clz32(whole[0] ?? 0) + 24;
  return concat(Uint8Array.of(bits >> 8, bits & 255), whole);
}

/** Every packet of the library has this method; its type declarations leave it out. */
function read(packet: SecretKeyPacket, body: Bytes): Promise<void> {
  return (packet as unknown as { read(body: Uint8Array): Promise<void> }).read(body);
}
