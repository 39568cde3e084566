// axe-core, on what is on the screen at the moment.

import assert from 'node:assert/strict';
import axe from 'axe-core';

/** WCAG 2.2 up to AA, and axe's own good practices. */
export async function isAccessible(tab, screen) {
  if (!(await tab.run(() => 'axe' in globalThis))) await tab.run(axe.source);
  const { violations } = await tab.run(() => axe.run(document, { resultTypes: ['violations'] }));
  const told = violations.map(
    ({ id, help, nodes }) => `${id}: ${help}\n    ${nodes.map((node) => node.html).join('\n    ')}`,
  );
  assert.deepEqual(told, [], `violations on the screen “${screen}”`);
}
