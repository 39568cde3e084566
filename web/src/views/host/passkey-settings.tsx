import { useEffect, useState } from 'preact/hooks';
import { MAX_NAME, MAX_PASSKEYS } from '../../generated/api';
import type {
  HostProblem,
  Outcome,
  OwnPasskey,
  PasskeyActions,
  PasskeyObstacle,
  PasskeySettings as Settings,
} from '../../state/actions';
import { KeyRound } from '../icons';
import { Confirm } from '../parts/dialog';
import { Field, PasswordField, Switch } from '../parts/field';
import { ProblemNote } from '../parts/problem';
import { text as common, names } from '../text';
import { text } from '../text-passkeys';
import type { PasskeysProps } from './passkeys';

/** What the dialog shows once it is loaded: first the question for the password, then what it opens. */
export function PasskeySettings({ actions, onClose }: PasskeysProps) {
  const [settings, setSettings] = useState<Settings | null>(null);
  useEffect(() => () => actions.close(), []);
  return (
    <div class="passkeys">
      {settings === null ? (
        <>
          <p>{text.lead}</p>
          <ConfirmPassword actions={actions} onOpen={setSettings} onClose={onClose} />
        </>
      ) : (
        <Opened settings={settings} actions={actions} onChange={setSettings} />
      )}
    </div>
  );
}

interface ConfirmProps extends PasskeysProps {
  onOpen: (settings: Settings) => void;
}

function ConfirmPassword({ actions, onOpen, onClose }: ConfirmProps) {
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<HostProblem | null>(null);

  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    const outcome = await actions.open(password);
    setBusy(false);
    if (outcome.ok) onOpen(outcome.value);
    else setFailure(outcome.problem);
  };

  return (
    <form class="form" onSubmit={submit}>
      <ProblemNote>{failure && wordsFor(failure)}</ProblemNote>
      <PasswordField
        label={names.password}
        value={password}
        onInput={setPassword}
        help={text.confirm}
        autocomplete="current-password"
      />
      <div class="dialog-actions">
        <button type="button" class="button" onClick={onClose}>
          {names.cancel}
        </button>
        <button
          type="submit"
          class="button button-primary"
          disabled={busy || password === ''}
          aria-busy={busy}
        >
          {text.continue}
        </button>
      </div>
    </form>
  );
}

interface OpenedProps {
  settings: Settings;
  actions: PasskeyActions;
  onChange: (settings: Settings) => void;
}

function Opened({ settings, actions, onChange }: OpenedProps) {
  const { passkeys, asksBoth } = settings;
  const [removing, setRemoving] = useState<OwnPasskey | null>(null);
  const [failure, setFailure] = useState<HostProblem | null>(null);

  const change = async (work: Promise<Outcome<Settings>>) => {
    const outcome = await work;
    setFailure(outcome.ok ? null : outcome.problem);
    if (outcome.ok) onChange(outcome.value);
  };

  return (
    <>
      <ProblemNote>{failure && wordsFor(failure)}</ProblemNote>
      <section class="passkeys-own">
        <h3>{text.own}</h3>
        {passkeys.length === 0 ? (
          <p class="help">{text.none}</p>
        ) : (
          <ul>
            {passkeys.map((passkey) => (
              <Row key={passkey.id} passkey={passkey} onRemove={() => setRemoving(passkey)} />
            ))}
          </ul>
        )}
      </section>
      <Add count={passkeys.length} actions={actions} onProblem={setFailure} onChange={onChange} />
      <div class="passkeys-both">
        <Switch
          label={text.both}
          help={`${text.bothHelp} ${text.bothLose}`}
          checked={asksBoth}
          disabled={passkeys.length === 0}
          onChange={(both) => change(actions.askBoth(both))}
        />
      </div>
      {removing && (
        <Confirm
          title={text.removeTitle}
          lead={`${text.removeLead(nameOf(removing))}${passkeys.length === 1 ? ` ${text.removeLast}` : ''}`}
          confirm={text.remove}
          onConfirm={() => change(actions.remove(removing.id))}
          onClose={() => setRemoving(null)}
        />
      )}
    </>
  );
}

function Row({ passkey, onRemove }: { passkey: OwnPasskey; onRemove: () => void }) {
  return (
    <li>
      <KeyRound size={18} />
      <span>
        <span class="passkey-name">{nameOf(passkey)}</span>
        {!passkey.opens && <span class="help">{text.besideOnly}</span>}
      </span>
      <button
        type="button"
        class="button button-quiet"
        aria-label={text.removeNamed(nameOf(passkey))}
        onClick={onRemove}
      >
        {text.remove}
      </button>
    </li>
  );
}

interface AddProps {
  count: number;
  actions: PasskeyActions;
  onProblem: (problem: HostProblem | null) => void;
  onChange: (settings: Settings) => void;
}

function Add({ count, actions, onProblem, onChange }: AddProps) {
  const [name, setName] = useState(text.suggestion(count + 1));
  const [busy, setBusy] = useState(false);
  const [said, setSaid] = useState('');
  const obstacle = count < MAX_PASSKEYS ? obstacleText(actions.obstacle) : text.full(MAX_PASSKEYS);

  const submit = async (event: Event) => {
    event.preventDefault();
    onProblem(null);
    setBusy(true);
    setSaid(text.adding);
    const outcome = await actions.add(name);
    setBusy(false);
    if (!outcome.ok) {
      setSaid('');
      onProblem(outcome.problem);
      return;
    }
    const { settings, opens } = outcome.value;
    setSaid(opens ? text.added : text.addedBeside);
    setName(text.suggestion(settings.passkeys.length + 1));
    onChange(settings);
  };

  if (obstacle !== null) return <p class="caution">{obstacle}</p>;
  return (
    <form class="form passkeys-add" onSubmit={submit}>
      <Field
        label={text.name}
        value={name}
        onInput={setName}
        help={text.nameHelp}
        maxLength={MAX_NAME}
        required
      />
      <div class="row">
        <button
          type="submit"
          class="button button-primary"
          disabled={busy || name.trim() === ''}
          aria-busy={busy}
        >
          {text.add}
        </button>
      </div>
      <p role="status" class="passkeys-said">
        {said}
      </p>
    </form>
  );
}

function nameOf(passkey: OwnPasskey): string {
  return passkey.name || text.unnamed;
}

function obstacleText(obstacle: PasskeyObstacle | null): string | null {
  switch (obstacle) {
    case 'address':
      return text.atNumber;
    case 'browser':
      return text.noBrowser;
    case null:
      return null;
  }
}

function wordsFor(problem: HostProblem): string {
  return problem === 'wrong_password' ? text.wrongPassword : common.host.problem[problem];
}
