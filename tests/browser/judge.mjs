// What outside judges say of a rented machine, before and after something was done to it: a tool for whoever writes
// controls of the hardening. Needs root. `node judge.mjs --help` tells the words.

import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Judges } from './harness/judges.mjs';
import { Machine, machinesMissing } from './harness/machine.mjs';
import { RENTED } from './harness/root.mjs';

const HELP = `node judge.mjs [WORDS]
  --release NAME    bookworm (usual) or trixie
  --binary PATH     copied to /usr/bin/incamera of the machine
  --after LINE      shell that runs in the machine before the judges do
  --reboot          the machine is started anew after that, and then judged
  --tailor FILE     rules that are left out: one in each line, or what "incamera audit --json" prints
  --json FILE       everything that the judges say
  --root DIR        where root file systems and judges are kept from one time to the next
  --only-openscap   the other judges stay out
  --keep            the machine stays up until this program is ended; tells how to enter it`;

const { values } = parseArgs({
  options: {
    release: { type: 'string', default: 'bookworm' },
    binary: { type: 'string' },
    after: { type: 'string' },
    reboot: { type: 'boolean' },
    tailor: { type: 'string' },
    json: { type: 'string' },
    root: { type: 'string', default: join(tmpdir(), 'incamera-judges') },
    'only-openscap': { type: 'boolean' },
    keep: { type: 'boolean' },
    help: { type: 'boolean' },
  },
});

const print = (line) => process.stdout.write(`${line}\n`);

/** One line of a table. */
const row = ({ rule, result, severity, cis, title }) =>
  `${result.padEnd(14)}${severity.padEnd(8)}${cis.join(' ').padEnd(16)}${rule}: ${title}`;

function tell({ openscap, lynis, sshAudit, exposures }) {
  const count = (result) => openscap.filter((verdict) => verdict.result === result).length;
  const results = [...new Set(openscap.map(({ result }) => result))];
  for (const verdict of openscap) {
    if (!['pass', 'notapplicable', 'notchecked'].includes(verdict.result)) print(row(verdict));
  }
  print(
    `\nOpenSCAP, ${openscap.length} rules: ${results.map((result) => `${count(result)} ${result}`).join(', ')}`,
  );
  const judged = count('pass') + count('fail') + count('error') + count('unknown');
  print(`of the ${judged} that it could judge ${((100 * count('pass')) / judged).toFixed(1)} % pass`);
  if (!lynis) return;
  for (const line of [...lynis.warnings, ...lynis.suggestions]) print(`  ${line}`);
  print(`Lynis ${lynis.version}: index ${lynis.index}`);
  const { policy, passed, errors } = sshAudit;
  print(`ssh-audit, ${policy}: ${passed ? 'passed' : 'failed'}`);
  for (const { mismatched_field, actual } of errors)
    print(`  ${mismatched_field}: ${JSON.stringify(actual)}`);
  for (const { unit, exposure } of exposures.filter(({ unit }) => /incamera/.test(unit))) {
    print(`systemd: ${unit} ${exposure}`);
  }
}

/** The rules in a file. */
function excepted(file) {
  const text = readFileSync(file, 'utf8');
  if (text.trimStart().startsWith('{')) return JSON.parse(text).exceptions.flatMap(({ rules }) => rules);
  return text.split(/\s+/).filter(Boolean);
}

async function main() {
  if (values.help) return print(HELP);
  const missing = machinesMissing();
  if (missing) throw new Error(missing);
  // However it is ended, the machine goes with it.
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
  const machine = await Machine.boot(values.release, { kind: RENTED, folder: values.root });
  try {
    const judges = await Judges.come(machine, values.release, values.root);
    if (values.binary) {
      machine.put(values.binary, '/usr/bin/incamera');
      await machine.run('chmod 755 /usr/bin/incamera');
    }
    if (values.after) print(await machine.run(values.after));
    if (values.reboot) await machine.reboot();
    const without = values.tailor ? excepted(values.tailor).filter((rule) => judges.rules.has(rule)) : [];
    const verdicts = values['only-openscap']
      ? { openscap: await judges.openscap(without) }
      : await judges.judge({ without });
    tell(verdicts);
    if (values.json) writeFileSync(values.json, `${JSON.stringify(verdicts, null, 1)}\n`);
    if (values.keep) {
      print(`\nThe machine is up. Its files: ${machine.root}`);
      print(
        `A line in it: ${await machine.door()} 'LINE', for example '/opt/judge/rule sshd_disable_root_login'`,
      );
      await new Promise(() => setInterval(() => {}, 1 << 30));
    }
  } finally {
    await machine.stop();
  }
  process.exit();
}

await main();
