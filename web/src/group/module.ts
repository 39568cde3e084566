// The code of the encrypted group: crates/e2ee as WebAssembly, fetched once, when a meeting is about to need it.

import init, * as group from '../generated/group/group.js';
import url from '../generated/group/group_bg.wasm?url';

export type GroupModule = typeof group;

let loading: Promise<GroupModule> | null = null;

/** Rejects where the browser cannot run it; the next call tries again. */
export function loadGroupModule(): Promise<GroupModule> {
  loading ??= init({ module_or_path: url }).then(
    () => group,
    (error) => {
      loading = null;
      throw error;
    },
  );
  return loading;
}
