import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { Description, describedBy, FieldLabel } from './field';

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
      <FieldLabel id={id} label={props.label} optional={props.optional} />
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
        aria-describedby={describedBy(id, props.help)}
      />
      <Description id={id} help={props.help} />
    </div>
  );
}
