// The workers of the page, and the page's only Trusted Types policy, which lets through their addresses and nothing
// else.

import passwordWorker from './crypto/password.worker?worker&url';
import mediaWorker from './sframe/worker/media.worker?worker&url';

const ADDRESSES = { password: passwordWorker, media: mediaWorker } as const;

export type WorkerName = keyof typeof ADDRESSES;

export function startWorker(name: WorkerName): Worker {
  return new Worker(trusted(ADDRESSES[name]), { type: 'module', name });
}

interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): PolicyOfUrls;
}

interface PolicyOfUrls {
  createScriptURL(url: string): string;
}

let policy: PolicyOfUrls | undefined;

/** Browsers without Trusted Types take the address as it is. */
function trusted(address: string): string {
  const types = (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes;
  if (!types) return address;
  policy ??= types.createPolicy('incamera-worker', {
    createScriptURL: (url) => {
      if (!Object.values(ADDRESSES).includes(url)) throw new TypeError('not a worker of this page');
      return url;
    },
  });
  return policy.createScriptURL(address);
}
