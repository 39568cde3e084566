// The one place where the state is kept.

import { type ReadonlySignal, signal } from '@preact/signals';
import { INITIAL } from './initial';
import type { Message } from './messages';
import type { AppState } from './model';
import { reduce } from './reducer';

export interface Store {
  readonly state: ReadonlySignal<AppState>;
  dispatch(message: Message): void;
}

export function createStore(initial: AppState = INITIAL): Store {
  const state = signal(initial);
  return {
    state,
    dispatch: (message) => {
      state.value = reduce(state.value, message);
    },
  };
}
