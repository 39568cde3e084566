// Changes to session descriptions (RFC 8866), as text: what leaves the page tells no address (P1) and no loudness
// (K6), and what the encoder is told keeps speech at one rate (K5).

/** Where a listener could read how loud each packet is (RFC 6464, RFC 6465). Never negotiated. */
const AUDIO_LEVELS = [
  'urn:ietf:params:rtp-hdrext:ssrc-audio-level',
  'urn:ietf:params:rtp-hdrext:csrc-audio-level',
];

export function isAudioLevel(uri: string): boolean {
  return AUDIO_LEVELS.includes(uri);
}

/**
 * An offer as it leaves the page. The server learns the page's address from its packets; and layers that rest come and
 * go without an offer, so it is told of all of them alike (RFC 8853, 5.2).
 */
export function leavingOffer(sdp: string): string {
  return mapLines(sdp, (line) => {
    if (line.startsWith('a=candidate:') || line === 'a=end-of-candidates') return null;
    if (line.startsWith('c=')) return 'c=IN IP4 0.0.0.0';
    if (line.startsWith('a=rtcp:')) return 'a=rtcp:9 IN IP4 0.0.0.0';
    if (line.startsWith('a=simulcast:')) return line.replaceAll('~', '');
    if (line.startsWith('o=')) return line.replace(/ IN IP[46] \S+$/, ' IN IP4 0.0.0.0');
    if (line.startsWith('a=extmap:') && AUDIO_LEVELS.some((uri) => line.includes(uri))) return null;
    return line;
  });
}

/**
 * An answer as it is applied: every Opus encoder (RFC 7587), a voice's as a shared screen's, runs at the same constant
 * rate in bits per second, without pauses, with in-band error correction, in mono.
 */
export function withConstantOpus(sdp: string, rate: number): string {
  return sections(sdp)
    .flatMap((section) => (section[0]?.startsWith('m=audio') ? constantOpus(section, rate) : section))
    .map((line) => `${line}\r\n`)
    .join('');
}

function constantOpus(section: readonly string[], rate: number): string[] {
  const type = section
    .map((line) => /^a=rtpmap:(\d+) opus\//i.exec(line)?.[1])
    .find((found) => found !== undefined);
  if (type === undefined) return [...section];
  const wanted = new Map([
    ['minptime', '10'],
    ['cbr', '1'],
    ['usedtx', '0'],
    ['useinbandfec', '1'],
    ['stereo', '0'],
    ['sprop-stereo', '0'],
    ['maxaveragebitrate', String(rate)],
  ]);
  const prefix = `a=fmtp:${type} `;
  const parameters = [...wanted].map(([name, value]) => `${name}=${value}`).join(';');
  const others = section.filter((line) => !line.startsWith(prefix));
  return others.flatMap((line) =>
    line.startsWith(`a=rtpmap:${type} `) ? [line, prefix + parameters] : [line],
  );
}

/** The session's lines, then those of each media section. */
function sections(sdp: string): string[][] {
  const result: string[][] = [[]];
  for (const line of lines(sdp)) {
    if (line.startsWith('m=')) result.push([]);
    result.at(-1)?.push(line);
  }
  return result;
}

function mapLines(sdp: string, change: (line: string) => string | null): string {
  return lines(sdp)
    .map(change)
    .filter((line) => line !== null)
    .map((line) => `${line}\r\n`)
    .join('');
}

function lines(sdp: string): string[] {
  return sdp.split(/\r?\n/).filter((line) => line !== '');
}
