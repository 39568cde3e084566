import { useEffect, useRef } from 'preact/hooks';
import type { Recipients, SigningKeyInfo } from '../../invitation/model';
import type { Outcome } from '../../state/actions';
import { CopyButton } from '../parts/copy';
import { DownloadButton } from '../parts/download';
import { TextArea } from '../parts/text-area';
import { text } from '../text-invitation';
import { OwnKey } from './own-key';
import { namesOf } from './readers';

interface Props {
  recipients: Recipients;
  armored: string;
  signing: Outcome<SigningKeyInfo> | null;
  onAnother: () => void;
  onClose: () => void;
}

/** The text to send. */
export function Encrypted({ recipients, armored, signing, onAnother, onClose }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  // The button that was pressed is gone.
  useEffect(() => heading.current?.focus(), []);
  const { format } = recipients;
  const name = format === 'age' ? 'invitation.age' : 'invitation.asc';
  return (
    <div class="form">
      <div class="dialog-lead">
        <h3 ref={heading} tabIndex={-1}>
          {text.done(namesOf(recipients))}
        </h3>
        <p>{text.doneLead}</p>
      </div>
      <TextArea label={text.result} value={armored} rows={7} mono />
      <div class="row">
        <CopyButton label={text.copy} value={armored} />
        <DownloadButton label={text.download} name={name} content={armored} />
      </div>
      {format === 'age' && <p class="caution">{text.ageUnsigned}</p>}
      {format === 'openpgp' && signing?.ok && (
        <div class="asides">
          <OwnKey signing={signing.value} />
        </div>
      )}
      <div class="dialog-actions">
        <button type="button" class="button" onClick={onAnother}>
          {text.another}
        </button>
        <button type="button" class="button button-primary" onClick={onClose}>
          {text.close}
        </button>
      </div>
    </div>
  );
}
