import { useState } from 'preact/hooks';
import type { HostActions, HostProblem, HostState } from '../../state/actions';
import { Field } from '../parts/field';
import { ProblemNote } from '../parts/problem';
import { Threshold } from '../parts/threshold';
import { names, text } from '../text';
import { isUsable, NewPasswordFields } from './new-password';

const words = text.host.enrol;
const resetWords = text.host.reset;

interface Props {
  state: HostState & { kind: 'enrolling' };
  actions: HostActions;
  onCode: (code: string) => void;
}

/** A one-time address: a new account, or a new password for an old one. */
export function Enrol({ state, actions, onCode }: Props) {
  const [name, setName] = useState(state.name ?? '');
  const [password, setPassword] = useState({ password: '', repeated: '' });
  const [hasCode, setHasCode] = useState(true);
  const [code, setCode] = useState('');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<HostProblem | null>(state.problem);

  const ready = name.trim() !== '' && isUsable(password) && (!state.reset || !hasCode || code.trim() !== '');

  const submit = async (event: Event) => {
    event.preventDefault();
    if (!ready) return;
    setBusy(true);
    const recovery = state.reset && hasCode ? code : null;
    const outcome = await actions.enrol(name.trim(), password.password, recovery);
    setBusy(false);
    if (outcome.ok) onCode(outcome.value.recoveryCode);
    else setFailure(outcome.problem);
  };

  return (
    <Threshold>
      <Welcome state={state} />
      <ProblemNote>{failure && text.host.problem[failure]}</ProblemNote>
      <form class="form" onSubmit={submit}>
        {state.name === null && (
          <Field
            label={names.accountName}
            value={name}
            onInput={setName}
            help={words.name}
            autocomplete="username"
            maxLength={64}
            required
          />
        )}
        {state.reset && (
          <RecoveryChoice hasCode={hasCode} setHasCode={setHasCode} code={code} setCode={setCode} />
        )}
        <NewPasswordFields value={password} onChange={setPassword} />
        <button
          type="submit"
          class="button button-primary button-large"
          disabled={busy || !ready}
          aria-busy={busy}
        >
          {busy ? words.working : state.reset ? names.setPassword : names.createAccount}
        </button>
      </form>
    </Threshold>
  );
}

function Welcome({ state: { name, reset } }: { state: Props['state'] }) {
  const [title, lead] = reset
    ? [resetWords.title, resetWords.lead(name ?? '')]
    : name === null
      ? [words.firstTitle, words.firstLead]
      : [words.title(name), words.lead];
  return (
    <>
      <h1>{title}</h1>
      <p class="lead">{lead}</p>
    </>
  );
}

interface ChoiceProps {
  hasCode: boolean;
  setHasCode: (has: boolean) => void;
  code: string;
  setCode: (code: string) => void;
}

function RecoveryChoice({ hasCode, setHasCode, code, setCode }: ChoiceProps) {
  return (
    <fieldset class="choices">
      <legend>{resetWords.question}</legend>
      <label class="choice">
        <input type="radio" name="recovery" checked={hasCode} onChange={() => setHasCode(true)} />
        <span>
          {resetWords.have}
          <span class="help">{resetWords.haveHelp}</span>
        </span>
      </label>
      {hasCode && (
        <Field
          label={resetWords.code}
          value={code}
          onInput={setCode}
          help={resetWords.codeHelp}
          mono
          required
        />
      )}
      <label class="choice">
        <input type="radio" name="recovery" checked={!hasCode} onChange={() => setHasCode(false)} />
        <span>
          {resetWords.lost}
          <span class="help">{resetWords.lostHelp}</span>
        </span>
      </label>
    </fieldset>
  );
}
