import { useEffect, useRef, useState } from 'preact/hooks';
import { pan, WHOLE, type Zoom, zoomAt } from '../../layout/zoom';
import { Maximize, ZoomIn, ZoomOut } from '../icons';
import { Video } from '../parts/video';
import { text } from '../text';

interface Props {
  stream: MediaStream | null;
  /** On the stage one can look closer; in the strip not. */
  zoomable: boolean;
  name: string;
}

const STEP = 1.5;
/** Of the scale, for each pixel that a wheel or trackpad moves. */
const WHEEL = 0.005;

/** A shared screen. Two fingers, Ctrl with the wheel, or the buttons zoom; dragging moves. */
export function ScreenView({ stream, zoomable, name }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const [zoom, setZoom] = useState<Zoom>(WHOLE);
  const shown = zoomable ? zoom : WHOLE;
  useGestures(frame, zoomable, setZoom);

  const zoomCentre = (factor: number) => {
    const size = frame.current?.getBoundingClientRect();
    if (size) setZoom((now) => zoomAt(now, { x: size.width / 2, y: size.height / 2 }, factor, size));
  };
  return (
    <div class={shown.scale > 1 ? 'screen screen-zoomed' : 'screen'} ref={frame}>
      <div
        class="screen-picture"
        style={{ transform: `translate(${shown.x}px, ${shown.y}px) scale(${shown.scale})` }}
      >
        <Video stream={stream} fit="contain" />
      </div>
      {zoomable && (
        // biome-ignore lint/a11y/useSemanticElements: buttons that belong together, not the fields of a form.
        <div class="screen-zoom" role="group" aria-label={text.room.screenOf(name)}>
          <button
            type="button"
            class="icon-button"
            aria-label={text.room.zoomOut}
            disabled={shown.scale === 1}
            onClick={() => zoomCentre(1 / STEP)}
          >
            <ZoomOut size={20} />
          </button>
          <button
            type="button"
            class="icon-button"
            aria-label={text.room.zoomIn}
            onClick={() => zoomCentre(STEP)}
          >
            <ZoomIn size={20} />
          </button>
          <button
            type="button"
            class="icon-button"
            aria-label={text.room.zoomFit}
            disabled={shown.scale === 1}
            onClick={() => setZoom(WHOLE)}
          >
            <Maximize size={20} />
          </button>
        </div>
      )}
    </div>
  );
}

type SetZoom = (change: (now: Zoom) => Zoom) => void;

function useGestures(frame: { current: HTMLElement | null }, on: boolean, setZoom: SetZoom): void {
  useEffect(() => {
    const element = frame.current;
    if (!element || !on) return;
    const fingers = new Map<number, { x: number; y: number }>();
    const local = (event: PointerEvent | WheelEvent) => {
      const box = element.getBoundingClientRect();
      return { point: { x: event.clientX - box.left, y: event.clientY - box.top }, box };
    };
    const spread = () => {
      const [a, b] = [...fingers.values()];
      return a && b ? Math.hypot(a.x - b.x, a.y - b.y) : null;
    };

    const wheel = (event: WheelEvent) => {
      // A pinch on a trackpad arrives as a wheel with Ctrl.
      if (!event.ctrlKey) return;
      event.preventDefault();
      const { point, box } = local(event);
      setZoom((now) => zoomAt(now, point, Math.exp(-event.deltaY * WHEEL), box));
    };
    const down = (event: PointerEvent) => {
      if ((event.target as Element).closest('button')) return;
      element.setPointerCapture(event.pointerId);
      fingers.set(event.pointerId, local(event).point);
    };
    const move = (event: PointerEvent) => {
      const before = fingers.get(event.pointerId);
      if (!before) return;
      const { point, box } = local(event);
      const widthBefore = spread();
      fingers.set(event.pointerId, point);
      const widthNow = spread();
      const share = 1 / fingers.size;
      setZoom((now) => {
        const moved = pan(now, (point.x - before.x) * share, (point.y - before.y) * share, box);
        return widthBefore && widthNow ? zoomAt(moved, point, widthNow / widthBefore, box) : moved;
      });
    };
    const up = (event: PointerEvent) => {
      fingers.delete(event.pointerId);
    };

    element.addEventListener('wheel', wheel, { passive: false });
    element.addEventListener('pointerdown', down);
    element.addEventListener('pointermove', move);
    element.addEventListener('pointerup', up);
    element.addEventListener('pointercancel', up);
    return () => {
      element.removeEventListener('wheel', wheel);
      element.removeEventListener('pointerdown', down);
      element.removeEventListener('pointermove', move);
      element.removeEventListener('pointerup', up);
      element.removeEventListener('pointercancel', up);
    };
  }, [frame, on, setZoom]);
}
