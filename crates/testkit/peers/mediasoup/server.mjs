// A mediasoup worker that is driven by JSON lines: requests { id, method, ... } come on standard input, answers
// { id, result } or { id, error } go to standard output. The first line out tells that it is ready.

import { createInterface } from 'node:readline';
import { createWorker } from 'mediasoup';

const LISTEN = { protocol: 'udp', ip: '127.0.0.1' };
const BUFFER = 4 * 1024 * 1024;
// What the native participants speak; nothing else is offered to a receiver.
const EXTENSIONS = [
  'urn:ietf:params:rtp-hdrext:sdes:mid',
  'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
];
const CODECS = [
  { kind: 'audio', mimeType: 'audio/opus', clockRate: 48000, channels: 2, preferredPayloadType: 111 },
  { kind: 'video', mimeType: 'video/VP8', clockRate: 90000, preferredPayloadType: 96 },
];
const FEEDBACK = {
  audio: ['transport-cc '],
  video: ['nack ', 'nack pli', 'transport-cc '],
};

const worker = await createWorker({
  logLevel: process.env.LOG_LEVEL ?? 'error',
  logTags: ['dtls', 'srtp'],
  disableLiburing: process.env.LIBURING === '0',
});
worker.on('died', () => process.exit(1));
const webRtcServer = await worker.createWebRtcServer({
  listenInfos: [{ ...LISTEN, port: Number(process.argv[2]), sendBufferSize: BUFFER, recvBufferSize: BUFFER }],
});

/** Room number → { router, capabilities, publishing, receiving, producers, consumers }. */
const rooms = new Map();

async function roomOf(number) {
  if (!rooms.has(number)) rooms.set(number, openRoom());
  return rooms.get(number);
}

async function openRoom() {
  const router = await worker.createRouter({ mediaCodecs: CODECS });
  const { codecs, headerExtensions } = router.rtpCapabilities;
  const feedback = (kind, { type, parameter }) => FEEDBACK[kind].includes(`${type} ${parameter ?? ''}`);
  const capabilities = {
    codecs: codecs.map((codec) => ({
      ...codec,
      rtcpFeedback: codec.rtcpFeedback.filter((one) => feedback(codec.kind, one)),
    })),
    headerExtensions: headerExtensions.filter(({ uri }) => EXTENSIONS.includes(uri)),
  };
  const none = () => new Map();
  return {
    router,
    capabilities,
    publishing: none(),
    receiving: none(),
    producers: none(),
    consumers: none(),
  };
}

/** With an estimate of its outgoing bitrate that is twice what is needed, in bits per second, and never below that. */
async function openTransport({ router }, needed) {
  const transport = await router.createWebRtcTransport({
    webRtcServer,
    enableUdp: true,
    enableTcp: false,
    initialAvailableOutgoingBitrate: needed && 2 * needed,
  });
  if (needed) await transport.setMinOutgoingBitrate(needed);
  return transport;
}

/** What a session description needs to know. */
const described = ({ iceParameters, iceCandidates, dtlsParameters }) => ({
  iceParameters,
  candidate: iceCandidates[0],
  fingerprint: dtlsParameters.fingerprints.find(({ algorithm }) => algorithm === 'sha-256').value,
});

const connect = (transport, fingerprint) =>
  transport.connect({
    dtlsParameters: { role: 'server', fingerprints: [{ algorithm: 'sha-256', value: fingerprint }] },
  });

const methods = {
  /** Opens the connection on which a participant will publish. */
  async publish({ room, participant, fingerprint }) {
    const opened = await roomOf(room);
    const transport = await openTransport(opened);
    opened.publishing.set(participant, transport);
    await connect(transport, fingerprint);
    return described(transport);
  },

  /** Announces one source on it. */
  async produce({ room, participant, source, kind, rtpParameters }) {
    const { publishing, producers } = await roomOf(room);
    producers.set(
      `${participant} ${source}`,
      await publishing.get(participant).produce({ kind, rtpParameters }),
    );
  },

  /** Opens the connection on which a participant receives these sources, a picture in this layer where it has layers. All
   * together have this bitrate. */
  async receive({ room, participant, sources, layer, bitrate }) {
    const opened = await roomOf(room);
    const transport = await openTransport(opened, bitrate);
    opened.receiving.set(participant, transport);
    const consumers = [];
    for (const source of sources) {
      const producer = opened.producers.get(source);
      consumers.push(
        await transport.consume({
          producerId: producer.id,
          rtpCapabilities: opened.capabilities,
          preferredLayers: producer.type === 'simulcast' ? { spatialLayer: layer } : undefined,
        }),
      );
    }
    opened.consumers.set(participant, consumers);
    return {
      transport: described(transport),
      consumers: consumers.map(({ kind, rtpParameters }) => ({ kind, rtpParameters })),
    };
  },

  /** Takes the fingerprint of a receiver that has answered. */
  async connect({ room, participant, fingerprint }) {
    await connect((await roomOf(room)).receiving.get(participant), fingerprint);
  },

  /** Asks for another layer of all pictures. */
  async prefer({ room, participant, layer }) {
    for (const consumer of (await roomOf(room)).consumers.get(participant)) {
      if (consumer.type === 'simulcast') await consumer.setPreferredLayers({ spatialLayer: layer });
    }
  },

  /** What mediasoup itself counts about a receiver. */
  async stats({ room, participant }) {
    const { receiving, consumers } = await roomOf(room);
    const layers = consumers.get(participant).map(({ currentLayers }) => currentLayers?.spatialLayer);
    return { transport: await receiving.get(participant).getStats(), layers };
  },
};

const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

say({ ready: { worker: worker.pid, node: process.version } });
for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, ...request } = JSON.parse(line);
  try {
    say({ id, result: (await methods[method](request)) ?? null });
  } catch (error) {
    say({ id, error: String(error) });
  }
}
worker.close();
