// Runs in the tested page before its own scripts: remembers what went over its connections, and answers the
// questions of the scenes about what really arrives.
() => {
  const peers = [];
  const sent = [];
  const received = [];
  const sockets = [];

  const RealPeer = globalThis.RTCPeerConnection;
  globalThis.RTCPeerConnection = class RTCPeerConnection extends RealPeer {
    constructor(...parameters) {
      super(...parameters);
      peers.push(this);
    }
  };

  const RealSocket = globalThis.WebSocket;
  globalThis.WebSocket = class WebSocket extends RealSocket {
    constructor(...parameters) {
      super(...parameters);
      sockets.push(this);
      this.addEventListener('message', ({ data }) => received.push(JSON.parse(data)));
    }
    send(data) {
      const message = JSON.parse(data);
      if (message.type === 'watch') message.videos.push(...alsoWatched);
      sent.push(message);
      super.send(JSON.stringify(message));
    }
  };

  /** Asked for beside what the page has tiles for. */
  const alsoWatched = [];
  function watchToo(video) {
    alsoWatched.push(video);
    const { videos } = sent.findLast(({ type }) => type === 'watch');
    sockets.at(-1).send(JSON.stringify({ type: 'watch', videos }));
  }

  /** What the page put on the clipboard; no other page may read it there. */
  const copied = [];
  navigator.clipboard.writeText = async (text) => {
    copied.push(text);
  };

  /** What the page said in messages that come and go. Whoever looks late finds them here. */
  const notices = [];
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes) {
      for (const node of addedNodes) {
        for (const card of node.parentElement?.querySelectorAll('.notice') ?? []) {
          if (node.contains(card)) notices.push(card.querySelector('p').textContent);
        }
      }
    }
  }).observe(document, { childList: true, subtree: true });

  document.addEventListener('securitypolicyviolation', (violation) => {
    console.warn(
      `policy violation: ${violation.effectiveDirective} ${violation.blockedURI} ${violation.sample}`,
    );
  });

  const last = (type) => received.findLast((message) => message.type === type);
  const peer = () => peers.findLast((one) => one.connectionState !== 'closed');

  /** The receive section that carries a source, by the latest `slots` message. */
  const slot = (participant, source) =>
    last('slots')?.slots.find((one) => one.participant === participant && one.source === source)?.mid;

  /** The media section on which an own source is sent, by the latest offer. */
  const ownSection = (source) =>
    sent.findLast(({ type }) => type === 'offer').sources.find((section) => section.source === source)?.mid;

  const statistics = async (type) => {
    const current = peer();
    return current ? [...(await current.getStats()).values()].filter((entry) => entry.type === type) : [];
  };

  /** By what kind of candidate of its own the page's media goes now, and to which address. */
  async function way() {
    const current = peer();
    const all = current ? await current.getStats() : new Map();
    const pairs = [...all.values()].filter(({ type }) => type === 'candidate-pair');
    const used = pairs.find(({ nominated, state }) => nominated && state === 'succeeded');
    const { candidateType } = all.get(used?.localCandidateId) ?? {};
    const { address } = all.get(used?.remoteCandidateId) ?? {};
    return used ? { candidateType, to: address } : null;
  }

  /** Packets, and bytes in them, that were sent of an own source so far, all layers together. */
  async function outbound(source) {
    const mid = ownSection(source);
    const sum = { packets: 0, bytes: 0 };
    for (const entry of await statistics('outbound-rtp')) {
      if (entry.mid !== mid) continue;
      sum.packets += entry.packetsSent;
      sum.bytes += entry.bytesSent;
    }
    return sum;
  }

  const analysers = new Map();
  let audio = null;
  /** The loudest frequency in what one receive section plays at this moment, null for silence. */
  function tone(mid) {
    const track = peer()
      ?.getTransceivers()
      .find((one) => one.mid === mid)?.receiver.track;
    if (!track) return null;
    audio ??= new AudioContext();
    if (!analysers.has(track)) {
      const analyser = new AnalyserNode(audio, { fftSize: 8192, smoothingTimeConstant: 0 });
      audio.createMediaStreamSource(new MediaStream([track])).connect(analyser);
      analysers.set(track, analyser);
    }
    const analyser = analysers.get(track);
    const bins = new Float32Array(analyser.frequencyBinCount);
    analyser.getFloatFrequencyData(bins);
    const loudest = bins.indexOf(Math.max(...bins));
    return bins[loudest] > -60 ? (loudest * audio.sampleRate) / analyser.fftSize : null;
  }

  /** What a person's tile shows: the colour in its upper half, and where in the lower edge it is white. */
  function picture(participant, source) {
    const video = document.querySelector(
      `[data-participant="${participant}"][data-source="${source}"] video`,
    );
    if (!video || video.videoWidth === 0) return null;
    const canvas = new OffscreenCanvas(64, 36);
    const context = canvas.getContext('2d', { willReadFrequently: true });
    context.drawImage(video, 0, 0, 64, 36);
    const pixel = (x, y) => [...context.getImageData(x, y, 1, 1).data.slice(0, 3)];
    let bar = 0;
    for (let x = 0; x < 64; x += 1) bar += Math.min(...pixel(x, 33)) > 200 ? x : 0;
    return { colour: pixel(32, 10), bar, width: video.videoWidth, height: video.videoHeight };
  }

  globalThis.witness = {
    sent,
    received,
    peers,
    sockets,
    copied,
    notices,
    last,
    peer,
    slot,
    ownSection,
    watchToo,
    tone,
    picture,
    me: () => last('welcome')?.me,
    hears: (participant, source = 'microphone') => tone(slot(participant, source)),
    /** Packets and decoded frames so far, by receive section. */
    async inbound() {
      const entries = await statistics('inbound-rtp');
      return Object.fromEntries(
        entries.map((entry) => [
          entry.mid,
          { packets: entry.packetsReceived, frames: entry.framesDecoded ?? 0 },
        ]),
      );
    },
    /** What arrives of a person's microphone and camera, in counters that only rise, and the picture's height. */
    async vitals(participant) {
      const entries = await statistics('inbound-rtp');
      const of = (source) => entries.find(({ mid }) => mid === slot(participant, source)) ?? {};
      const [sound, picture] = [of('microphone'), of('camera')];
      return {
        at: performance.now(),
        samples: sound.totalSamplesReceived ?? 0,
        concealed: sound.concealedSamples ?? 0,
        corrected: sound.fecPacketsReceived ?? null,
        sounds: sound.packetsReceived ?? 0,
        frames: picture.framesDecoded ?? 0,
        height: picture.frameHeight ?? 0,
        bytes: (sound.bytesReceived ?? 0) + (picture.bytesReceived ?? 0),
      };
    },
    /** Packets that were sent of an own source so far, all layers together. */
    packetsSent: async (source) => (await outbound(source)).packets,
    outbound,
    way,
  };
};
