import { useState } from 'preact/hooks';
import { Field, Select, Switch } from '../parts/field';
import { Protects } from '../parts/protects';
import { text } from '../text';
import { useRoom } from './context';
import { DevicesHelp } from './device-help';
import { DeviceSelects } from './device-selects';
import { Panel } from './panel';

const words = text.settings;

export function SettingsPanel() {
  const { state, ui, actions, microphone, camera } = useRoom();
  const { layout, selfView } = ui.value;
  return (
    <Panel title={words.title}>
      <div class="panel-scroll">
        <Rename />
        <section>
          <h3>{words.devices}</h3>
          <DevicesHelp microphone={microphone.value.problem} camera={camera.value.problem} />
          <DeviceSelects state={state} actions={actions} />
        </section>
        <section>
          <h3>{words.view}</h3>
          <Select
            label={text.bar.layout}
            value={layout}
            choices={[
              { id: 'tiles', label: text.bar.tiles },
              { id: 'speaker', label: text.bar.speaker },
            ]}
            onChange={(id) => actions.setInterface({ layout: id === 'speaker' ? 'speaker' : 'tiles' })}
          />
          <Switch
            label={text.bar.selfView}
            checked={selfView}
            onChange={(on) => actions.setInterface({ selfView: on })}
          />
        </section>
        <Protects />
      </div>
    </Panel>
  );
}

function Rename() {
  const { meeting, me, moderator, actions } = useRoom();
  const own = me.value?.name ?? '';
  const [name, setName] = useState(own);
  if (!moderator.value && !meeting.value.settings.rename) return <p class="help">{words.renameOff}</p>;
  const changed = name.trim() !== '' && name.trim() !== own;
  return (
    <form
      class="rename"
      onSubmit={(event) => {
        event.preventDefault();
        if (changed) actions.rename(name.trim());
      }}
    >
      <Field label={words.name} value={name} onInput={setName} autocomplete="name" maxLength={60} />
      <button type="submit" class="button" disabled={!changed}>
        {words.rename}
      </button>
    </form>
  );
}
