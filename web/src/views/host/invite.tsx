import { useState } from 'preact/hooks';
import type { HostMeeting, InvitationActions } from '../../state/actions';
import { KeyRound, QrCode as QrIcon } from '../icons';
import { CopyButton } from '../parts/copy';
import { Dialog } from '../parts/dialog';
import { Field } from '../parts/field';
import { QrCode } from '../parts/qr';
import { names, text } from '../text';
import { EncryptInvitation } from './encrypt';

const words = text.host.invite;

interface Props {
  meeting: HostMeeting;
  actions: InvitationActions;
  onClose: () => void;
}

/** Everything that is sent to the people one wants to see. */
export function Invite({ meeting, actions, onClose }: Props) {
  const [qr, setQr] = useState(false);
  const [encrypting, setEncrypting] = useState(false);
  if (encrypting) return <EncryptInvitation meeting={meeting} actions={actions} onClose={onClose} />;
  const body = words.body(meeting.title, meeting.link, meeting.password !== null);
  return (
    <Dialog title={words.title} onClose={onClose} wide>
      <p>{words.secret}</p>
      <Field label={words.link} value={meeting.link} onInput={() => undefined} readOnly mono />
      <div class="row">
        <CopyButton label={names.copyLink} value={meeting.link} />
        <CopyButton label={words.copyText} value={body} />
        <button type="button" class="button" aria-expanded={qr} onClick={() => setQr(!qr)}>
          <QrIcon size={18} />
          {qr ? text.people.hideQr : text.people.qr}
        </button>
      </div>
      {qr && (
        <figure class="qr-figure">
          <QrCode value={meeting.link} label={words.qr} />
          <figcaption class="help">{words.qrHelp}</figcaption>
        </figure>
      )}
      {meeting.password !== null && (
        <>
          <Field label={words.password} value={meeting.password} onInput={() => undefined} readOnly mono />
          <div class="row">
            <CopyButton label={words.copyPassword} value={meeting.password} />
          </div>
          <p class="help">{words.apart}</p>
        </>
      )}
      <h3>{words.words}</h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it. */}
      <pre class="invitation" tabIndex={0}>
        {body}
      </pre>
      <div class="row">
        <button type="button" class="button button-quiet" onClick={() => setEncrypting(true)}>
          <KeyRound size={18} />
          {text.host.encrypt.open}
        </button>
      </div>
    </Dialog>
  );
}
