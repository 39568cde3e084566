// Somebody who knocks at a machine more often than one may (D2). What is dropped there shows beside it: the kernel counts how often it
// had to knock again (TCPSynRetrans in netstat(8)).

import { until } from './until.mjs';

/** For how long somebody knocks, and with how long between two connections: milliseconds. */
const LONG = 10_000;
const BETWEEN = 2;
/** How often somebody else comes. */
const FEW = 10;

/** How often whoever is in a network of the machine's world had to knock again so far. */
async function again(machine, network) {
  const printed = await machine.within(network, 'cat', '/proc/net/netstat');
  const lines = printed.split('\n').filter((line) => line.startsWith('TcpExt:'));
  const [names, counts] = lines.map((line) => line.split(' '));
  return Number(counts[names.indexOf('TCPSynRetrans')]);
}

/**
 * Knocks far too often from one network of a machine's world, and then, while that goes on, a few times from another one. Resolves
 * with how often each had to knock again: `{ often, few }`.
 */
export async function knock(machine, { often, few }) {
  const before = { often: await again(machine, often), few: await again(machine, few) };
  const knocks = (script) =>
    `const knock = (then = () => {}) => require('node:net').connect(443, '${machine.address}', then).on('error', () => {}).resume(); ${script}`;
  const many = knocks(`setInterval(knock, ${BETWEEN}); setTimeout(process.exit, ${LONG});`);
  const knocking = machine.within(often, process.execPath, '-e', many);
  await until('some are not answered', async () => (await again(machine, often)) > before.often);
  const some =
    knocks(`const next = (left) => left ? knock(() => next(left - 1)) : console.log('let in') || process.exit();
    next(${FEW});`);
  const told = await machine.within(few, process.execPath, '-e', some);
  if (!told.includes('let in')) throw new Error(`who came a few times was not let in: ${told}`);
  await knocking;
  return {
    often: (await again(machine, often)) - before.often,
    few: (await again(machine, few)) - before.few,
  };
}
