// Two ends of a meeting in one page, without a server between them: what one seals, the other opens. The real worker,
// the real handle, the browser's real encoders.

import { withConstantOpus } from '../../../web/src/session/sdp';
import { MediaKeys } from '../../../web/src/sframe/media-keys';
import { soundRate } from '../../../web/src/sframe/sound';
import { startWorker } from '../../../web/src/workers';
import { LAYERS } from './facts.js';
import { combined, separated } from './layers.js';
import { picture, sound } from './sources.js';

const ENCODINGS = LAYERS.map((rid, at) => ({
  rid,
  scaleResolutionDownBy: [4, 2, 1][at],
  maxBitrate: [150_000, 500_000, 1_700_000][at],
}));

class End {
  connection = new RTCPeerConnection();
  problems = [];

  constructor() {
    this.worker = startWorker('media');
    this.keys = new MediaKeys(this.worker, (role) => new RTCRtpScriptTransform(this.worker, role));
    this.keys.onProblem = (problem) => this.problems.push(problem);
  }

  /** A base key that is the same for the same letter. */
  epoch(epoch, leaf, letter) {
    this.keys.setEpoch({ epoch, leaf, baseKey: new Uint8Array(16).fill(letter.charCodeAt(0)) });
  }

  async statistics(type) {
    return [...(await this.connection.getStats()).values()].filter((entry) => entry.type === type);
  }
}

const ends = {};
let tap = null;
const listener = new Audio();

/**
 * Alice's camera in three layers, each in a slot of Bob's. `plain` leaves out the transform of `sender` or `receiver`,
 * as in a page that does not encrypt.
 */
async function connectCamera({ plain = null } = {}) {
  const { alice, bob } = begin();
  const track = picture();
  const transceiver = alice.connection.addTransceiver(track, {
    direction: 'sendonly',
    sendEncodings: ENCODINGS,
  });
  const { sender } = transceiver;
  const { codecs } = RTCRtpReceiver.getCapabilities('video');
  transceiver.setCodecPreferences(codecs.filter(({ mimeType }) => mimeType === 'video/VP8'));
  if (plain !== 'sender') alice.keys.attachSender(sender, 'camera');
  bob.connection.addEventListener('track', ({ receiver, transceiver }) => {
    const slot = LAYERS.indexOf(transceiver.mid);
    if (plain !== 'receiver') bob.keys.attachReceiver(receiver, slot);
    if (slot === 2) document.querySelector('video').srcObject = new MediaStream([receiver.track]);
  });
  const offer = await gathered(alice.connection, await alice.connection.createOffer());
  await bob.connection.setRemoteDescription({ type: 'offer', sdp: separated(offer) });
  const answer = await gathered(bob.connection, await bob.connection.createAnswer());
  await alice.connection.setRemoteDescription({ type: 'answer', sdp: combined(offer, answer) });
}

/**
 * Alice's microphone. `wire: 'tap'` has Bob note the sizes that arrive, and open nothing; `plain` leaves out Alice's
 * transform. `rate` is that of the encoder; `variable` has it not kept.
 */
async function connectSound({ kind, rate, wire = 'open', plain = false, variable = false }) {
  const { alice, bob } = begin();
  ends.track = await sound(kind);
  const { sender } = alice.connection.addTransceiver(ends.track, { direction: 'sendonly' });
  if (!plain) alice.keys.attachSender(sender, 'microphone');
  bob.connection.addEventListener('track', ({ receiver }) => {
    // A browser decodes what somebody listens to.
    listener.srcObject = new MediaStream([receiver.track]);
    listener.play();
    if (wire === 'tap') {
      tap ??= new Worker('tap.js');
      receiver.transform = new RTCRtpScriptTransform(tap, {});
    } else bob.keys.attachReceiver(receiver, 0);
  });
  const offer = await gathered(alice.connection, await alice.connection.createOffer());
  await bob.connection.setRemoteDescription({ type: 'offer', sdp: offer });
  const answer = await gathered(bob.connection, await bob.connection.createAnswer());
  const constant = withConstantOpus(answer, rate);
  const sdp = variable ? constant.replace('cbr=1', 'cbr=0') : constant;
  await alice.connection.setRemoteDescription({ type: 'answer', sdp });
}

function begin() {
  disconnect();
  ends.alice = new End();
  ends.bob = new End();
  return ends;
}

function disconnect() {
  for (const end of [ends.alice, ends.bob]) end?.connection.close();
  ends.track?.stop();
  ends.track = null;
}

/** The description with all candidates in it. */
async function gathered(connection, description) {
  await connection.setLocalDescription(description);
  while (connection.iceGatheringState !== 'complete') {
    await new Promise((resolve) =>
      connection.addEventListener('icegatheringstatechange', resolve, { once: true }),
    );
  }
  return connection.localDescription.sdp;
}

/** What the tap saw since it was asked last: how often each size came, and each step of the RTP time. */
function tapped() {
  return new Promise((resolve) => {
    tap.onmessage = ({ data }) => resolve(data);
    tap.postMessage(null);
  });
}

/** Frames that Bob's decoders gave, for each section. */
async function decoded() {
  const streams = await ends.bob.statistics('inbound-rtp');
  return Object.fromEntries(
    streams.map(({ mid, kind, framesDecoded = 0, keyFramesDecoded = 0, totalSamplesReceived, ...rest }) => [
      mid ?? kind,
      { framesDecoded, keyFramesDecoded, samples: totalSamplesReceived, packets: rest.packetsReceived },
    ]),
  );
}

/** The middle of the largest layer, as people would see it. */
function seen() {
  const video = document.querySelector('video');
  if (!video.videoWidth) return null;
  const canvas = Object.assign(document.createElement('canvas'), { width: 1, height: 1 });
  const context = canvas.getContext('2d');
  context.drawImage(video, video.videoWidth / 2, video.videoHeight / 2, 1, 1, 0, 0, 1, 1);
  return { width: video.videoWidth, colour: [...context.getImageData(0, 0, 1, 1).data].slice(0, 3) };
}

globalThis.encryption = {
  ends,
  connectCamera,
  connectSound,
  disconnect,
  decoded,
  seen,
  tapped,
  epoch: (name, ...parameters) => ends[name].epoch(...parameters),
  expect: (slot, expected) => ends.bob.keys.expect(slot, expected),
  statistics: (name) => ends[name].keys.statistics(),
  problems: (name) => ends[name].problems,
  /** Bytes of payload that Alice's connection sent. Packets of padding, which measure the way, have none. */
  sent: async () =>
    (await ends.alice.statistics('outbound-rtp')).reduce((sum, { bytesSent = 0 }) => sum + bytesSent, 0),
  encoded: async () =>
    (await ends.alice.statistics('outbound-rtp')).reduce(
      (sum, { framesEncoded = 0 }) => sum + framesEncoded,
      0,
    ),
  /** The loudness of what Bob hears. */
  heard: async () => (await ends.bob.statistics('inbound-rtp'))[0]?.audioLevel ?? 0,
  endWorker: (name) => ends[name].worker.terminate(),
  rate: () => soundRate(navigator.userAgent),
  enable: (on) => {
    ends.track.enabled = on;
  },
};
