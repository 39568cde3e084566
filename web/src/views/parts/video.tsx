import { useEffect, useRef } from 'preact/hooks';

interface VideoProps {
  stream: MediaStream | null;
  mirrored?: boolean;
  /** `contain` shows all of it, `cover` fills the frame. */
  fit: 'contain' | 'cover';
}

/** A picture without sound: sound has its own way to the loudspeaker. */
export function Video({ stream, mirrored, fit }: VideoProps) {
  const element = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const video = element.current;
    if (!video) return;
    if (video.srcObject !== stream) video.srcObject = stream;
    // Some browsers pause a video whose source was replaced. A refusal is harmless: the next frame tries again.
    if (stream) video.play().catch(() => undefined);
  }, [stream]);
  return (
    <video
      ref={element}
      class={`video video-${fit}${mirrored ? ' video-mirrored' : ''}`}
      playsInline
      autoPlay
      muted
      disablePictureInPicture
      aria-hidden="true"
      tabIndex={-1}
    />
  );
}
