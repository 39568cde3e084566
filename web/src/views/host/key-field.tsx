import { useEffect, useRef, useState } from 'preact/hooks';
import type { Reading, Recipients } from '../../invitation/model';
import type { HostProblem, InvitationActions } from '../../state/actions';
import { FileText } from '../icons';
import { ProblemNote } from '../parts/problem';
import { TextArea } from '../parts/text-area';
import { text as common } from '../text';
import { faultText, text } from '../text-invitation';

/** So that a key that is typed or pasted in parts is read once. */
const PAUSE_MS = 400;

interface Props {
  actions: InvitationActions;
  /** `null` while there is no key, or none that can be used. */
  onRead: (recipients: Recipients | null) => void;
}

/** Public keys, pasted or from a file, and what is wrong with them. */
export function KeyField({ actions, onRead }: Props) {
  const [keys, setKeys] = useState('');
  const [refusal, setRefusal] = useState<string | null>(null);
  const chooser = useRef<HTMLInputElement>(null);
  const reader = useRef(new Reader());
  useEffect(() => () => reader.current.stop(), []);

  const settle = (outcome: { ok: true; value: Reading } | { ok: false; problem: HostProblem }) => {
    const reading = outcome.ok ? outcome.value : null;
    onRead(reading?.ok ? reading.recipients : null);
    if (!outcome.ok) setRefusal(common.host.problem[outcome.problem]);
    else if (!outcome.value.ok) setRefusal(faultText(outcome.value.fault, outcome.value.whose));
    else setRefusal(null);
    // A secret key stays on no screen.
    if (reading?.ok === false && reading.fault === 'secret_key') setKeys('');
    return reading;
  };
  const typed = (value: string) => {
    setKeys(value);
    setRefusal(null);
    onRead(null);
    if (value.trim() === '') reader.current.stop();
    else reader.current.read(PAUSE_MS, () => actions.recipients(value), settle);
  };
  const chosen = (file: Blob) => {
    setKeys('');
    reader.current.read(
      0,
      () => actions.recipients(file),
      (outcome) => {
        const reading = settle(outcome);
        if (reading?.ok) setKeys(reading.recipients.list.map(({ key }) => key.trim()).join('\n'));
      },
    );
  };

  return (
    <div class="key-field">
      <TextArea
        label={text.keys}
        value={keys}
        onInput={typed}
        help={text.keysHelp}
        rows={3}
        mono
        invalid={refusal !== null}
      />
      <div class="row">
        <button type="button" class="button" onClick={() => chooser.current?.click()}>
          <FileText size={18} />
          {text.file}
        </button>
        <input
          ref={chooser}
          type="file"
          hidden
          onChange={({ currentTarget }) => {
            const [file] = currentTarget.files ?? [];
            if (file) chosen(file);
            // The same file can be chosen again.
            currentTarget.value = '';
          }}
        />
      </div>
      <ProblemNote>{refusal}</ProblemNote>
    </div>
  );
}

/** One reading at a time: the answer to an earlier one is not heard. */
class Reader {
  private turn = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  read<T>(pause: number, ask: () => Promise<T>, settle: (answer: T) => void): void {
    this.stop();
    const turn = this.turn;
    this.timer = setTimeout(async () => {
      const answer = await ask();
      if (turn === this.turn) settle(answer);
    }, pause);
  }

  stop(): void {
    this.turn += 1;
    clearTimeout(this.timer);
  }
}
