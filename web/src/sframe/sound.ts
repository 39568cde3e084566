// One size for all sound (K5).

/**
 * So many bytes has every frame of sound of every person before it is encrypted, padding included. Chosen from what
 * the browsers' encoders make of speech, music, noise and silence at {@link VARIABLE_RATE}: at most 117 bytes.
 */
export const AUDIO_PLAINTEXT = 120;

/**
 * Bits per second for an Opus encoder that keeps a constant rate when it is told to: 119 bytes in each 20 ms. Less
 * would be filled up with padding.
 */
export const CONSTANT_RATE = 47_600;

/** For Firefox, whose encoder varies its rate whatever it is told. Its frames have half the size on average. */
export const VARIABLE_RATE = 24_000;

/**
 * What a browser's encoder is to be told. Chrome, Edge and Safari share one encoder, which keeps a constant rate; any
 * other is taken for one that does not. At the wrong rate such a browser would lose sound, those would only sound worse.
 */
export function soundRate(userAgent: string): number {
  return userAgent.includes('AppleWebKit/') ? CONSTANT_RATE : VARIABLE_RATE;
}
