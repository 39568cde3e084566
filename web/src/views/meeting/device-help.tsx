import type { DeviceProblem } from '../../state/model';
import { thisBrowser } from '../browser';
import { TriangleAlert } from '../icons';
import { text } from '../text';

type Kind = 'microphone' | 'camera' | 'screen';

/** What is wrong with a device, and what to do in this browser. */
export function deviceWords(kind: Kind, problem: DeviceProblem): { title: string; next: string } {
  const title = text.device.title[kind][problem];
  if (problem !== 'refused') return { title, next: text.device.next[problem] };
  return { title, next: kind === 'screen' ? text.device.screenRefused : text.device.allow[thisBrowser()] };
}

export function DeviceHelp({ kind, problem }: { kind: Kind; problem: DeviceProblem }) {
  const { title, next } = deviceWords(kind, problem);
  return (
    <div class="device-help">
      <TriangleAlert size={20} />
      <p>
        <strong>{title}</strong> {next}
      </p>
    </div>
  );
}
