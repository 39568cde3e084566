// Real speech, made by a program.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const text = readFileSync(fileURLToPath(new URL('../encryption/speech.txt', import.meta.url)), 'utf8');

/** A sound file (WAV), or null where `espeak-ng` is not installed. */
export function recordedSpeech() {
  const { status, stdout } = spawnSync('espeak-ng', ['-v', 'en', '-s', '160', '--stdout', text], {
    maxBuffer: 2 ** 24,
  });
  return status === 0 ? stdout : null;
}
