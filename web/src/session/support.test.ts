import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { missing } from './support';

/** Whether a device was asked for. */
const asked = vi.fn();

class WithTransform {
  get transform(): null {
    return null;
  }
}

class Peer {
  addTransceiver(): void {}
}

beforeEach(() => {
  asked.mockReset();
  vi.stubGlobal('isSecureContext', true);
  vi.stubGlobal('RTCPeerConnection', Peer);
  vi.stubGlobal('RTCRtpScriptTransform', class {});
  vi.stubGlobal('RTCRtpSender', WithTransform);
  vi.stubGlobal('RTCRtpReceiver', WithTransform);
  vi.stubGlobal('Worker', class {});
  vi.stubGlobal('navigator', { mediaDevices: { getUserMedia: asked } });
});
afterEach(() => vi.unstubAllGlobals());

test('a current browser lacks nothing', async () => {
  expect(await missing()).toBeNull();
});

test.each([
  ['isSecureContext', 'secure_context'],
  ['RTCPeerConnection', 'webrtc'],
  ['RTCRtpScriptTransform', 'encryption'],
  ['RTCRtpSender', 'encryption'],
])('without %s it is told: %s', async (name, word) => {
  vi.stubGlobal(name, undefined);
  expect(await missing()).toBe(word);
});

test('that it cannot encrypt is told before anything about devices, and none is asked for (K2)', async () => {
  vi.stubGlobal('RTCRtpScriptTransform', undefined);
  vi.stubGlobal('navigator', {});
  expect(await missing()).toBe('encryption');
  vi.stubGlobal('RTCRtpScriptTransform', class {});
  expect(await missing()).toBe('devices');
  expect(asked).not.toHaveBeenCalled();
});
