// Outside judges of a machine's hardening (T1 to T4): OpenSCAP with the CIS profile for servers, Lynis, ssh-audit, and
// systemd's own opinion of its units. They are fetched from apt and PyPI for the tests and are on no user's machine.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { unpackFrom } from './newer.mjs';
import { Rules } from './rules.mjs';
import { until } from './until.mjs';

/** The judge's rules as of this version, and not another one, so that numbers compare. */
const GUIDE = 'ssg-debian=0.1.82-1';
/** A suite of Debian that has it: those that we test are older. */
const GUIDE_SUITE = 'forky';
const SSH_AUDIT = 'ssh-audit==3.9.0';

/**
 * Tests of Lynis about the kernel that runs: whether it is the newest of those installed, and whether AppArmor is on in it. A
 * container runs the kernel of the machine around it, so their points could never be had.
 */
const KERNEL_TESTS = ['KRNL-5830', 'MACF-6290'];

/** What each release's rules and policies are called. */
const releases = {
  bookworm: { datastream: 'ssg-debian12-ds.xml', policy: 'Hardened Debian 12 (version 3)' },
  trixie: { datastream: 'ssg-debian13-ds.xml', policy: 'Hardened Debian 13 (version 1)' },
};

/** Where judges lie within a machine. */
const BENCH = '/opt/judge';

export class Judges {
  #machine;
  #release;
  #folder;
  rules;

  /** Puts the judges into a machine. The folder keeps what was fetched. */
  static async come(machine, release, folder) {
    mkdirSync(folder, { recursive: true });
    fetchGuide(folder);
    fetchSshAudit(folder);
    const made = new Judges();
    made.#machine = machine;
    made.#release = releases[release];
    made.#folder = folder;
    const datastream = join(folder, 'guide', made.#release.datastream);
    made.rules = new Rules(readFileSync(datastream, 'utf8'));
    await machine.run(`mkdir -p ${BENCH}`);
    machine.put(datastream, `${BENCH}/rules.xml`);
    machine.write(`${BENCH}/rule`, oneRule(made.rules), 0o755);
    return made;
  }

  /** All verdicts: `{ openscap, lynis, sshAudit, exposures }`. */
  async judge({ without = [] } = {}) {
    return {
      openscap: await this.openscap(without),
      lynis: await this.lynis(),
      sshAudit: await this.sshAudit(),
      exposures: await this.exposures(),
    };
  }

  /**
   * What OpenSCAP says of each rule of the CIS profile for servers, Level 1 and 2, but those that are left out:
   * a list of `{ rule, result, … }` (see `Rules`).
   */
  async openscap(without = []) {
    const { profile, prefix } = this.rules;
    let chosen = `--profile ${profile}`;
    if (without.length > 0) {
      this.#machine.write(`${BENCH}/tailoring.xml`, this.rules.tailoring(without));
      chosen = `--profile ${profile}_tailored --tailoring-file ${BENCH}/tailoring.xml`;
    }
    // Its exit status says that a rule failed, which is its everyday.
    const printed = await this.#machine.run(
      `oscap xccdf eval --progress ${chosen} ${BENCH}/rules.xml 2>/dev/null || test $? -eq 2`,
    );
    const results = new Map();
    for (const [, rule, result] of printed.matchAll(/^(\S+):(\w+)$/gm)) {
      results.set(rule.replace(prefix, ''), result);
    }
    if (results.size === 0) throw new Error(`OpenSCAP judged nothing:\n${printed}`);
    return [...results].map(([rule, result]) => ({ ...this.rules.about(rule), result }));
  }

  /** The index of 100, of all tests that a machine without a kernel of its own can pass, and what Lynis would still do. */
  async lynis() {
    const profile = '/etc/lynis/custom.prf';
    this.#machine.write(profile, KERNEL_TESTS.map((test) => `skip-test=${test}\n`).join(''));
    await this.#machine.run('lynis audit system --quick --quiet --no-colors --no-log >/dev/null || true');
    const report = await this.#machine.run(`cat /var/log/lynis-report.dat; rm -f ${profile} /var/log/lynis*`);
    const all = (what) => [...report.matchAll(new RegExp(`^${what}\\[\\]=([^|]*)\\|([^|]*)`, 'gm'))];
    return {
      index: Number(report.match(/^hardening_index=(\d+)/m)?.[1]),
      version: report.match(/^lynis_version=(.*)/m)?.[1],
      warnings: all('warning').map(([, id, text]) => `${id} ${text}`),
      suggestions: all('suggestion').map(([, id, text]) => `${id} ${text}`),
    };
  }

  /** The verdict of the hardened policy for this release, from outside: `{ policy, passed, errors }`. */
  async sshAudit() {
    const { policy } = this.#release;
    const program = join(this.#folder, 'ssh-audit');
    const words = [`PYTHONPATH=${program}`, 'python3', '-m', 'ssh_audit', '-P', policy, '-j'];
    // Who knocks so often is not answered for a while (PerSourcePenalties in sshd_config(5), since OpenSSH 9.8).
    const { passed, errors } = await until('sshd answers the judge', async () =>
      JSON.parse(await this.#machine.outside('env', ...words, this.#machine.address)),
    );
    return { policy, passed, errors };
  }

  /** How exposed each service is, of 10. */
  async exposures() {
    const printed = await this.#machine.run('systemd-analyze security --no-pager --json=short');
    return JSON.parse(printed).map(({ unit, exposure }) => ({ unit, exposure: Number(exposure) }));
  }
}

/** What tells all about one rule, for whoever makes a machine keep it: `rule NAME…` in the machine. */
const oneRule = ({ profile, prefix }) => `#!/bin/sh
# Judges the named rules, or all of them, and writes a page that shows what was found.
for rule; do chosen="$chosen --rule ${prefix}$rule"; done
exec oscap xccdf eval --profile ${profile} $chosen --report ${BENCH}/report.html ${BENCH}/rules.xml
`;

/** Rules from a newer suite. They are data: nothing of that suite is installed. */
function fetchGuide(folder) {
  const guide = join(folder, 'guide');
  if (!existsSync(guide)) unpackFrom(GUIDE_SUITE, GUIDE, 'usr/share/xml/scap/ssg/content', guide);
}

function fetchSshAudit(folder) {
  const target = join(folder, 'ssh-audit');
  if (existsSync(target)) return;
  const words = [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--no-deps',
    '--root-user-action=ignore',
    '--target',
    target,
    SSH_AUDIT,
  ];
  execFileSync('python3', words, { stdio: ['ignore', 'ignore', 'pipe'] });
}
