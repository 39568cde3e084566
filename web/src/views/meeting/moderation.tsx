import { useState } from 'preact/hooks';
import type { MeetingSettings } from '../../generated/protocol';
import { LinkIcon, MicOff } from '../icons';
import { AudienceSwitch } from '../parts/audience';
import { Confirm } from '../parts/dialog';
import { Switch } from '../parts/field';
import { MaySwitches } from '../parts/may';
import { StrictSwitch } from '../parts/strict';
import { names, text } from '../text';
import { useRoom } from './context';

const words = text.people;

/** What moderators decide about the whole meeting. */
export function Moderation() {
  const { meeting, actions } = useRoom();
  const [asking, setAsking] = useState<'muteAll' | 'newLink' | null>(null);
  const { settings } = meeting.value;
  const change = (part: Partial<MeetingSettings>) => void actions.moderation.changeSettings(part);
  return (
    <section class="moderation">
      <h3>{words.moderate}</h3>
      <div class="row">
        <button type="button" class="button" onClick={() => setAsking('muteAll')}>
          <MicOff size={18} />
          {names.muteAll}
        </button>
        <button type="button" class="button" onClick={() => setAsking('newLink')}>
          <LinkIcon size={18} />
          {words.newLink}
        </button>
      </div>
      <div class="switches">
        <Switch
          label={words.lock}
          help={words.lockHelp}
          checked={settings.locked}
          onChange={(locked) => change({ locked })}
        />
        <Switch
          label={words.lobby}
          help={words.lobbyHelp}
          checked={settings.lobby}
          onChange={(lobby) => change({ lobby })}
        />
        <AudienceSwitch
          settings={settings}
          onChange={({ unmute, video, screen }) => change({ unmute, video, screen })}
        />
        <StrictSwitch settings={settings} onChange={({ strict }) => change({ strict })} />
      </div>
      <MaySwitches
        settings={settings}
        onChange={({ unmute, video, screen, chat, rename }) =>
          change({ unmute, video, screen, chat, rename })
        }
      />
      {asking === 'muteAll' && (
        <Confirm
          title={words.muteAllTitle}
          lead={words.muteAllLead}
          confirm={names.muteAll}
          onConfirm={() => actions.moderation.muteAll()}
          onClose={() => setAsking(null)}
        />
      )}
      {asking === 'newLink' && (
        <Confirm
          title={words.newLinkTitle}
          lead={words.newLinkLead}
          confirm={words.newLink}
          onConfirm={() => void actions.moderation.newLink()}
          onClose={() => setAsking(null)}
        />
      )}
    </section>
  );
}
