// A password that is easy to say on the telephone: four made-up words such as "kavo-milu-tenu-rafo", 50 bits.

const CONSONANTS = 'bdfghjklmnprstvz';
const VOWELS = 'aeiou';
const WORDS = 4;
const SYLLABLES = 2;
/** 16 × 5 syllables; bytes from here on would favour the first ones. */
const FAIR_BYTES = 240;

/** `random` gives bytes from 0 to 255; some are thrown away so that every syllable is equally likely. */
export function suggestPassword(random: () => number): string {
  const syllable = () => {
    let byte = random();
    while (byte >= FAIR_BYTES) byte = random();
    const index = byte % (CONSONANTS.length * VOWELS.length);
    return (
      CONSONANTS.charAt(index % CONSONANTS.length) + VOWELS.charAt(Math.floor(index / CONSONANTS.length))
    );
  };
  const word = () => Array.from({ length: SYLLABLES }, syllable).join('');
  return Array.from({ length: WORDS }, word).join('-');
}

/** A byte from the browser's own generator. */
export function randomByte(): number {
  return crypto.getRandomValues(new Uint8Array(1))[0] ?? 0;
}

export type Strength = 'empty' | 'short' | 'fair' | 'good';

export const SHORTEST_PASSWORD = 10;

/** Length is what counts against guessing; rules about signs and digits only make people forget. */
export function strengthOf(password: string): Strength {
  const length = [...password].length;
  if (length === 0) return 'empty';
  if (length < SHORTEST_PASSWORD) return 'short';
  return length < 16 ? 'fair' : 'good';
}
