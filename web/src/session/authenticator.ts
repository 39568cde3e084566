// What the browser does for passkeys (WebAuthn Level 3): asks for one, or has one made, and gets its secret (section
// 10.1.4, `prf`). The secret stays in the page.

import { PASSKEY_INPUT } from '../crypto/account';
import { type Bytes, fromBase64Url, systemRandom, toBase64Url } from '../crypto/bytes';
import type { NewPasskeyQuestion, PasskeyAnswer, PasskeyQuestion } from '../generated/api';
import type { HostProblem, PasskeyObstacle } from '../state/actions';
import { Failure } from './outcome';

/** Injected, because tests have no authenticator. What is asked fails with a {@link Failure}. */
export interface Authenticator {
  /** Why there can be no passkeys here. */
  readonly obstacle: PasskeyObstacle | null;
  /** One more for this host. Where the device gives the secret only when asked again, the person confirms twice. */
  make(question: NewPasskeyQuestion, name: string): Promise<MadePasskey>;
  ask(question: PasskeyQuestion): Promise<AnsweredPasskey>;
}

export interface MadePasskey {
  credential: string;
  clientData: string;
  attestation: string;
  /** Null where the device has none to give. */
  secret: Bytes | null;
}

export interface AnsweredPasskey extends Omit<PasskeyAnswer, 'challenge'> {
  /** Null where the device, or this browser, has none to give. */
  secret: Bytes | null;
}

export const browserAuthenticator: Authenticator = {
  get obstacle() {
    if (isNumber(location.hostname)) return 'address';
    return typeof PublicKeyCredential === 'undefined' ? 'browser' : null;
  },

  async make(question, name) {
    const made = await asked(() =>
      navigator.credentials.create({
        publicKey: {
          challenge: bytes(question.challenge),
          rp: { id: question.rpId, name: 'incamera' },
          user: { id: bytes(question.user), name, displayName: name },
          pubKeyCredParams: question.algorithms.map((alg) => ({ type: 'public-key', alg })),
          excludeCredentials: descriptors(question.known),
          authenticatorSelection: {
            residentKey: 'required',
            requireResidentKey: true,
            userVerification: 'required',
          },
          attestation: 'none',
          extensions: { prf: { eval: { first: PASSKEY_INPUT } } },
        },
      }),
    );
    const { rawId, response } = made;
    if (!(response instanceof AuthenticatorAttestationResponse)) throw new Failure('passkey_impossible');
    const credential = text(rawId);
    return {
      credential,
      clientData: text(response.clientDataJSON),
      attestation: text(response.attestationObject),
      secret: secretOf(made) ?? (await secretLater(made, question.rpId)),
    };
  },

  async ask({ challenge, rpId, credentials }) {
    const used = await get(bytes(challenge), rpId, credentials);
    const { response } = used;
    if (!(response instanceof AuthenticatorAssertionResponse)) throw new Failure('passkey_impossible');
    return {
      credential: text(used.rawId),
      user: response.userHandle && text(response.userHandle),
      clientData: text(response.clientDataJSON),
      authenticatorData: text(response.authenticatorData),
      signature: text(response.signature),
      secret: secretOf(used),
    };
  },
};

/** Of an IPv4 or IPv6 address, as browsers write them. */
export function isNumber(hostname: string): boolean {
  return hostname.startsWith('[') || /^\d+(\.\d+){3}$/.test(hostname);
}

/** Many devices say at the making only that they have a secret. Nobody but this page sees this answer. */
async function secretLater(made: PublicKeyCredential, rpId: string): Promise<Bytes | null> {
  if (made.getClientExtensionResults().prf?.enabled !== true) return null;
  return secretOf(await get(systemRandom(32), rpId, [text(made.rawId)]));
}

function get(challenge: Bytes, rpId: string, credentials: readonly string[]): Promise<PublicKeyCredential> {
  return asked(() =>
    navigator.credentials.get({
      publicKey: {
        challenge,
        rpId,
        allowCredentials: descriptors(credentials),
        userVerification: 'required',
        extensions: { prf: { eval: { first: PASSKEY_INPUT } } },
      },
    }),
  );
}

/** Browsers do not say why a passkey was not used, so that no site learns who has one. */
const PROBLEMS: Record<string, HostProblem> = {
  NotAllowedError: 'passkey_unused',
  AbortError: 'passkey_unused',
  InvalidStateError: 'passkey_known',
  SecurityError: 'no_passkeys_here',
  NotSupportedError: 'passkey_impossible',
  ConstraintError: 'passkey_impossible',
};

async function asked(ask: () => Promise<Credential | null>): Promise<PublicKeyCredential> {
  let credential: Credential | null;
  try {
    credential = await ask();
  } catch (error) {
    const problem = error instanceof DOMException ? PROBLEMS[error.name] : undefined;
    throw problem ? new Failure(problem) : error;
  }
  if (!(credential instanceof PublicKeyCredential)) throw new Failure('passkey_unused');
  return credential;
}

function secretOf(credential: PublicKeyCredential): Bytes | null {
  const secret = credential.getClientExtensionResults().prf?.results?.first;
  if (secret === undefined) return null;
  return secret instanceof ArrayBuffer
    ? new Uint8Array(secret)
    : new Uint8Array(
        secret.buffer.slice(secret.byteOffset, secret.byteOffset + secret.byteLength) as ArrayBuffer,
      );
}

function descriptors(ids: readonly string[]): PublicKeyCredentialDescriptor[] {
  return ids.map((id) => ({ type: 'public-key', id: bytes(id) }));
}

function bytes(text: string): Bytes {
  const read = fromBase64Url(text);
  if (!read) throw new Failure('internal');
  return read;
}

function text(buffer: ArrayBuffer): string {
  return toBase64Url(new Uint8Array(buffer));
}
