import { type ReadonlySignal, useComputed } from '@preact/signals';
import { useState } from 'preact/hooks';
import type { MeetingActions } from '../../state/actions';
import type { AppState, Choice } from '../../state/model';
import { Headphones } from '../icons';
import { Select } from '../parts/field';
import { names, text } from '../text';

/** Which microphone, camera and speaker; and whether one hears anything. */
export function DeviceSelects({
  state,
  actions,
}: {
  state: ReadonlySignal<AppState>;
  actions: MeetingActions;
}) {
  // Apart from the level, which changes many times a second.
  const microphone = useComputed(() => state.value.devices.microphone);
  const camera = useComputed(() => state.value.devices.camera);
  const speakers = useComputed(() => state.value.devices.speakers);
  const speaker = useComputed(() => state.value.devices.speaker);
  const [testing, setTesting] = useState(false);

  const test = async () => {
    setTesting(true);
    await actions.testSpeaker();
    setTesting(false);
  };
  const select = (
    kind: 'microphone' | 'camera' | 'speaker',
    label: string,
    choices: readonly Choice[],
    chosen: string | null,
  ) =>
    choices.length > 0 && (
      <Select
        label={label}
        value={chosen ?? choices[0]?.id ?? ''}
        choices={choices}
        onChange={(id) => actions.chooseDevice(kind, id)}
      />
    );
  return (
    <div class="devices">
      {select('microphone', names.microphone, microphone.value.choices, microphone.value.chosen)}
      {select('camera', names.camera, camera.value.choices, camera.value.chosen)}
      {select('speaker', text.prejoin.speaker, speakers.value, speaker.value)}
      <button type="button" class="button devices-test" onClick={test} disabled={testing}>
        <Headphones size={18} />
        {names.speakerTest}
      </button>
      <p class="help" role="status">
        {testing ? text.prejoin.testing : ''}
      </p>
    </div>
  );
}
