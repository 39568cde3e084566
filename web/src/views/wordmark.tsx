// Our sign: an arched door, a keyhole in it, light in the keyhole.

import { text } from './text';

export function Mark({ size = 32 }: { size?: number }) {
  return (
    <svg class="mark" width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <path class="mark-door" d="M6 29.5V13a10 10 0 0 1 20 0v16.5Z" />
      <path
        class="mark-hole"
        d="M16 12.2a3.2 3.2 0 0 1 1.7 5.9l1.2 5.4h-5.8l1.2-5.4a3.2 3.2 0 0 1 1.7-5.9Z"
      />
      <path class="mark-sill" d="M3 29.5h26" />
    </svg>
  );
}

export function Wordmark({ size = 32 }: { size?: number }) {
  return (
    <span class="wordmark">
      <Mark size={size} />
      <span class="wordmark-text">
        <i>in</i>
        {text.product.slice(2)}
      </span>
    </span>
  );
}
