// Runs in the tested page before its own scripts: leads its media through a relay that looks at each packet.
//
// `port`: the relay's. `broken`: what the page does for privacy is undone. Nothing is sealed, Opus takes as many bytes as
// a sound needs and pauses in silence, and each packet tells how loud it is.
({ port, broken = false }) => {
  function undo({ localDescription }, sdp) {
    // The page cuts it out of what it offers the server. The browser itself still has it.
    const [level] = localDescription.sdp.match(/^a=extmap:\d+ \S+:ssrc-audio-level.*\r\n/m);
    return sdp
      .replaceAll(';cbr=1', ';cbr=0')
      .replaceAll(';usedtx=0', ';usedtx=1')
      .replace(/^(m=audio [\s\S]*?)(?=^a=)/gm, `$1${level}`);
  }

  const { setRemoteDescription } = RTCPeerConnection.prototype;
  RTCPeerConnection.prototype.setRemoteDescription = function ({ type, sdp }) {
    const led = sdp.replace(/^(a=candidate:\S+ \d+ udp \d+ \S+) \d+ /gim, `$1 ${port} `);
    return setRemoteDescription.call(this, { type, sdp: broken ? undo(this, led) : led });
  };

  if (!broken) return;
  Object.defineProperty(RTCRtpSender.prototype, 'transform', { set() {} });
  // Firefox has no such thing.
  RTCRtpTransceiver.prototype.setHeaderExtensionsToNegotiate &&= () => {};
};
