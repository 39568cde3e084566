// Notes the sizes of the frames that arrive, and lets none of them through.

let sizes = {};
let steps = {};
let last = null;

self.onmessage = () => {
  self.postMessage({ sizes, steps });
  sizes = {};
  steps = {};
};

self.onrtctransform = async ({ transformer }) => {
  const reader = transformer.readable.getReader();
  last = null;
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const size = value.data.byteLength;
    sizes[size] = (sizes[size] ?? 0) + 1;
    const time = value.getMetadata().rtpTimestamp ?? value.timestamp;
    if (last !== null) {
      const step = (time - last) >>> 0;
      steps[step] = (steps[step] ?? 0) + 1;
    }
    last = time;
  }
};
