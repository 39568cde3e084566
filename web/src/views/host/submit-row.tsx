import type { HostProblem } from '../../state/actions';
import { ProblemNote } from '../parts/problem';
import { names, text } from '../text';

interface Props {
  label: string;
  busy: boolean;
  failure: HostProblem | null;
  onClose: () => void;
}

/** How a form in a dialog ends: what went wrong, a way out, and the way on. */
export function SubmitRow({ label, busy, failure, onClose }: Props) {
  return (
    <div class="dialog-actions">
      <ProblemNote>{failure && text.host.problem[failure]}</ProblemNote>
      <button type="button" class="button" onClick={onClose}>
        {names.cancel}
      </button>
      <button type="submit" class="button button-primary" disabled={busy} aria-busy={busy}>
        {label}
      </button>
    </div>
  );
}
