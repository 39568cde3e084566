// What anybody on the way can tell from the headers and sizes of RTP packets, and whether it is more than it should be.

/** Samples in a frame of sound: 20 ms. */
const FRAME = 960;
/** What SRTP puts behind a payload: the tag of AES-GCM (RFC 7714). */
const SRTP_TAG = 16;
/** A sealed sound (docs/protocol.md, “Media encryption”). */
const SOUND = 143;
/** Around the padded picture: clear byte, header, tag (there, too). */
const AROUND_PICTURE = 1 + 7 + 16;
/** The VP8 payload descriptor of a sealed picture (RFC 7741 §4.2), as both browsers make it. */
const DESCRIPTOR = 1;

/** In a hundred pictures of a strict meeting: key frames, and those after a sudden change. */
const MOST_LARGE = 10;

const MID = 'urn:ietf:params:rtp-hdrext:sdes:mid';

/**
 * What an answer agrees to: types of payloads by codec, header extensions by their number, and by media section the
 * stream in which the server sends.
 */
export function agreement(sdp) {
  const lines = (pattern) => [...sdp.matchAll(pattern)];
  return {
    types: new Map(
      lines(/^a=rtpmap:(\d+) ([^/\s]+)/gm).map(([, type, codec]) => [codec.toLowerCase(), +type]),
    ),
    extensions: new Map(lines(/^a=extmap:(\d+)\S* (\S+)/gm).map(([, id, uri]) => [+id, uri])),
    sources: new Map(
      sdp
        .split(/^m=/m)
        .map((section) => [section.match(/^a=mid:(\S+)/m)?.[1], section.match(/^a=ssrc:(\d+)/m)?.[1]])
        .map(([mid, source]) => [mid, source && +source]),
    ),
  };
}

/** The packets of one codec, by stream, each stream in the order in which it was sent and without repetitions. */
export function streams(packets, { types }, codec) {
  const found = new Map();
  for (const packet of packets) {
    if (packet.type !== types.get(codec)) continue;
    const stream = found.get(packet.stream) ?? [];
    found.set(packet.stream, stream);
    stream.push({ ...packet, order: after(stream[0]?.sequence ?? packet.sequence, packet.sequence) });
  }
  return [...found.values()].map((stream) =>
    stream
      .sort((one, other) => one.order - other.order)
      .filter(({ order }, at) => order !== stream[at - 1]?.order),
  );
}

/** How much later a sequence number is, if neither is far from the other. */
const after = (one, other) => ((other - one + 0x8000) & 0xffff) - 0x8000;

/** The stream in which the server sends for this media section. */
export function streamOf(mid, packets, agreed, codec) {
  const source = agreed.sources.get(mid);
  const own = packets.filter(({ stream }) => stream === source);
  return streams(own, agreed, codec)[0];
}

/**
 * By what the packets of a stream of sound tell speech from silence (K5, K6); empty where they do not.
 * `sizes`: those of its payloads, if not the one they should have; `pauses`: how often more time passed than there were
 * packets; `spurts`: how often a packet is marked as the first after a pause (the first of all may be); `unknown`: header
 * extensions that nobody agreed to; `headers`: sorts of headers, if they differ by more than the name of the section.
 */
export function tellsOfSound(stream, { extensions }) {
  // Packets of nothing but padding measure the way; they have no frame.
  const frames = stream.filter(({ padded }) => !padded);
  const sizes = new Set(frames.map(({ payload }) => payload - SRTP_TAG));
  const uris = frames.map((frame) => frame.extensions.map(({ id }) => extensions.get(id) ?? `number ${id}`));
  const unknown = new Set(uris.flat().filter((uri) => !expected.has(uri)));
  const headers = new Set(
    frames.map(({ extensions: own }) =>
      own
        .filter(({ id }) => extensions.get(id) !== MID)
        .map(({ id, value }) => `${id}:${value.length}`)
        .join(),
    ),
  );
  return told({
    sizes: sizes.size === 1 && sizes.has(SOUND) ? [] : [...sizes].sort((one, other) => one - other),
    pauses: pauses(stream),
    spurts: frames.slice(1).filter(({ marker }) => marker).length,
    unknown: [...unknown],
    headers: headers.size > 1 || namings(uris) > 1 ? [...headers] : [],
  });
}

/** What a packet of sound may tell: the name of its section, and numbers that count packets, or when it was sent. */
const expected = new Set([
  MID,
  'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
  'http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time',
]);

const told = (facts) =>
  Object.fromEntries(
    Object.entries(facts).filter(([, fact]) => (Array.isArray(fact) ? fact.length : fact) > 0),
  );

function pauses(stream) {
  let count = 0;
  let padding = 0;
  let last;
  for (const packet of stream) {
    if (packet.padded) {
      padding += 1;
      continue;
    }
    const passed = last && (packet.time - last.time) >>> 0;
    // What was lost on the way took time as well.
    if (last && passed !== FRAME * (packet.order - last.order - padding)) count += 1;
    last = packet;
    padding = 0;
  }
  return count;
}

/** How often a stream begins to name its section. */
function namings(uris) {
  const named = uris.map((one) => one.includes(MID));
  return named.filter((now, at) => now && !named[at - 1]).length;
}

/** Sizes of pictures that are not padded as they should be; of those that came whole. */
export function unpaddedPictures(stream) {
  return pictures(stream).filter((size) => padme(size) !== size);
}

/**
 * By what the pictures of a layer tell movement from stillness in a strict meeting (K5); empty where they do not. Most
 * are of one size, the layer's cell. `odd`: sizes that are no whole cells; `large`: how many in a hundred are of more
 * than one cell, if too many are.
 */
export function tellsOfPictures(stream) {
  const sizes = pictures(stream);
  const cell = mostFrequent(sizes);
  const large = (100 * sizes.filter((size) => size > cell).length) / sizes.length;
  return told({
    odd: [...new Set(sizes.filter((size) => size % cell !== 0))],
    large: large > MOST_LARGE ? large : 0,
  });
}

function mostFrequent(sizes) {
  const counts = new Map();
  for (const size of sizes) counts.set(size, (counts.get(size) ?? 0) + 1);
  const most = Math.max(...counts.values());
  return [...counts].find(([, count]) => count === most)?.[0];
}

/** Sizes of the padded pictures within their seals. */
export function pictures(stream) {
  const sizes = [];
  let parts = null;
  for (const [at, packet] of stream.entries()) {
    const before = stream[at - 1];
    const next = before !== undefined && packet.order === before.order + 1;
    // An overloaded browser may give up the rest of a picture before it has sent it.
    if (next && (before.marker || before.time !== packet.time)) parts = [];
    if (!next || packet.padded) parts = null;
    parts?.push(packet.payload - SRTP_TAG - DESCRIPTOR);
    if (parts && packet.marker) sizes.push(parts.reduce((sum, part) => sum + part, 0) - AROUND_PICTURE);
  }
  return sizes;
}

/** The next size of Padmé (docs/protocol.md, “Sealing”). */
function padme(length) {
  const exponent = Math.floor(Math.log2(length));
  const step = 2 ** (exponent - Math.floor(Math.log2(exponent)) - 1);
  return Math.ceil(length / step) * step;
}
