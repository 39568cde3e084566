import type { ReadonlySignal } from '@preact/signals';
import { useState } from 'preact/hooks';
import type { HostActions, HostState } from '../../state/actions';
import { Threshold } from '../parts/threshold';
import { useTitle } from '../parts/title';
import { text } from '../text';
import { Enrol } from './enrol';
import { Home } from './home';
import { RecoveryCode } from './recovery-code';
import { SignIn } from './sign-in';

const TITLES: Record<HostState['kind'], string> = {
  loading: text.titles.host,
  signed_out: text.titles.signIn,
  enrolling: text.titles.enrol,
  spent_address: text.titles.enrol,
  home: text.titles.host,
};

export interface HostPagesProps {
  state: ReadonlySignal<HostState>;
  actions: HostActions;
}

export function HostPages({ state, actions }: HostPagesProps) {
  // The code is shown once, whatever the state has become meanwhile.
  const [code, setCode] = useState<string | null>(null);
  useTitle(TITLES[state.value.kind]);
  if (code !== null)
    return (
      <RecoveryCode
        code={code}
        onKept={async () => {
          await actions.refresh();
          setCode(null);
        }}
      />
    );

  const now = state.value;
  switch (now.kind) {
    case 'loading':
      return (
        <Threshold>
          <h1>{text.loading}</h1>
        </Threshold>
      );
    case 'signed_out':
      return <SignIn problem={now.problem} actions={actions} />;
    case 'enrolling':
      return <Enrol state={now} actions={actions} onCode={setCode} />;
    case 'spent_address':
      return (
        <Threshold>
          <h1>{text.host.spent.title}</h1>
          <p class="lead">{text.host.spent.lead}</p>
          <a class="button button-primary button-large" href="/">
            {text.host.spent.signIn}
          </a>
        </Threshold>
      );
    case 'home':
      return <Home state={now} actions={actions} />;
  }
}
