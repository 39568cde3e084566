// Who this tab is in a meeting. A reload of the tab is the same person; another tab is another person.

import { generateSigningKey, type SigningKey } from '../crypto/ed25519';
import { deleteIdentity, forgetOldIdentities, loadIdentity, saveIdentity } from './keystore';

const TAB_KEY = 'incamera-tab';

export interface Identity {
  key: SigningKey;
  /** After leaving for good. */
  forget(): Promise<void>;
}

/** Where keys cannot be kept (some private windows), the identity lasts as long as the page. */
export async function tabIdentity(meeting: string, now: number): Promise<Identity> {
  try {
    await forgetOldIdentities(now);
    const id = `${meeting}:${await claimTab()}`;
    const kept = await loadIdentity(id);
    const key = kept ?? (await generateSigningKey());
    if (!kept) await saveIdentity(id, key, now);
    return { key, forget: () => deleteIdentity(id).catch(() => undefined) };
  } catch {
    return { key: await generateSigningKey(), forget: () => Promise.resolve() };
  }
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
