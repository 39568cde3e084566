import { useState } from 'preact/hooks';
import type { Recipients, SigningKeyInfo } from '../../invitation/model';
import type { HostProblem, InvitationActions, Outcome } from '../../state/actions';
import { Field } from '../parts/field';
import { ProblemNote } from '../parts/problem';
import { TextArea } from '../parts/text-area';
import { text as common, names } from '../text';
import { text } from '../text-invitation';
import { KeyField } from './key-field';
import { OwnKey } from './own-key';
import { namesOf, Readers } from './readers';

/** What the host adds to the invitation. */
export interface InvitationWords {
  when: string;
  message: string;
}

const WHEN_LENGTH = 120;
const MESSAGE_LENGTH = 2000;

interface Props {
  actions: InvitationActions;
  signing: Outcome<SigningKeyInfo> | null;
  words: InvitationWords;
  onWords: (words: InvitationWords) => void;
  /** What will be encrypted. */
  plain: string;
  /** Resolves with what went wrong; when nothing did, this form is gone. */
  onEncrypt: (recipients: Recipients) => Promise<HostProblem | null>;
  onClose: () => void;
}

export function EncryptForm({ actions, signing, words, onWords, plain, onEncrypt, onClose }: Props) {
  const [recipients, setRecipients] = useState<Recipients | null>(null);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<HostProblem | null>(null);
  // age does without the key that signs.
  const unsigned = signing?.ok === false && recipients?.format !== 'age' ? signing.problem : null;
  const problem = failure ?? unsigned;

  const submit = async (event: Event) => {
    event.preventDefault();
    if (!recipients || busy) return;
    setBusy(true);
    setFailure(null);
    const went = await onEncrypt(recipients);
    if (went === null) return;
    setBusy(false);
    setFailure(went);
  };

  return (
    <form class="form" onSubmit={submit}>
      <p>{text.lead}</p>
      <KeyField actions={actions} onRead={setRecipients} />
      <p class="visually-hidden" role="status">
        {recipients && `${text.readers(recipients.list.length)}: ${namesOf(recipients).join(', ')}`}
      </p>
      {recipients && <Readers recipients={recipients} />}
      <Field
        label={text.when}
        value={words.when}
        onInput={(when) => onWords({ ...words, when })}
        help={text.whenHelp}
        maxLength={WHEN_LENGTH}
        optional
      />
      <TextArea
        label={text.message}
        value={words.message}
        onInput={(message) => onWords({ ...words, message })}
        rows={2}
        maxLength={MESSAGE_LENGTH}
        optional
      />
      <div class="asides">
        <details class="aside">
          <summary>{text.preview}</summary>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it. */}
          <pre class="invitation" tabIndex={0}>
            {plain}
          </pre>
        </details>
        {signing?.ok && <OwnKey signing={signing.value} />}
      </div>
      <div class="dialog-actions">
        <ProblemNote>{problem && common.host.problem[problem]}</ProblemNote>
        <button type="button" class="button" onClick={onClose}>
          {names.cancel}
        </button>
        <button
          type="submit"
          class="button button-primary"
          disabled={!recipients || busy || unsigned !== null}
          aria-busy={busy}
        >
          {busy ? text.encrypting : text.encrypt}
        </button>
      </div>
    </form>
  );
}
