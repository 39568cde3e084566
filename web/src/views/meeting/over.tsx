import type { MeetingActions } from '../../state/actions';
import type { Ending } from '../../state/model';
import { Threshold } from '../parts/threshold';
import { names, text } from '../text';

export function Over({ how, actions }: { how: Ending; actions: MeetingActions }) {
  const key = how.kind === 'refused' ? how.reason : how.kind;
  return (
    <Threshold>
      <div class="threshold-words" role="status">
        <h1>{text.over.titles[key]}</h1>
        <p class="lead">{key === 'left' ? text.over.left : text.problem[key]}</p>
      </div>
      <Next how={key} actions={actions} />
    </Threshold>
  );
}

/** What makes sense now, if anything does. */
function Next({ how, actions }: { how: keyof typeof text.over.titles; actions: MeetingActions }) {
  const again = (label: string) => (
    <button type="button" class="button button-primary button-large" onClick={() => actions.rejoin()}>
      {label}
    </button>
  );
  switch (how) {
    case 'removed':
    case 'link_changed':
    case 'denied':
    case 'ended':
      return null;
    case 'outdated':
    case 'unproven':
      return (
        <button type="button" class="button button-primary button-large" onClick={() => location.reload()}>
          {text.over.reload}
        </button>
      );
    case 'signed_out':
      return (
        <a class="button button-primary button-large" href="/">
          {text.over.signIn}
        </a>
      );
    case 'replaced':
      return again(text.over.useHere);
    case 'left':
    case 'not_admitted':
    case 'locked':
    case 'full':
    case 'flooding':
    case 'too_slow':
    case 'group_fault':
    case 'closed':
    case 'stopping':
    case 'unreachable':
      return again(names.rejoin);
  }
}
