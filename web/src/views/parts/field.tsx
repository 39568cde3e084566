import type { ComponentChildren } from 'preact';
import { useId, useState } from 'preact/hooks';
import { ChevronDown } from '../icons';
import { text } from '../text';

interface FieldProps {
  label: string;
  value: string;
  onInput: (value: string) => void;
  help?: ComponentChildren;
  error?: string | null;
  optional?: boolean;
  autocomplete?: string;
  maxLength?: number;
  required?: boolean;
  readOnly?: boolean;
  mono?: boolean;
  /** What the browser has a picker for. */
  type?: 'date' | 'time';
}

export function Field(props: FieldProps) {
  const id = useId();
  const { type } = props;
  const attributes = {
    id,
    class: props.mono ? 'input mono' : 'input',
    value: props.value,
    onInput: (event: { currentTarget: HTMLInputElement }) => props.onInput(event.currentTarget.value),
    autocomplete: props.autocomplete ?? 'off',
    maxLength: props.maxLength,
    required: props.required,
    readOnly: props.readOnly,
    spellcheck: false,
    'aria-invalid': props.error ? true : undefined,
    'aria-describedby': describedBy(id, props.help, props.error),
  };
  return (
    <div class="field">
      <FieldLabel id={id} label={props.label} optional={props.optional} />
      {type === undefined ? <input type="text" {...attributes} /> : <input type={type} {...attributes} />}
      <Description id={id} help={props.help} error={props.error} />
    </div>
  );
}

/** What stands above a field of one line or of several. */
export function FieldLabel({
  id,
  label,
  optional,
}: {
  id: string;
  label: string;
  optional: boolean | undefined;
}) {
  return (
    <label for={id}>
      {label}
      {optional && <span class="soft"> · {text.optional}</span>}
    </label>
  );
}

interface PasswordProps {
  label: string;
  value: string;
  onInput: (value: string) => void;
  autocomplete: 'current-password' | 'new-password' | 'off';
  help?: ComponentChildren;
  error?: string | null;
  /** Shown from the beginning: for a password that is told to others. */
  shown?: boolean;
  required?: boolean;
}

export function PasswordField(props: PasswordProps) {
  const id = useId();
  const [shown, setShown] = useState(props.shown ?? false);
  const attributes = {
    id,
    class: 'input',
    value: props.value,
    onInput: (event: { currentTarget: HTMLInputElement }) => props.onInput(event.currentTarget.value),
    autocomplete: props.autocomplete,
    autocapitalize: 'none' as const,
    spellcheck: false,
    required: props.required ?? true,
    'aria-invalid': props.error ? true : undefined,
    'aria-describedby': describedBy(id, props.help, props.error),
  };
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <div class="input-with-button">
        {shown ? <input type="text" {...attributes} /> : <input type="password" {...attributes} />}
        <button
          type="button"
          class="input-button"
          aria-label={`${shown ? text.hidePassword : text.showPassword} · ${props.label}`}
          onClick={() => setShown(!shown)}
        >
          {shown ? text.hidePassword : text.showPassword}
        </button>
      </div>
      <Description id={id} help={props.help} error={props.error} />
    </div>
  );
}

interface SwitchProps {
  label: string;
  help?: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
  disabled?: boolean;
}

export function Switch({ label, help, checked, onChange, disabled }: SwitchProps) {
  const id = useId();
  return (
    <div class="switch-row">
      <div>
        <label for={id}>{label}</label>
        {help && (
          <p id={`${id}-help`} class="help">
            {help}
          </p>
        )}
      </div>
      <input
        id={id}
        type="checkbox"
        role="switch"
        class="switch"
        checked={checked}
        disabled={disabled}
        aria-checked={checked}
        aria-describedby={help ? `${id}-help` : undefined}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
    </div>
  );
}

interface SelectProps {
  label: string;
  value: string;
  choices: readonly { id: string; label: string }[];
  onChange: (value: string) => void;
  disabled?: boolean;
}

export function Select({ label, value, choices, onChange, disabled }: SelectProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <div class="select-frame">
        <select
          id={id}
          class="input select"
          value={value}
          disabled={disabled}
          onChange={(event) => onChange(event.currentTarget.value)}
        >
          {choices.map((choice) => (
            <option key={choice.id} value={choice.id}>
              {choice.label}
            </option>
          ))}
        </select>
        <ChevronDown size={18} />
      </div>
    </div>
  );
}

/** The ids of what {@link Description} shows. */
export function describedBy(
  id: string,
  help: ComponentChildren,
  error?: string | null | undefined,
): string | undefined {
  const ids = [help && `${id}-help`, error && `${id}-error`].filter(Boolean);
  return ids.length > 0 ? ids.join(' ') : undefined;
}

export function Description({
  id,
  help,
  error,
}: {
  id: string;
  help: ComponentChildren;
  error?: string | null | undefined;
}) {
  return (
    <>
      {help && (
        <p id={`${id}-help`} class="help">
          {help}
        </p>
      )}
      {error && (
        <p id={`${id}-error`} class="field-error">
          {error}
        </p>
      )}
    </>
  );
}
