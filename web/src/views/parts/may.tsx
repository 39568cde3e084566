import type { MeetingSettings } from '../../generated/protocol';
import { text } from '../text';
import { Switch } from './field';

const RIGHTS = ['unmute', 'video', 'screen', 'chat', 'rename'] as const;

/** What participants without a moderating role may do. */
export function MaySwitches({
  settings,
  onChange,
}: {
  settings: MeetingSettings;
  onChange: (settings: MeetingSettings) => void;
}) {
  return (
    <fieldset class="switches">
      <legend>{text.people.may}</legend>
      {RIGHTS.map((right) => (
        <Switch
          key={right}
          label={text.may[right]}
          checked={settings[right]}
          onChange={(on) => onChange({ ...settings, [right]: on })}
        />
      ))}
    </fieldset>
  );
}
