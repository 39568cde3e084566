import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { text } from '../text';

interface Props {
  label: string;
  value: string;
  onInput?: (value: string) => void;
  help?: ComponentChildren;
  rows: number;
  maxLength?: number;
  optional?: boolean;
  mono?: boolean;
  /** Whether what is in it is refused; another part of the page says why. */
  invalid?: boolean;
}

/** A field of several lines; read-only without `onInput`. */
export function TextArea(props: Props) {
  const id = useId();
  const { onInput } = props;
  return (
    <div class="field">
      <label for={id}>
        {props.label}
        {props.optional && <span class="soft"> · {text.optional}</span>}
      </label>
      <textarea
        id={id}
        class={props.mono ? 'input area mono' : 'input area'}
        rows={props.rows}
        value={props.value}
        onInput={(event) => onInput?.(event.currentTarget.value)}
        readOnly={!onInput}
        maxLength={props.maxLength}
        autocomplete="off"
        autocapitalize={props.mono ? 'none' : 'sentences'}
        spellcheck={!props.mono}
        aria-invalid={props.invalid ? true : undefined}
        aria-describedby={props.help ? `${id}-help` : undefined}
      />
      {props.help && (
        <p id={`${id}-help`} class="help">
          {props.help}
        </p>
      )}
    </div>
  );
}
