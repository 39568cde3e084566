import { type ReadonlySignal, useComputed } from '@preact/signals';
import { useState } from 'preact/hooks';
import type { MeetingActions } from '../../state/actions';
import type { AppState, Missing, Phase } from '../../state/model';
import { Threshold } from '../parts/threshold';
import { useTitle } from '../parts/title';
import { text } from '../text';
import { Over } from './over';
import { Prejoin } from './prejoin';
import { MeetingRoom } from './room';
import { WaitingPage } from './waiting';

const TITLES: Record<Phase['kind'], string> = {
  prejoin: text.titles.prejoin,
  joining: text.titles.prejoin,
  waiting: text.titles.waiting,
  inside: text.titles.inside,
  over: text.titles.over,
};

export interface MeetingPagesProps {
  state: ReadonlySignal<AppState>;
  actions: MeetingActions;
}

export function MeetingPages({ state, actions }: MeetingPagesProps) {
  const phase = useComputed(() => state.value.phase);
  // Kept here, so that a failed attempt does not ask for it again.
  const [password, setPassword] = useState('');
  const now = phase.value;
  useTitle(TITLES[now.kind]);
  switch (now.kind) {
    case 'prejoin':
      switch (now.problem?.kind) {
        case 'bad_link':
          return <BadLink />;
        case 'unsupported':
          return <Unsupported missing={now.problem.missing} />;
        default:
          return (
            <Prejoin
              state={state}
              phase={now}
              actions={actions}
              password={password}
              setPassword={setPassword}
            />
          );
      }
    case 'joining':
      return (
        <Threshold>
          <div class="threshold-words" role="status">
            <span class="spinner" aria-hidden="true" />
            <h1>{text.prejoin.joining}</h1>
            <p class="lead">{text.prejoin.joiningLead}</p>
          </div>
        </Threshold>
      );
    case 'waiting':
      return <WaitingPage until={now.until} actions={actions} />;
    case 'inside':
      return <MeetingRoom state={state} actions={actions} first={now.meeting} />;
    case 'over':
      return <Over how={now.how} actions={actions} />;
  }
}

function BadLink() {
  return (
    <Threshold>
      <h1>{text.prejoin.badLink}</h1>
      <p class="lead">{text.prejoin.badLinkLead}</p>
      <button type="button" class="button button-large" onClick={() => location.reload()}>
        {text.prejoin.again}
      </button>
    </Threshold>
  );
}

function Unsupported({ missing }: { missing: Missing }) {
  return (
    <Threshold>
      <h1>{text.unsupported.title}</h1>
      <p class="lead">{text.unsupported.missing[missing]}</p>
    </Threshold>
  );
}
