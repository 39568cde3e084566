// From where machines of the tests take packages: a folder with a key of its own, which a machine of theirs serves.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A place for packages with a key of its own, made as whoever publishes them makes it. */
export class Place {
  folder = mkdtempSync(join(tmpdir(), 'incamera-place-'));
  #keys = mkdtempSync(join(tmpdir(), 'incamera-keys-'));

  constructor() {
    const key = [
      '--batch',
      '--passphrase',
      '',
      '--quick-gen-key',
      'publisher@example.org',
      'ed25519',
      'sign',
    ];
    execFileSync('gpg', key, { env: this.#env, stdio: 'ignore' });
  }

  get #env() {
    return { ...process.env, GNUPGHOME: this.#keys };
  }

  add(...files) {
    const words = ['repository', this.folder, 'publisher@example.org', ...files];
    execFileSync(process.env.INCAMERA_XTASK, words, { env: this.#env, stdio: ['ignore', 'ignore', 'pipe'] });
  }

  /** The same package for another kind of machine, and a later version. No machine of this kind may take it. */
  forOthers(file) {
    const [root, made] = [join(this.#keys, 'root'), join(this.#keys, 'incamera_9_arm64.deb')];
    const script = `dpkg-deb --raw-extract ${file} ${root}
      sed -i 's/^Version: .*/Version: 9/; s/^Architecture: .*/Architecture: arm64/' ${root}/DEBIAN/control
      dpkg-deb -Zgzip -z1 --build ${root} ${made}`;
    execFileSync('sh', ['-ec', script], { stdio: ['ignore', 'ignore', 'pipe'] });
    return made;
  }

  remove() {
    for (const folder of [this.folder, this.#keys]) rmSync(folder, { recursive: true, force: true });
  }
}
