// Which browser this is, for the one purpose of saying where its permission switch is.

import type { text } from './text';

export type Browser = keyof typeof text.device.allow;

/** `touch` tells an iPad from the Mac that it says it is. */
export function browserOf(userAgent: string, touch: boolean): Browser {
  const has = (word: string) => userAgent.includes(word);
  if (has('iPhone') || has('iPad') || (has('Macintosh') && touch)) return 'ios';
  if (has('Android')) return 'android';
  if (has('Firefox/')) return 'firefox';
  if (has('Chrome/')) return 'chrome';
  if (has('Safari/')) return 'safari';
  return 'other';
}

export function thisBrowser(): Browser {
  return browserOf(navigator.userAgent, navigator.maxTouchPoints > 1);
}
