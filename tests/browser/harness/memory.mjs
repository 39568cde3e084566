// All that a process has in its memory. Linux only, and for root or one's own children.

import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';

/** The smallest there is. */
const PAGE = 4096;

/** Why memory cannot be read here, or null where it can. */
export function memoryUnreadable() {
  const child = spawn('sleep', ['60'], { stdio: 'ignore' });
  try {
    closeSync(openSync(`/proc/${child.pid}/mem`));
    return null;
  } catch (error) {
    return `the memory of processes cannot be read here: ${error.message}`;
  } finally {
    child.kill();
  }
}

/** Everything that can be read, each mapping as one buffer. The process stands still meanwhile. */
export function memoryOf(pid) {
  process.kill(pid, 'SIGSTOP');
  const memory = openSync(`/proc/${pid}/mem`);
  try {
    return readFileSync(`/proc/${pid}/maps`, 'utf8')
      .trim()
      .split('\n')
      .map((line) => /^(\w+)-(\w+) (\S+)/.exec(line))
      .filter(([, , , rights]) => rights.startsWith('r'))
      .map(([, ...ends]) => read(memory, ...ends.slice(0, 2).map((end) => Number.parseInt(end, 16))));
  } finally {
    closeSync(memory);
    process.kill(pid, 'SIGCONT');
  }
}

function read(memory, begin, end) {
  // What the process itself could not read stays zero: pages of the kernel, and behind the end of a file.
  const bytes = Buffer.alloc(end - begin);
  for (let at = 0; at < bytes.length; ) {
    try {
      at += readSync(memory, bytes, at, bytes.length - at, begin + at) || PAGE;
    } catch (error) {
      if (error.code !== 'EIO') throw error;
      at += PAGE;
    }
  }
  return bytes;
}
