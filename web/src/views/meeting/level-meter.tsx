import { type ReadonlySignal, useComputed } from '@preact/signals';
import type { AppState } from '../../state/model';
import { Mic } from '../icons';
import { text } from '../text';

const STEPS = 20;

/** How loud the own microphone is. Drawn many times a second, hence apart. */
export function LevelMeter({ state }: { state: ReadonlySignal<AppState> }) {
  const lit = useComputed(() => Math.round(Math.min(1, state.value.devices.level) * STEPS));
  const usable = useComputed(
    () => state.value.devices.microphone.on && state.value.devices.microphone.problem === null,
  );
  return (
    <div class="level">
      <Mic size={18} />
      {/* biome-ignore lint/a11y/useSemanticElements: a meter element cannot be drawn in steps. */}
      <div
        class="level-bar"
        role="meter"
        aria-label={text.prejoin.level}
        aria-valuemin={0}
        aria-valuemax={STEPS}
        aria-valuenow={usable.value ? lit.value : 0}
      >
        {Array.from({ length: STEPS }, (_, step) => (
          <span key={step} class={usable.value && step < lit.value ? 'lit' : ''} />
        ))}
      </div>
      <span class="help">{text.prejoin.levelHelp}</span>
    </div>
  );
}
