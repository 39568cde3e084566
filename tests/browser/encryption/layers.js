// A receiver without a server cannot tell simulcast layers apart. So the offer of one section with three layers is
// shown to it as three sections, named as the layers are: what the sender writes as the layer's name (RID) into each
// packet, the receiver reads as the section's name (MID).

const MID = 'urn:ietf:params:rtp-hdrext:sdes:mid';
const RID = 'urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id';
const REPAIRED = 'urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id';

const lines = (sdp) => sdp.split(/\r?\n/).filter((line) => line !== '');
const joined = (all) => all.map((line) => `${line}\r\n`).join('');
const isOf = (uri) => (line) => line.startsWith('a=extmap:') && line.endsWith(` ${uri}`);

function split(sdp) {
  const sections = [[]];
  for (const line of lines(sdp)) {
    if (line.startsWith('m=')) sections.push([]);
    sections.at(-1).push(line);
  }
  return sections;
}

/** The layers' streams, without those that repair them. */
const streams = (section) => section.flatMap((line) => /^a=ssrc-group:FID (\d+)/.exec(line)?.[1] ?? []);

const rids = (section) => section.flatMap((line) => /^a=rid:(\S+) send/.exec(line)?.[1] ?? []);

/** The offer, with a section for each layer. */
export function separated(offer) {
  const [session, section] = split(offer);
  const layers = rids(section);
  const identifier = /^a=extmap:(\d+)/.exec(section.find(isOf(RID)))[1];
  const common = section.filter(
    (line) =>
      !isOf(MID)(line) && !isOf(REPAIRED)(line) && !/^a=(rid|simulcast|mid|msid|ssrc|ssrc-group):/.test(line),
  );
  const sources = streams(section);
  const own = (rid, at) => [
    ...common.flatMap((line) =>
      isOf(RID)(line) ? [`a=extmap:${identifier} ${MID}`, `a=mid:${rid}`] : [line],
    ),
    // Where a browser says which stream a layer is, as Firefox does and needs.
    ...(sources[at] ? [`a=ssrc:${sources[at]} cname:layers`] : []),
  ];
  const bundle = session.map((line) =>
    line.startsWith('a=group:BUNDLE') ? `a=group:BUNDLE ${layers.join(' ')}` : line,
  );
  return joined([...bundle, ...layers.flatMap(own)]);
}

/** The answer to all sections, as one to the offer as it was. */
export function combined(offer, answer) {
  const [, offered] = split(offer);
  const [session, section] = split(answer);
  const layers = rids(offered);
  const mid = offered.find((line) => line.startsWith('a=mid:')).slice('a=mid:'.length);
  const names = [MID, RID].map((uri) => offered.find(isOf(uri)).replace(/\/\w+/, ''));
  const kept = section.filter((line) => !line.startsWith('a=mid:') && !isOf(MID)(line));
  const bundle = session.map((line) => (line.startsWith('a=group:BUNDLE') ? `a=group:BUNDLE ${mid}` : line));
  return joined([
    ...bundle,
    ...kept,
    `a=mid:${mid}`,
    ...names,
    ...layers.map((rid) => `a=rid:${rid} recv`),
    `a=simulcast:recv ${layers.join(';')}`,
  ]);
}
