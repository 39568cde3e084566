import type { Quality } from '../../generated/protocol';
import { text } from '../text';

const LIT: Record<Quality, number> = { unknown: 0, poor: 1, fair: 2, good: 3 };

/** How good a person's connection is. */
export function SignalBars({ quality }: { quality: Quality }) {
  if (quality === 'unknown') return null;
  return (
    <span class={`signal signal-${quality}`} title={text.room.quality[quality]}>
      {[1, 2, 3].map((bar) => (
        <span key={bar} class={bar <= LIT[quality] ? 'signal-bar lit' : 'signal-bar'} aria-hidden="true" />
      ))}
      <span class="visually-hidden">{text.room.quality[quality]}</span>
    </span>
  );
}
