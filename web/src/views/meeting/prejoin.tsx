import { type ReadonlySignal, useComputed } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { MeetingActions } from '../../state/actions';
import type { AppState, Device, Phase, Problem } from '../../state/model';
import { Mic, MicOff, Video as VideoIcon, VideoOff } from '../icons';
import { BookLink } from '../parts/book';
import { Field, PasswordField } from '../parts/field';
import { ProblemNote } from '../parts/problem';
import { Protects } from '../parts/protects';
import { SourceOffer } from '../parts/source';
import { Video } from '../parts/video';
import { names, text } from '../text';
import { Mark, Wordmark } from '../wordmark';
import { DevicesHelp } from './device-help';
import { DeviceSelects } from './device-selects';
import { LevelMeter } from './level-meter';

interface Props {
  state: ReadonlySignal<AppState>;
  phase: Phase & { kind: 'prejoin' };
  actions: MeetingActions;
  password: string;
  setPassword: (password: string) => void;
}

export function Prejoin({ state, phase, actions, password, setPassword }: Props) {
  const [busy, setBusy] = useState(false);
  const name = useComputed(() => state.value.name);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (name.value.trim() === '' || busy) return;
    setBusy(true);
    await actions.join(phase.needsPassword ? password : null);
    setBusy(false);
  };
  return (
    <div class="prejoin">
      <header class="prejoin-top">
        <Wordmark />
      </header>
      <main class="prejoin-main">
        <Preview state={state} actions={actions} />
        <section class="prejoin-form">
          <h1>{text.prejoin.title}</h1>
          <p class="lead">{text.prejoin.lead}</p>
          <ProblemNote>{phase.problem && problemWords(phase.problem)}</ProblemNote>
          <form class="form" onSubmit={submit}>
            <Field
              label={names.yourName}
              value={name.value}
              onInput={(next) => actions.setName(next)}
              help={text.prejoin.nameHelp}
              autocomplete="name"
              maxLength={60}
              required
            />
            {phase.needsPassword && (
              <PasswordField
                label={names.meetingPassword}
                value={password}
                onInput={setPassword}
                autocomplete="off"
                help={text.prejoin.passwordHelp}
              />
            )}
            <button
              type="submit"
              class="button button-primary button-large"
              disabled={busy || name.value.trim() === '' || (phase.needsPassword && password === '')}
              aria-busy={busy}
            >
              {names.join}
            </button>
          </form>
          <Protects />
        </section>
        <section class="prejoin-devices" aria-label={text.settings.devices}>
          <LevelMeter state={state} />
          <DeviceSelects state={state} actions={actions} />
        </section>
      </main>
      <footer class="prejoin-foot">
        <BookLink chapter="joining" />
        <SourceOffer />
      </footer>
    </div>
  );
}

/** The own camera and microphone, tried out before anybody sees or hears them. */
function Preview({ state, actions }: { state: ReadonlySignal<AppState>; actions: MeetingActions }) {
  const microphone = useComputed(() => state.value.devices.microphone);
  const camera = useComputed(() => state.value.devices.camera);
  const neither = microphone.value.problem !== null && camera.value.problem !== null;
  return (
    <section class="preview">
      <div class="preview-frame" data-source="camera">
        {camera.value.on && camera.value.problem === null ? (
          <Video stream={actions.ownCamera()} mirrored fit="cover" />
        ) : (
          <div class="preview-off">
            <Mark size={56} />
            <p>{text.prejoin.cameraOff}</p>
          </div>
        )}
        <div class="preview-controls">
          <PreviewToggle
            label={names.microphone}
            device={microphone.value}
            icons={[<Mic size={22} key="on" />, <MicOff size={22} key="off" />]}
            onToggle={(on) => actions.setMicrophone(on)}
          />
          <PreviewToggle
            label={names.camera}
            device={camera.value}
            icons={[<VideoIcon size={22} key="on" />, <VideoOff size={22} key="off" />]}
            onToggle={(on) => actions.setCamera(on)}
          />
        </div>
      </div>
      <DevicesHelp microphone={microphone.value.problem} camera={camera.value.problem} />
      {neither && <p class="help">{text.prejoin.noDevices}</p>}
    </section>
  );
}

interface ToggleProps {
  label: string;
  device: Device;
  icons: [on: ComponentChildren, off: ComponentChildren];
  onToggle: (on: boolean) => void;
}

function PreviewToggle({ label, device, icons, onToggle }: ToggleProps) {
  return (
    <button
      type="button"
      class={device.on ? 'preview-toggle' : 'preview-toggle off'}
      aria-pressed={device.on}
      aria-label={label}
      onClick={() => onToggle(!device.on)}
    >
      {device.on ? icons[0] : icons[1]}
    </button>
  );
}

function problemWords(problem: Problem): string {
  switch (problem.kind) {
    case 'refused':
      return text.problem[problem.reason];
    case 'unreachable':
      return text.problem.unreachable;
    case 'bad_link':
      return text.prejoin.badLinkLead;
    case 'unsupported':
      return text.unsupported.missing[problem.missing];
  }
}
