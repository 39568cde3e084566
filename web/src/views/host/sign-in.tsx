import { useState } from 'preact/hooks';
import type { HostActions, HostProblem, Outcome } from '../../state/actions';
import { KeyRound } from '../icons';
import { Field, PasswordField } from '../parts/field';
import { ProblemNote } from '../parts/problem';
import { Threshold } from '../parts/threshold';
import { names, text } from '../text';

const words = text.host.signIn;

export function SignIn({ problem, actions }: { problem: HostProblem | null; actions: HostActions }) {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState(problem);

  const { obstacle } = actions.passkeys;

  const enter = async (work: () => Promise<Outcome<void>>) => {
    setBusy(true);
    const outcome = await work();
    setBusy(false);
    setFailure(outcome.ok ? null : outcome.problem);
  };
  const submit = (event: Event) => {
    event.preventDefault();
    return enter(() => actions.signIn(name.trim(), password));
  };

  return (
    <Threshold>
      <h1>{words.title}</h1>
      <p class="lead">{words.lead}</p>
      <ProblemNote>{failure && text.host.problem[failure]}</ProblemNote>
      <form class="form" onSubmit={submit}>
        <Field
          label={names.accountName}
          value={name}
          onInput={setName}
          autocomplete="username"
          maxLength={64}
          required
        />
        <PasswordField
          label={names.password}
          value={password}
          onInput={setPassword}
          autocomplete="current-password"
        />
        <button type="submit" class="button button-primary button-large" disabled={busy} aria-busy={busy}>
          {names.signIn}
        </button>
      </form>
      {obstacle === 'address' && <p class="help">{words.atNumber}</p>}
      {obstacle === null && (
        <div class="other-way">
          <p class="or">{words.or}</p>
          <button
            type="button"
            class="button button-large"
            disabled={busy}
            onClick={() => enter(() => actions.signInByPasskey())}
          >
            <KeyRound size={18} />
            {names.signInByPasskey}
          </button>
        </div>
      )}
      <details class="aside">
        <summary>{words.forgot}</summary>
        <p>{words.forgotHelp}</p>
      </details>
    </Threshold>
  );
}
