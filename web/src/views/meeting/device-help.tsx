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

/** Nothing where both devices work; one note where one permission is behind both. */
export function DevicesHelp({ microphone, camera }: Record<'microphone' | 'camera', DeviceProblem | null>) {
  if (microphone === 'refused' && camera === 'refused') {
    return <Note title={text.device.both} next={text.device.allow[thisBrowser()]} />;
  }
  return (
    <>
      {microphone && <Note {...deviceWords('microphone', microphone)} />}
      {camera && <Note {...deviceWords('camera', camera)} />}
    </>
  );
}

function Note({ title, next }: { title: string; next: string }) {
  return (
    <div class="device-help">
      <TriangleAlert size={20} />
      <p>
        <strong>{title}</strong> {next}
      </p>
    </div>
  );
}
