// Whether a browser can put our encryption between its encoders and the network: asked before anything else is asked of
// the person, for nobody takes part unencrypted.

/**
 * `RTCRtpScriptTransform` (W3C, *WebRTC Encoded Transform*), in both directions. Chromium, Firefox and Safari have it;
 * the older `createEncodedStreams` of Chromium is another interface and is not used.
 */
export function canEncrypt(scope: object = globalThis): boolean {
  const { RTCRtpScriptTransform, RTCRtpSender, RTCRtpReceiver, Worker } = scope as Record<
    string,
    { prototype?: object } | undefined
  >;
  return (
    typeof RTCRtpScriptTransform === 'function' &&
    typeof Worker === 'function' &&
    hasTransform(RTCRtpSender) &&
    hasTransform(RTCRtpReceiver)
  );
}

function hasTransform(made: { prototype?: object } | undefined): boolean {
  return made?.prototype !== undefined && 'transform' in made.prototype;
}
