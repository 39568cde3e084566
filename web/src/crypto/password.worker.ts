// Hashes one password, so that the page stays alive meanwhile.

import { hashPassword } from './argon2';
import type { Bytes } from './bytes';

self.addEventListener('message', (event: MessageEvent<{ password: Bytes; salt: Bytes }>) => {
  hashPassword(event.data.password, event.data.salt).then(
    (digest) => self.postMessage(digest),
    () => self.postMessage(null),
  );
});
