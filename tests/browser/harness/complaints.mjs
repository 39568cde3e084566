// What a page must never do, whatever the scene: ask another origin, break its own policy, throw.

/** What a browser reports when the server is gone or says no. Scenes do that on purpose; it is no fault of the page. */
const expected = [
  /Failed to load resource/,
  /WebSocket connection to .* failed/,
  /can.t establish a connection to the server at wss:/,
  /The connection to wss:\S+ was interrupted/,
  /WebRTC: ICE failed/,
];

const isExpected = (text) => expected.some((pattern) => pattern.test(text));

export class Complaints {
  #list = [];
  /** Set once the tab is at its first address. */
  origin = null;

  request(address) {
    const url = new URL(address);
    if (['data:', 'blob:', 'about:'].includes(url.protocol) || !this.origin) return;
    // A WebSocket's origin is written with another scheme; the host with its port is what must be the same.
    if (url.host !== new URL(this.origin).host) this.#list.push(`asked another origin: ${url.origin}`);
  }

  error(thrown) {
    // Firefox reports a failed connection like something that was thrown.
    if (!isExpected(String(thrown.message))) this.#list.push(`threw: ${thrown.stack ?? thrown}`);
  }

  console(type, text) {
    // The first comes from `page/witness.js`: a policy violation is told to the document, not thrown.
    const violation = text.startsWith('policy violation');
    const unexpected = type === 'error' && !isExpected(text);
    if (violation || unexpected) this.#list.push(`said: ${text}`);
  }

  get list() {
    return [...this.#list];
  }
}
