import { useState } from 'preact/hooks';
import type { HostActions, HostMeeting, HostProblem, HostState } from '../../state/actions';
import { certificateText } from '../certificate';
import { Plus, RefreshCw } from '../icons';
import { machineText } from '../machine';
import { BookLink } from '../parts/book';
import { ProblemNote } from '../parts/problem';
import { Protects } from '../parts/protects';
import { SourceOffer } from '../parts/source';
import { names, text } from '../text';
import { Mark, Wordmark } from '../wordmark';
import { AccountMenu } from './account';
import { Hours } from './hours';
import { Invite } from './invite';
import { MeetingCard } from './meeting-card';
import { NewMeeting } from './new-meeting';

const words = text.host.home;

export function Home({ state, actions }: { state: HostState & { kind: 'home' }; actions: HostActions }) {
  const [making, setMaking] = useState(false);
  const [made, setMade] = useState<HostMeeting | null>(null);
  const [failure, setFailure] = useState<HostProblem | null>(null);
  const problem = failure ?? state.problem;
  const machine = state.machine && machineText(state.machine, Date.now());

  const refresh = async () => {
    const outcome = await actions.refresh();
    setFailure(outcome.ok ? null : outcome.problem);
  };

  return (
    <div class="home">
      <header class="home-top">
        <Wordmark />
        <AccountMenu name={state.name} actions={actions} />
      </header>
      <main class="home-main">
        <div class="home-title">
          <h1>{words.title}</h1>
          <button type="button" class="icon-button" aria-label={words.refresh} onClick={refresh}>
            <RefreshCw size={18} />
          </button>
          {state.meetings.length > 0 && <NewButton onClick={() => setMaking(true)} />}
        </div>
        <ProblemNote>{problem && text.host.problem[problem]}</ProblemNote>
        {state.certificate && <p class="caution">{certificateText(state.certificate)}</p>}
        {machine?.warning && <p class="caution">{machine.warning}</p>}
        {state.meetings.length === 0 ? (
          <section class="empty">
            <Mark size={64} />
            <h2>{words.none}</h2>
            <p>{words.noneLead}</p>
            <NewButton onClick={() => setMaking(true)} />
          </section>
        ) : (
          <ul class="cards">
            {state.meetings.map((meeting) => (
              <MeetingCard
                key={meeting.id}
                meeting={meeting}
                hours={state.hours}
                actions={actions}
                onProblem={setFailure}
              />
            ))}
          </ul>
        )}
        {state.hours && <Hours hours={state.hours} actions={actions} onProblem={setFailure} />}
        {machine && <p class="machine">{machine.line}</p>}
        <Protects />
      </main>
      <footer class="home-foot">
        <BookLink />
        <SourceOffer />
      </footer>
      {making && (
        <NewMeeting
          actions={actions}
          onClose={() => setMaking(false)}
          onMade={(meeting) => {
            setMaking(false);
            setMade(meeting);
          }}
        />
      )}
      {made && <Invite meeting={made} actions={actions.invitations} onClose={() => setMade(null)} />}
    </div>
  );
}

function NewButton({ onClick }: { onClick: () => void }) {
  return (
    <button type="button" class="button button-primary" onClick={onClick}>
      <Plus size={18} />
      {names.newMeeting}
    </button>
  );
}
