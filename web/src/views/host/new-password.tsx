import { PasswordField } from '../parts/field';
import { SHORTEST_PASSWORD, strengthOf } from '../suggest';
import { names, text } from '../text';

/** What a person typed for a password that they will have to remember. */
export interface NewPassword {
  password: string;
  repeated: string;
}

export function isUsable({ password, repeated }: NewPassword): boolean {
  return [...password].length >= SHORTEST_PASSWORD && password === repeated;
}

interface Props {
  value: NewPassword;
  onChange: (value: NewPassword) => void;
  label?: string;
}

/** A new password twice, with a word on its strength. */
export function NewPasswordFields({ value, onChange, label }: Props) {
  const strength = strengthOf(value.password);
  const different = value.repeated !== '' && !value.password.startsWith(value.repeated);
  return (
    <>
      <div>
        <PasswordField
          label={label ?? names.password}
          value={value.password}
          onInput={(password) => onChange({ ...value, password })}
          autocomplete="new-password"
          help={text.host.enrol.passwordHelp}
        />
        <div class={`strength strength-${strength}`}>
          <span class="strength-bar" aria-hidden="true" />
          <span role="status">{text.host.strength[strength]}</span>
        </div>
      </div>
      <PasswordField
        label={text.host.enrol.repeat}
        value={value.repeated}
        onInput={(repeated) => onChange({ ...value, repeated })}
        autocomplete="new-password"
        error={different ? text.host.enrol.different : null}
      />
    </>
  );
}
