import { describe, expect, test } from 'vitest';
import { leavingOffer, withConstantOpus } from './sdp';

const OFFER = [
  'v=0',
  'o=- 123 2 IN IP4 192.168.1.20',
  's=-',
  't=0 0',
  'a=group:BUNDLE 0 1',
  'm=audio 50000 UDP/TLS/RTP/SAVPF 111',
  'c=IN IP4 192.168.1.20',
  'a=rtcp:50001 IN IP4 192.168.1.20',
  'a=candidate:1 1 udp 2113937151 192.168.1.20 50000 typ host',
  'a=candidate:2 1 udp 2113937150 2001:db8::1 50000 typ host',
  'a=end-of-candidates',
  'a=ice-ufrag:abcd',
  'a=mid:0',
  'a=extmap:14 urn:ietf:params:rtp-hdrext:ssrc-audio-level',
  'a=extmap:1/recvonly urn:ietf:params:rtp-hdrext:csrc-audio-level',
  'a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid',
  'a=rtpmap:111 opus/48000/2',
  'm=video 9 UDP/TLS/RTP/SAVPF 96',
  'a=mid:1',
  'a=rid:f send',
  'a=simulcast:send q;h;~f',
  '',
].join('\r\n');

describe('an offer as it leaves the page', () => {
  const sent = leavingOffer(OFFER);

  test('tells no address (P1)', () => {
    expect(sent).not.toMatch(/192\.168|2001:db8|candidate/);
    expect(sent).toContain('o=- 123 2 IN IP4 0.0.0.0\r\n');
    expect(sent).toContain('c=IN IP4 0.0.0.0\r\n');
  });

  test('asks for no audio level (K6)', () => {
    expect(sent).not.toContain('audio-level');
    expect(sent).toContain('a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n');
  });

  test('tells of layers that rest as of the others', () => {
    expect(sent).toContain('a=simulcast:send q;h;f\r\n');
  });

  test('keeps the rest, line for line', () => {
    for (const kept of ['a=group:BUNDLE 0 1', 'a=ice-ufrag:abcd', 'a=mid:0', 'a=rtpmap:111 opus/48000/2']) {
      expect(sent.split('\r\n')).toContain(kept);
    }
    expect(sent.endsWith('\r\n')).toBe(true);
    expect(leavingOffer(sent)).toBe(sent);
  });
});

const ANSWER = [
  'v=0',
  'a=fmtp:111 of no section',
  'm=audio 9 UDP/TLS/RTP/SAVPF 111',
  'a=mid:0',
  'a=rtpmap:111 opus/48000/2',
  'a=fmtp:111 minptime=10;usedtx=1;cbr=0',
  'm=video 9 UDP/TLS/RTP/SAVPF 96',
  'a=mid:1',
  'a=rtpmap:96 VP8/90000',
  'm=audio 9 UDP/TLS/RTP/SAVPF 109',
  'a=mid:7',
  'a=rtpmap:109 OPUS/48000/2',
  'm=audio 9 UDP/TLS/RTP/SAVPF 0',
  'a=mid:8',
  '',
].join('\r\n');

describe('an answer as it is applied', () => {
  const applied = withConstantOpus(ANSWER, 47_600);
  const lines = applied.split('\r\n');

  test('makes sound constant (K5)', () => {
    const [sound] = lines.filter((line) => line.startsWith('a=fmtp:111 minptime'));
    expect(sound?.slice('a=fmtp:111 '.length).split(';').sort()).toEqual(
      [
        'cbr=1',
        'maxaveragebitrate=47600',
        'minptime=10',
        'sprop-stereo=0',
        'stereo=0',
        'usedtx=0',
        'useinbandfec=1',
      ].sort(),
    );
    expect(applied).not.toMatch(/usedtx=1|cbr=0/);
  });

  test('gives all sound the same rate', () => {
    expect(lines.filter((line) => line.startsWith('a=fmtp:109'))).toEqual([
      expect.stringContaining('maxaveragebitrate=47600'),
    ]);
  });

  test('leaves everything else alone', () => {
    expect(lines[1]).toBe('a=fmtp:111 of no section');
    expect(lines.filter((line) => !line.startsWith('a=fmtp:'))).toEqual(
      ANSWER.split('\r\n').filter((line) => !line.startsWith('a=fmtp:')),
    );
    expect(withConstantOpus(applied, 47_600)).toBe(applied);
  });
});
