import { useEffect, useState } from 'preact/hooks';

/** Widths in pixels, the first as in the style sheets. */
export const PHONE = 719;
/** Up to here the bar has no room for a second group beside it. */
export const TABLET = 919;

/** Whether the window is at most this wide. */
export function useNarrow(width: typeof PHONE | typeof TABLET = PHONE): boolean {
  const media = `(max-width: ${width}px)`;
  const [narrow, setNarrow] = useState(() => matchMedia(media).matches);
  useEffect(() => {
    const query = matchMedia(media);
    const changed = () => setNarrow(query.matches);
    query.addEventListener('change', changed);
    return () => query.removeEventListener('change', changed);
  }, [media]);
  return narrow;
}
