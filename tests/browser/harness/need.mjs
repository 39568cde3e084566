// What a test needs of the machine that it runs on, and not every machine has.

import assert from 'node:assert/strict';

const isBuildMachine = process.env.CI === 'true';
const isRoot = process.getuid?.() === 0;

/**
 * Of why something is missing, in words, or null where it is there. `skip` is for the options of the test. On a build machine
 * nothing is passed over in silence: there the test begins, and `mustBeMet`, its first line, tells. What only root can have,
 * a build machine must have only as root.
 */
export function need(missing, { ofRoot = true } = {}) {
  const isRequired = isBuildMachine && (isRoot || !ofRoot);
  return {
    skip: isRequired ? false : (missing ?? false),
    mustBeMet: () => assert.equal(missing, null),
  };
}
