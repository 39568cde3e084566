// Who this tab is in a meeting. A reload of the tab is the same person; another tab is another person.

import type { Bytes, Random } from '../crypto/bytes';
import { expand, hkdfKey } from '../crypto/derive';
import { generateSigningKey, type SigningKey } from '../crypto/ed25519';
import {
  deleteIdentity,
  forgetOldIdentities,
  type IdentityKeys,
  loadIdentity,
  saveIdentity,
} from './keystore';

const TAB_KEY = 'incamera-tab';

export interface Identity {
  key: SigningKey;
  /** 32 bytes from which the keys of this tab's place in the encrypted group are made. */
  leafSeed: Bytes;
  /** After leaving for good. */
  forget(): Promise<void>;
}

/** Where keys cannot be kept (some private windows), the identity lasts as long as the page. */
export async function tabIdentity(meeting: string, random: Random, now: number): Promise<Identity> {
  try {
    await forgetOldIdentities(now);
    const id = `${meeting}:${await claimTab()}`;
    const kept = await loadIdentity(id);
    const keys = kept ?? (await newKeys(random));
    if (!kept) await saveIdentity(id, keys, now);
    const forget = () => deleteIdentity(id).catch(() => undefined);
    return { key: keys.signing, leafSeed: await leafSeed(keys), forget };
  } catch {
    const keys = await newKeys(random);
    return { key: keys.signing, leafSeed: await leafSeed(keys), forget: () => Promise.resolve() };
  }
}

async function newKeys(random: Random): Promise<IdentityKeys> {
  const leaf = await hkdfKey(random(32));
  return { signing: await generateSigningKey(), leaf };
}

/** What a browser keeps cannot be shown to a script; the seed is derived from it each time. */
function leafSeed({ leaf }: IdentityKeys): Promise<Bytes> {
  return expand(leaf, new Uint8Array(), 'incamera/1 leaf seed');
}

/** A duplicated tab inherits the session storage of its original; the lock tells the two apart. */
async function claimTab(): Promise<string> {
  const former = sessionStorage.getItem(TAB_KEY);
  if (former !== null && (await lockForThisPage(former))) return former;
  const fresh = crypto.randomUUID();
  sessionStorage.setItem(TAB_KEY, fresh);
  await lockForThisPage(fresh);
  return fresh;
}

let locked: string | null = null;

function lockForThisPage(tab: string): Promise<boolean> {
  if (locked === tab || !navigator.locks) return Promise.resolve(true);
  return new Promise((resolve) => {
    navigator.locks
      .request(`${TAB_KEY}:${tab}`, { ifAvailable: true }, (lock) => {
        if (!lock) {
          resolve(false);
          return undefined;
        }
        locked = tab;
        resolve(true);
        // Held until the page goes away.
        return new Promise<void>(() => undefined);
      })
      .catch(() => resolve(true));
  });
}
