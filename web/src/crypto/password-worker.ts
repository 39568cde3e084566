// Argon2id away from the page's own thread. It takes a good part of a second on a phone.

import type { Bytes } from './bytes';
import type { PasswordHash } from './derive';
import workerAddress from './password.worker?worker&url';

export const hashInWorker: PasswordHash = (password, salt) => {
  const worker = new Worker(trusted(workerAddress), { type: 'module' });
  return new Promise<Bytes>((resolve, reject) => {
    worker.addEventListener('message', (event: MessageEvent<Bytes | null>) => {
      if (event.data) resolve(event.data);
      else reject(new Error('the password could not be processed'));
    });
    worker.addEventListener('error', () => reject(new Error('the worker could not be loaded')));
    worker.postMessage({ password, salt });
  }).finally(() => worker.terminate());
};

interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): PolicyOfUrls;
}

interface PolicyOfUrls {
  createScriptURL(url: string): string;
}

let policy: PolicyOfUrls | undefined;

/**
 * The page's only Trusted Types policy, `incamera-worker`: it lets through the address of this worker and nothing else.
 * Browsers without Trusted Types take the address as it is.
 */
function trusted(address: string): string {
  const types = (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes;
  if (!types) return address;
  policy ??= types.createPolicy('incamera-worker', {
    createScriptURL: (url) => {
      if (url !== workerAddress) throw new TypeError('not a worker of this page');
      return url;
    },
  });
  return policy.createScriptURL(address);
}
