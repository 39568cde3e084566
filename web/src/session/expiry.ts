// Reactions go away by themselves. Notices do not: a view knows whether one was read.

import { effect } from '@preact/signals';
import type { Store } from '../state/store';
import type { Clock } from './clock';

const REACTION_MS = 4000;

export function expireReactions(store: Store, clock: Clock): void {
  const planned = new Set<number>();
  effect(() => {
    const { phase } = store.state.value;
    if (phase.kind !== 'inside') return;
    for (const { key } of phase.meeting.reactions) {
      if (planned.has(key)) continue;
      planned.add(key);
      clock.after(REACTION_MS, () => {
        planned.delete(key);
        store.dispatch({ type: 'reaction_over', reaction: key });
      });
    }
  });
}
