// Argon2id away from the page's own thread. It takes a good part of a second on a phone.

import { startWorker } from '../workers';
import type { Bytes } from './bytes';
import type { PasswordHash } from './derive';

export const hashInWorker: PasswordHash = (password, salt) => {
  const worker = startWorker('password');
  return new Promise<Bytes>((resolve, reject) => {
    worker.addEventListener('message', (event: MessageEvent<Bytes | null>) => {
      if (event.data) resolve(event.data);
      else reject(new Error('the password could not be processed'));
    });
    worker.addEventListener('error', () => reject(new Error('the worker could not be loaded')));
    worker.postMessage({ password, salt });
  }).finally(() => worker.terminate());
};
