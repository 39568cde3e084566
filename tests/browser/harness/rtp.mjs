// The header of an RTP packet (RFC 3550 §5.1, RFC 8285), which SRTP leaves readable.

const FIXED = 12;
const ONE_BYTE = 0xbede;
const TWO_BYTES = 0x1000;

/** `null` for what is no RTP: STUN and DTLS (RFC 7983), and RTCP (RFC 5761 §4). */
export function parseRtp(bytes) {
  if (bytes.length < FIXED || bytes[0] >> 6 !== 2) return null;
  if (bytes[1] >= 192 && bytes[1] <= 223) return null;
  const [flags, second] = bytes;
  let end = FIXED + 4 * (flags & 0x0f);
  let extensions = [];
  if (flags & 0x10) {
    const begin = end + 4;
    const profile = bytes.readUInt16BE(end);
    end = begin + 4 * bytes.readUInt16BE(end + 2);
    extensions = parseExtensions(profile, bytes.subarray(begin, end));
  }
  return {
    /** Something of the payload is padding: in SRTP nobody on the way can tell how much. */
    padded: (flags & 0x20) !== 0,
    marker: second >> 7 === 1,
    type: second & 0x7f,
    sequence: bytes.readUInt16BE(2),
    time: bytes.readUInt32BE(4),
    stream: bytes.readUInt32BE(8),
    extensions,
    header: end,
    /** What follows the header: ciphertext and its tag. */
    payload: bytes.length - end,
  };
}

function parseExtensions(profile, bytes) {
  const found = [];
  for (let at = 0; at < bytes.length; ) {
    let length;
    const [first] = bytes.subarray(at);
    if (first === 0) {
      // Between elements, and after the last.
      at += 1;
      continue;
    }
    if (profile === ONE_BYTE) {
      length = (first & 0x0f) + 1;
      at += 1;
      found.push({ id: first >> 4, value: bytes.subarray(at, at + length) });
    } else if ((profile & 0xfff0) === TWO_BYTES) {
      length = bytes[at + 1];
      at += 2;
      found.push({ id: first, value: bytes.subarray(at, at + length) });
    } else {
      throw new Error(`header extensions of an unknown kind: ${profile.toString(16)}`);
    }
    at += length;
  }
  return found;
}
