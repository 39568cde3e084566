// Somebody from outside who judges a server's TLS: sslyze, against what Mozilla recommends. It is for tests, and comes from PyPI.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cache } from './root.mjs';

const VERSION = '6.3.1';

/** The words that start it. It is installed once. */
export function sslyze() {
  const place = join(cache, `sslyze-${VERSION}`);
  const python = join(place, 'bin/python');
  const mark = join(place, 'installed');
  if (!existsSync(mark)) {
    mkdirSync(cache, { recursive: true });
    rmSync(place, { recursive: true, force: true });
    const quiet = { stdio: ['ignore', 'ignore', 'pipe'] };
    execFileSync('python3', ['-m', 'venv', place], quiet);
    execFileSync(python, ['-m', 'pip', 'install', '--quiet', `sslyze==${VERSION}`], quiet);
    writeFileSync(mark, '');
  }
  return [python, '-m', 'sslyze'];
}

/** What it found against Mozilla's intermediate configuration: the names of rules and why. Fails where it could not look. */
export function faultsIn(report) {
  const verdict = report.slice(report.indexOf('COMPLIANCE AGAINST'));
  if (!/: (OK|FAILED) - /.test(verdict)) throw new Error(`it could not look:\n${report}`);
  return [...verdict.matchAll(/^ +\* (\w+): (.*)$/gm)].map(([, rule, why]) => `${rule}: ${why}`);
}
