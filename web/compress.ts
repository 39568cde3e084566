import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import type { Plugin } from 'vite';

/** What is smaller than this fits into a packet or two as it is. */
const WORTH_IT = 1024;

/** Beside each file its Brotli twin (RFC 7932), which the program serves to whoever takes it. */
export function compressed(): Plugin {
  return {
    name: 'incamera-compressed',
    apply: 'build',
    writeBundle({ dir }, bundle) {
      if (dir === undefined) throw new Error('a build is written to a folder');
      for (const name of Object.keys(bundle).filter((name) => /\.(html|js|css|svg|wasm|json)$/.test(name))) {
        const path = join(dir, name);
        const bytes = readFileSync(path);
        if (bytes.length < WORTH_IT) continue;
        const params = {
          [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
          [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
        };
        writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params }));
      }
    },
  };
}
