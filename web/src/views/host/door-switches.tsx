import type { MeetingSettings } from '../../generated/protocol';
import { Switch } from '../parts/field';
import { text } from '../text';

const words = text.host.create;

interface Props {
  settings: MeetingSettings;
  onChange: (settings: MeetingSettings) => void;
}

/** How people come in. */
export function DoorSwitches({ settings, onChange }: Props) {
  return (
    <>
      <Switch
        label={words.lobby}
        help={words.lobbyHelp}
        checked={settings.lobby}
        onChange={(lobby) => onChange({ ...settings, lobby })}
      />
      <Switch
        label={words.early}
        help={words.earlyHelp}
        checked={settings.earlyStart}
        onChange={(earlyStart) => onChange({ ...settings, earlyStart })}
      />
    </>
  );
}
