// The offer of the source code that the licence asks for (AGPL-3.0, section 13). Nothing is loaded from there until a
// person follows the link (P4).

import { text } from '../text';

/** From the build, see vite.config.ts; null where the one who built it named no address. */
declare const SOURCE_URL: string | null;

export function SourceOffer() {
  return (
    <p class="source">
      {SOURCE_URL === null ? (
        text.source.ask
      ) : (
        <a href={SOURCE_URL} target="_blank" rel="noreferrer">
          {text.source.link}
        </a>
      )}
    </p>
  );
}
