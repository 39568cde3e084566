// What the two ends send each other.

import { COLOUR } from './facts.js';

/** Browsers leave out layers of smaller pictures. */
const WIDTH = 960;
const HEIGHT = 540;
const RATE = 10;

/** One colour, and a bar that walks along the lower edge, so that no two frames are the same. */
export function picture() {
  const canvas = Object.assign(document.createElement('canvas'), { width: WIDTH, height: HEIGHT });
  const context = canvas.getContext('2d', { alpha: false });
  let step = 0;
  setInterval(() => {
    context.fillStyle = `rgb(${COLOUR.join(',')})`;
    context.fillRect(0, 0, WIDTH, HEIGHT);
    context.fillStyle = '#fff';
    context.fillRect((step * 16) % WIDTH, HEIGHT - 60, 64, 60);
    step += 1;
  }, 1000 / RATE);
  return canvas.captureStream(RATE).getVideoTracks()[0];
}

let audio = null;

/**
 * `speech`: real speech, where the test has brought some; `voice`: something like it, vowels that glide, hisses and
 * pauses, loud and quiet; `silence`: a track that was made and in which zeros play, as of a person without a microphone.
 */
export async function sound(kind) {
  audio ??= new AudioContext({ sampleRate: 48_000 });
  await audio.resume();
  const destination = new MediaStreamAudioDestinationNode(audio, { channelCount: 1 });
  if (kind === 'voice') voice(destination);
  if (kind === 'speech') await speech(destination);
  if (kind === 'silence') silence(destination);
  return destination.stream.getAudioTracks()[0];
}

async function speech(destination) {
  const answer = await fetch('speech.wav');
  const buffer = await audio.decodeAudioData(await answer.arrayBuffer());
  const source = new AudioBufferSourceNode(audio, { buffer, loop: true });
  source.connect(destination);
  source.start();
}

/** A destination into which nothing plays at all gives no sound in Chromium, not even silence: nothing would be sent. */
function silence(destination) {
  const source = new ConstantSourceNode(audio, { offset: 0 });
  source.connect(destination);
  source.start();
}

function voice(destination) {
  const seconds = 8;
  const rate = 48_000;
  const buffer = new AudioBuffer({ length: seconds * rate, sampleRate: rate });
  const samples = buffer.getChannelData(0);
  let phase = 0;
  let smooth = 0;
  for (let at = 0; at < samples.length; at += 1) {
    const syllable = Math.floor(at / (rate * 0.18));
    const within = (at / (rate * 0.18)) % 1;
    const loud = [0.8, 0.3, 0.6, 0, 0.9, 0.05, 0.7, 0, 0][syllable % 9] * Math.sin(Math.PI * within);
    phase += (110 + 40 * Math.sin(at / rate) + 60 * within) / rate;
    const vowel = 2 * (phase % 1) - 1;
    const hiss = Math.random() * 2 - 1;
    smooth += 0.15 * (vowel - smooth);
    samples[at] = loud * (syllable % 4 === 2 ? 0.5 * hiss : smooth + 0.1 * vowel);
  }
  const source = new AudioBufferSourceNode(audio, { buffer, loop: true });
  source.connect(destination);
  source.start();
}
