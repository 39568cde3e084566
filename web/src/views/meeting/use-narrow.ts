import { useEffect, useState } from 'preact/hooks';

/** Widths in pixels, the first as in the style sheets. */
export const PHONE = 719;
/** Up to this height a phone lies on its side; as in the style sheets. */
const LYING = 440;
/** Up to here the bar has no room for a second group beside it. */
export const TABLET = 919;

/** Whether the window is at most this wide. */
export function useNarrow(width: typeof PHONE | typeof TABLET = PHONE): boolean {
  return useMedia(`(max-width: ${width}px)`);
}

/** Whether the window is that of a phone, upright or on its side. */
export function useSmall(): boolean {
  return useMedia(`(max-width: ${PHONE}px), (max-height: ${LYING}px)`);
}

function useMedia(media: string): boolean {
  const [matches, setMatches] = useState(() => matchMedia(media).matches);
  useEffect(() => {
    const query = matchMedia(media);
    const changed = () => setMatches(query.matches);
    query.addEventListener('change', changed);
    return () => query.removeEventListener('change', changed);
  }, [media]);
  return matches;
}
