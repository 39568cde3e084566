// Keys that outlive a page: in IndexedDB, where the browser keeps them without ever showing them to a script.

import type { HostKeys } from '../crypto/account';
import type { SigningKey } from '../crypto/ed25519';

const DATABASE = 'incamera';
const HOST = 'host';
const IDENTITIES = 'identities';
/** The one entry of {@link HOST}. */
const SIGNED_IN = 'signed-in';
/** Identities of tabs that were closed without leaving are forgotten after a day. */
const IDENTITY_LIFE_MS = 24 * 3600 * 1000;

/** Of one tab in one meeting. */
export interface IdentityKeys {
  signing: SigningKey;
  /** HKDF: what the tab's place in the encrypted group is made from. */
  leaf: CryptoKey;
}

interface StoredIdentity {
  keys: IdentityKeys;
  made: number;
}

export function loadHostKeys(): Promise<HostKeys | null> {
  return inStore<HostKeys | undefined>(HOST, 'readonly', (store) => store.get(SIGNED_IN)).then(
    (keys) => keys ?? null,
  );
}

export async function saveHostKeys(keys: HostKeys): Promise<void> {
  await inStore(HOST, 'readwrite', (store) => store.put(keys, SIGNED_IN));
}

export async function deleteHostKeys(): Promise<void> {
  await inStore(HOST, 'readwrite', (store) => store.clear());
}

export async function loadIdentity(id: string): Promise<IdentityKeys | null> {
  const stored = await inStore<StoredIdentity | undefined>(IDENTITIES, 'readonly', (store) => store.get(id));
  return stored?.keys ?? null;
}

export async function saveIdentity(id: string, keys: IdentityKeys, now: number): Promise<void> {
  const stored: StoredIdentity = { keys, made: now };
  await inStore(IDENTITIES, 'readwrite', (store) => store.put(stored, id));
}

export async function deleteIdentity(id: string): Promise<void> {
  await inStore(IDENTITIES, 'readwrite', (store) => store.delete(id));
}

export async function forgetOldIdentities(now: number): Promise<void> {
  const ids = await inStore(IDENTITIES, 'readonly', (store) => store.getAllKeys());
  const all = await inStore<StoredIdentity[]>(IDENTITIES, 'readonly', (store) => store.getAll());
  for (const [at, { made }] of all.entries()) {
    const id = ids[at];
    if (typeof id === 'string' && now - made > IDENTITY_LIFE_MS) await deleteIdentity(id);
  }
}

async function inStore<T>(
  name: string,
  mode: IDBTransactionMode,
  work: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  const database = await openDatabase();
  try {
    return await settled(work(database.transaction(name, mode).objectStore(name)));
  } finally {
    database.close();
  }
}

function openDatabase(): Promise<IDBDatabase> {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore(HOST);
    request.result.createObjectStore(IDENTITIES);
  };
  return settled(request);
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('the browser refused its key store'));
  });
}
