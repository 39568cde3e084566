import type { Format, Recipients } from '../../invitation/model';
import { UserRound } from '../icons';
import { text } from '../text-invitation';

/** Who will be able to read it, before anything is encrypted. */
export function Readers({ recipients: { format, list } }: { recipients: Recipients }) {
  return (
    <section class="readers">
      <h3>{text.readers(list.length)}</h3>
      <ul>
        {list.map((recipient) => (
          <li key={recipient.fingerprint}>
            <UserRound size={18} />
            <div>
              {(recipient.names.length > 0 ? recipient.names : [unnamed(format)]).map((name) => (
                <p key={name} class="reader-name">
                  {name}
                </p>
              ))}
              <p class="fingerprint">{recipient.fingerprint}</p>
            </div>
          </li>
        ))}
      </ul>
      <p class="help">
        {text.compare} {list.length > 1 && text.together}
      </p>
      {format === 'age' && <p class="caution">{text.ageUnsigned}</p>}
    </section>
  );
}

/** One name for each. */
export function namesOf({ format, list }: Recipients): string[] {
  return list.map(({ names: [name] }) => name ?? unnamed(format));
}

function unnamed(format: Format): string {
  return format === 'age' ? text.age : text.unnamed;
}
