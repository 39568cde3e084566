import { useState } from 'preact/hooks';
import { USUAL_SETTINGS } from '../../generated/protocol';
import type { HostActions, HostMeeting, HostProblem } from '../../state/actions';
import { RefreshCw } from '../icons';
import { AudienceSwitch } from '../parts/audience';
import { Dialog } from '../parts/dialog';
import { Field, PasswordField, Switch } from '../parts/field';
import { MaySwitches } from '../parts/may';
import { StrictSwitch } from '../parts/strict';
import { randomByte, suggestPassword } from '../suggest';
import { names, text } from '../text';
import { DoorSwitches } from './door-switches';
import { SubmitRow } from './submit-row';

const words = text.host.create;

interface Props {
  actions: HostActions;
  onMade: (meeting: HostMeeting) => void;
  onClose: () => void;
}

export function NewMeeting({ actions, onMade, onClose }: Props) {
  const [title, setTitle] = useState('');
  const [kept, setKept] = useState(false);
  const [password, setPassword] = useState<string | null>(null);
  const [settings, setSettings] = useState(USUAL_SETTINGS);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<HostProblem | null>(null);

  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    const outcome = await actions.createMeeting({
      title: title.trim(),
      password: password || null,
      kept,
      settings,
    });
    setBusy(false);
    if (outcome.ok) onMade(outcome.value);
    else setFailure(outcome.problem);
  };

  return (
    <Dialog title={words.title} onClose={onClose} wide>
      <form class="form" onSubmit={submit}>
        <Field
          label={words.meetingTitle}
          value={title}
          onInput={setTitle}
          help={words.titleHelp}
          maxLength={120}
          optional
        />
        <fieldset class="choices choices-row">
          <legend>{words.length}</legend>
          <label class="choice">
            <input type="radio" name="kept" checked={!kept} onChange={() => setKept(false)} />
            <span>
              {words.once}
              <span class="help">{words.onceHelp}</span>
            </span>
          </label>
          <label class="choice">
            <input type="radio" name="kept" checked={kept} onChange={() => setKept(true)} />
            <span>
              {words.kept}
              <span class="help">{words.keptHelp}</span>
            </span>
          </label>
        </fieldset>
        <div class="switches">
          <Switch
            label={words.password}
            help={words.passwordHelp}
            checked={password !== null}
            onChange={(on) => setPassword(on ? suggestPassword(randomByte) : null)}
          />
          {password !== null && (
            <div class="suggestion">
              <PasswordField
                label={names.meetingPassword}
                value={password}
                onInput={setPassword}
                autocomplete="off"
                shown
              />
              <button
                type="button"
                class="button button-quiet"
                onClick={() => setPassword(suggestPassword(randomByte))}
              >
                <RefreshCw size={18} />
                {words.suggest}
              </button>
            </div>
          )}
          <DoorSwitches settings={settings} onChange={setSettings} />
          <AudienceSwitch settings={settings} onChange={setSettings} />
          <StrictSwitch settings={settings} onChange={setSettings} />
        </div>
        <MaySwitches settings={settings} onChange={setSettings} />
        <SubmitRow label={names.createMeeting} busy={busy} failure={failure} onClose={onClose} />
      </form>
    </Dialog>
  );
}
