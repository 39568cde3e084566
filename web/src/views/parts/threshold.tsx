// The page before a door: our sign, a tall door beside the words, one thing to do.

import type { ComponentChildren } from 'preact';
import { text } from '../text';
import { Wordmark } from '../wordmark';
import { SourceOffer } from './source';

export function Threshold({ children }: { children: ComponentChildren }) {
  return (
    <div class="threshold">
      <header class="threshold-side">
        <Wordmark size={36} />
        <DoorPicture />
        <p class="threshold-line">{text.tagline}</p>
      </header>
      <main class="threshold-main">
        <div class="threshold-content">{children}</div>
        <SourceOffer />
      </main>
    </div>
  );
}

function DoorPicture() {
  return (
    <svg class="door" viewBox="0 0 200 300" aria-hidden="true" focusable="false">
      <path class="door-frame" d="M12 296V106a88 88 0 0 1 176 0v190" />
      <path class="door-leaf" d="M28 296V108a72 72 0 0 1 144 0v188Z" />
      <path
        class="door-panel"
        d="M46 190v-78a54 54 0 0 1 45-53.200v131.200ZM154 190v-78a54 54 0 0 0-45-53.200v131.200Z"
      />
      <path class="door-panel" d="M46 208h45v70H46ZM109 208h45v70h-45Z" />
      <path
        class="door-light"
        d="M100 186a8.500 8.500 0 0 1 4.600 15.600l3.200 15.400H92.200l3.200-15.400A8.500 8.500 0 0 1 100 186Z"
      />
      <path class="door-sill" d="M0 297h200" />
    </svg>
  );
}
