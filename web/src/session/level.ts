// How loud the own microphone is, for the meter and for "you are speaking".

import { type Cancel, type Clock, every } from './clock';

const INTERVAL_MS = 100;
/** The meter's range. */
const QUIETEST_DB = -60;
const LOUDEST_DB = -10;

/** `heard` is called ten times a second with the root mean square of the samples, from 0 to 1. */
export function meter(track: MediaStreamTrack, clock: Clock, heard: (rms: number) => void): Cancel {
  const context = new AudioContext();
  const source = context.createMediaStreamSource(new MediaStream([track]));
  const analyser = context.createAnalyser();
  analyser.fftSize = 2048;
  source.connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const stop = every(clock, INTERVAL_MS, () => {
    // Suspended until the person did something on the page, in browsers that want that.
    if (context.state === 'suspended') context.resume().catch(() => undefined);
    analyser.getFloatTimeDomainData(samples);
    heard(rootMeanSquare(samples));
  });
  return () => {
    stop();
    source.disconnect();
    context.close().catch(() => undefined);
  };
}

export function rootMeanSquare(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return Math.sqrt(sum / samples.length);
}

/** From 0 to 1 in twentieths, as ears hear it: fine enough to see, coarse enough not to draw all the time. */
export function meterStep(rms: number): number {
  const decibels = 20 * Math.log10(Math.max(rms, 1e-6));
  const share = (decibels - QUIETEST_DB) / (LOUDEST_DB - QUIETEST_DB);
  return Math.round(Math.min(1, Math.max(0, share)) * 20) / 20;
}
