import type { MeetingActions } from '../../state/actions';
import { Threshold } from '../parts/threshold';
import { names, text } from '../text';

export function WaitingPage({ until, actions }: { until: 'host' | 'admission'; actions: MeetingActions }) {
  const [title, lead] =
    until === 'host'
      ? [text.waiting.host, text.waiting.hostLead]
      : [text.waiting.admission, text.waiting.admissionLead];
  return (
    <Threshold>
      <div class="threshold-words" role="status">
        <span class="breath" aria-hidden="true">
          <span />
          <span />
          <span />
        </span>
        <h1>{title}</h1>
        <p class="lead">{lead}</p>
      </div>
      <button type="button" class="button button-large" onClick={() => actions.leave()}>
        {names.leave}
      </button>
    </Threshold>
  );
}
