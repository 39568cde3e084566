// Runs in the tested page before its own scripts: stands in for camera, microphone and screen.
//
// Each person is given one colour that nobody else sends and one tone that nobody else plays, so that a receiver
// can be asked whose picture and whose voice it really got.
//
// `signature`: `{ colour?, tone?, recording?, screen?, screenTone?, size?, rate?, refused? }`. Colours are `[r, g, b]`, tones are
// in hertz, 0 for silence; `recording`, a sound file in Base64, is played in place of the tone; `size` is the camera's,
// `[width, height]`, and `rate` its pictures a second. A device that the signature leaves out does not exist; `refused` has the browser say that the person
// said no.
(signature) => {
  const usualSize = [640, 360];
  const framesPerSecond = signature.rate ?? 15;

  /** Discs of all colours that run through the whole picture. */
  function drawCrowd(context, step) {
    const { width, height } = context.canvas;
    for (let disc = 0; disc < 40; disc += 1) {
      const x = width * (0.5 + 0.5 * Math.sin(step / 8 + disc * 1.7));
      const y = height * (0.5 + 0.5 * Math.cos(step / 9 + disc * 2.3));
      context.fillStyle = `hsl(${disc * 47} 70% ${30 + disc}%)`;
      context.beginPath();
      context.arc(x, y, (height * (3 + (disc % 5))) / 40, 0, 2 * Math.PI);
      context.fill();
    }
  }

  /** One colour, and a white bar that walks along the lower edge, so that no two frames are the same. */
  function pictureTrack(colour, size = usualSize) {
    const canvas = document.createElement('canvas');
    const resize = ([width, height]) => Object.assign(canvas, { width, height });
    resize(size);
    const context = canvas.getContext('2d', { alpha: false });
    let step = 0;
    const draw = () => {
      const { width, height } = canvas;
      context.fillStyle = `rgb(${colour.join(',')})`;
      context.fillRect(0, 0, width, height);
      if (signals.busy) drawCrowd(context, step);
      context.fillStyle = '#fff';
      context.fillRect(((step % 40) / 40) * width, height * 0.8, width / 10, height * 0.2);
      step += 1;
    };
    draw();
    const [track] = canvas.captureStream(framesPerSecond).getVideoTracks();
    const timer = setInterval(draw, 1000 / framesPerSecond);
    globalThis.signals.resizePicture = resize;
    return stoppable(track, () => clearInterval(timer));
  }

  let audio = null;
  /** A pure sine. */
  function toneTrack(hertz) {
    audio ??= new AudioContext({ sampleRate: 48000 });
    const oscillator = new OscillatorNode(audio, { frequency: hertz });
    const destination = new MediaStreamAudioDestinationNode(audio, { channelCount: 1 });
    oscillator.connect(new GainNode(audio, { gain: 0.4 })).connect(destination);
    oscillator.start();
    const [track] = destination.stream.getAudioTracks();
    return stoppable(track, () => oscillator.stop());
  }

  /** A recording that is played again and again: the bytes of a sound file in Base64. */
  async function recordingTrack(encoded) {
    audio ??= new AudioContext({ sampleRate: 48000 });
    const bytes = Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0));
    const buffer = await audio.decodeAudioData(bytes.buffer);
    const source = new AudioBufferSourceNode(audio, { buffer, loop: true });
    const destination = new MediaStreamAudioDestinationNode(audio, { channelCount: 1 });
    source.connect(destination);
    source.start();
    const [track] = destination.stream.getAudioTracks();
    return stoppable(track, () => source.stop());
  }

  function stoppable(track, atStop) {
    const stop = track.stop.bind(track);
    track.stop = () => {
      if (track.readyState === 'live') atStop();
      stop();
    };
    return track;
  }

  /** A generated track has no device; the page is told of one, as a real camera would. */
  function asDevice(track, deviceId) {
    const settings = track.getSettings.bind(track);
    track.getSettings = () => ({ ...settings(), deviceId, groupId: 'generators' });
    track.applyConstraints = async () => {};
    return track;
  }

  const devices = [
    { kind: 'audioinput', deviceId: 'tone', label: 'Tone generator', exists: 'tone' in signature },
    { kind: 'videoinput', deviceId: 'picture', label: 'Picture generator', exists: 'colour' in signature },
    { kind: 'audiooutput', deviceId: 'default', label: 'Loudspeaker', exists: true },
  ];

  const signals = {
    pictureTrack,
    toneTrack,
    stoppable,
    signature,
    /** Whether much moves in the pictures. */
    busy: false,
  };
  // For the proof that a muted page is not heard even when it goes on sending.
  globalThis.signals = signals;

  const media = navigator.mediaDevices;
  media.enumerateDevices = async () =>
    devices
      .filter((device) => device.exists)
      .map(({ kind, deviceId, label }) => ({ kind, deviceId, label, groupId: 'generators' }));
  media.getUserMedia = async ({ audio: wantsAudio, video: wantsVideo }) => {
    if (signature.refused) throw new DOMException('Permission denied', 'NotAllowedError');
    if ((wantsAudio && !('tone' in signature)) || (wantsVideo && !('colour' in signature))) {
      throw new DOMException('Requested device not found', 'NotFoundError');
    }
    const tracks = [];
    if (wantsAudio) {
      const { tone, recording } = signature;
      const track = recording ? await recordingTrack(recording) : signals.toneTrack(tone);
      tracks.push(asDevice(track, 'tone'));
    }
    if (wantsVideo) tracks.push(asDevice(signals.pictureTrack(signature.colour, signature.size), 'picture'));
    return new MediaStream(tracks);
  };
  media.getDisplayMedia = async ({ audio: wantsAudio } = {}) => {
    const tracks = [pictureTrack(signature.screen)];
    if (wantsAudio && 'screenTone' in signature) tracks.push(toneTrack(signature.screenTone));
    return new MediaStream(tracks);
  };
};
