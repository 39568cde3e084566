import type { MeetingSettings } from '../../generated/protocol';
import { audience, isAudience } from '../../state/roles';
import { text } from '../text';
import { Switch } from './field';

/** Three of the rights at once: most people listen, and who is to speak is given the floor. */
export function AudienceSwitch({
  settings,
  onChange,
}: {
  settings: MeetingSettings;
  onChange: (settings: MeetingSettings) => void;
}) {
  return (
    <Switch
      label={text.audience.label}
      help={text.audience.help}
      checked={isAudience(settings)}
      onChange={(on) => onChange({ ...settings, ...audience(on) })}
    />
  );
}
