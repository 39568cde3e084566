import { useState } from 'preact/hooks';
import type { HostActions, HostMeeting, HostProblem } from '../../state/actions';
import { AudienceSwitch } from '../parts/audience';
import { Dialog } from '../parts/dialog';
import { MaySwitches } from '../parts/may';
import { StrictSwitch } from '../parts/strict';
import { text } from '../text';
import { DoorSwitches } from './door-switches';
import { SubmitRow } from './submit-row';

const words = text.host.settings;

interface Props {
  meeting: HostMeeting;
  actions: HostActions;
  onClose: () => void;
}

/** What a meeting begins with. Nothing is changed before it is saved. */
export function MeetingSettingsDialog({ meeting, actions, onClose }: Props) {
  const [settings, setSettings] = useState(meeting.settings);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<HostProblem | null>(null);

  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    const outcome = await actions.changeMeeting(meeting.id, settings);
    setBusy(false);
    if (outcome.ok) onClose();
    else setFailure(outcome.problem);
  };

  return (
    <Dialog title={words.title(meeting.title || text.host.home.untitled)} onClose={onClose} wide>
      <form class="form" onSubmit={submit}>
        <div class="dialog-lead">
          <p>{meeting.live ? words.leadLive : words.lead}</p>
          <p class="help">{words.fixed}</p>
        </div>
        <div class="switches">
          <DoorSwitches settings={settings} onChange={setSettings} />
          <AudienceSwitch settings={settings} onChange={setSettings} />
          <StrictSwitch settings={settings} onChange={setSettings} />
        </div>
        <MaySwitches settings={settings} onChange={setSettings} />
        <SubmitRow label={words.save} busy={busy} failure={failure} onClose={onClose} />
      </form>
    </Dialog>
  );
}
