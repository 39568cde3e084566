import type { MeetingSettings } from '../../generated/protocol';
import { text } from '../text';
import { Switch } from './field';

/** What whoever watches the network can tell from the pictures. */
export function StrictSwitch({
  settings,
  onChange,
}: {
  settings: MeetingSettings;
  onChange: (settings: MeetingSettings) => void;
}) {
  return (
    <Switch
      label={text.strict.label}
      help={text.strict.help}
      checked={settings.strict}
      onChange={(strict) => onChange({ ...settings, strict })}
    />
  );
}
