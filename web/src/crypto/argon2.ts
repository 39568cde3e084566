// Argon2id in place. The page runs this in a worker, see password-worker.ts.

import { argon2id } from 'hash-wasm';
import type { Bytes } from './bytes';
import { ARGON2, type PasswordHash } from './derive';

export const hashPassword: PasswordHash = async (password: Bytes, salt: Bytes): Promise<Bytes> => {
  const digest = await argon2id({
    password,
    salt,
    memorySize: ARGON2.memoryKiB,
    iterations: ARGON2.iterations,
    parallelism: ARGON2.parallelism,
    hashLength: ARGON2.length,
    outputType: 'binary',
  });
  return new Uint8Array(digest);
};
