// A sound server without a loudspeaker. Firefox keeps every AudioContext suspended where there is no sound
// device, as on a build machine: it would send no tone and analyse none.

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './until.mjs';

/** The variables that lead a browser to it; none where PulseAudio is missing, then the machine's own must do. */
export async function startSound() {
  if (spawnSync('pulseaudio', ['--version']).status !== 0) return { environment: {}, stop() {} };
  const folder = mkdtempSync(join(tmpdir(), 'incamera-sound-'));
  const socket = join(folder, 'native');
  const child = spawn(
    'pulseaudio',
    [
      ...['-n', '--daemonize=no', '--exit-idle-time=-1', '--use-pid-file=no', '--disable-shm=yes'],
      '--load=module-null-sink',
      `--load=module-native-protocol-unix socket=${socket} auth-anonymous=1`,
    ],
    {
      stdio: 'ignore',
      env: { ...process.env, HOME: folder, XDG_RUNTIME_DIR: folder, PULSE_RUNTIME_PATH: join(folder, 'run') },
    },
  );
  await until('the sound server listens', () => existsSync(socket));
  return {
    environment: { PULSE_SERVER: `unix:${socket}` },
    stop() {
      child.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
