// Microphone, camera and screen, as the browser gives them. What goes wrong becomes a word that views can explain.

import type { DeviceProblem } from '../state/model';

export type Captured =
  | { kind: 'track'; track: MediaStreamTrack }
  | { kind: 'problem'; problem: DeviceProblem };

export function microphoneWish(id: string | null): MediaTrackConstraints {
  return {
    ...(id === null ? {} : { deviceId: { exact: id } }),
    echoCancellation: true,
    noiseSuppression: true,
    autoGainControl: true,
    channelCount: 1,
  };
}

export function cameraWish(id: string | null): MediaTrackConstraints {
  return {
    ...(id === null ? {} : { deviceId: { exact: id } }),
    width: { ideal: 1280 },
    height: { ideal: 720 },
    frameRate: { ideal: 30, max: 30 },
  };
}

export function captureMicrophone(id: string | null): Promise<Captured> {
  return capture({ audio: microphoneWish(id) });
}

export function captureCamera(id: string | null): Promise<Captured> {
  return capture({ video: cameraWish(id) });
}

/** Both with one question to the person, where the browser can; one of them where the other is missing. */
export async function captureBoth(): Promise<{ microphone: Captured; camera: Captured }> {
  try {
    const wish = { audio: microphoneWish(null), video: cameraWish(null) };
    const stream = await navigator.mediaDevices.getUserMedia(wish);
    return { microphone: only(stream.getAudioTracks()), camera: only(stream.getVideoTracks()) };
  } catch (error) {
    const problem = problemOf(error);
    if (problem === 'refused') {
      const refused: Captured = { kind: 'problem', problem };
      return { microphone: refused, camera: refused };
    }
    return { microphone: await captureMicrophone(null), camera: await captureCamera(null) };
  }
}

/** The picture, and the sound where the browser and the person give it. Null when the person changed their mind. */
export async function captureScreen(): Promise<
  | { kind: 'screen'; picture: MediaStreamTrack; sound: MediaStreamTrack | null }
  | { kind: 'problem'; problem: DeviceProblem }
  | null
> {
  try {
    const stream = await navigator.mediaDevices.getDisplayMedia({
      video: { frameRate: { ideal: 15, max: 30 } },
      audio: true,
    });
    const [picture] = stream.getVideoTracks();
    const [sound] = stream.getAudioTracks();
    if (!picture) return { kind: 'problem', problem: 'failed' };
    picture.contentHint = 'detail';
    if (sound) sound.contentHint = 'music';
    return { kind: 'screen', picture, sound: sound ?? null };
  } catch (error) {
    const problem = problemOf(error);
    return problem === 'refused' ? null : { kind: 'problem', problem };
  }
}

export function canShareScreen(): boolean {
  return typeof navigator.mediaDevices?.getDisplayMedia === 'function';
}

async function capture(wish: MediaStreamConstraints): Promise<Captured> {
  try {
    const stream = await navigator.mediaDevices.getUserMedia(wish);
    return only(stream.getTracks());
  } catch (error) {
    return { kind: 'problem', problem: problemOf(error) };
  }
}

function only([track]: MediaStreamTrack[]): Captured {
  if (!track) return { kind: 'problem', problem: 'failed' };
  track.contentHint = track.kind === 'audio' ? 'speech' : 'motion';
  return { kind: 'track', track };
}

/** The names that the W3C's Media Capture specification gives. */
export function problemOf(error: unknown): DeviceProblem {
  switch ((error as { name?: unknown } | null)?.name) {
    case 'NotAllowedError':
      return 'refused';
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'missing';
    case 'NotReadableError':
    case 'AbortError':
      return 'busy';
    case 'SecurityError':
      return 'insecure';
    default:
      return 'failed';
  }
}
