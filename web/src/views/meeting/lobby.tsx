import { names, text } from '../text';
import { useRoom } from './context';
import { readable } from './person';

/** Who waits, for moderators. */
export function Lobby() {
  const { meeting, actions } = useRoom();
  const { knocks } = meeting.value;
  return (
    <section class="lobby" aria-label={names.lobby}>
      <div class="lobby-head">
        <h3>{names.lobby}</h3>
        {knocks.filter(({ unexpected }) => !unexpected).length > 1 && (
          <button type="button" class="button button-small" onClick={() => actions.moderation.admitAll()}>
            {names.admitAll}
          </button>
        )}
      </div>
      <ul>
        {knocks.map(({ identity, name: sealed, unexpected }) => {
          const name = readable(sealed);
          return (
            <li key={identity}>
              <span class="person-name">{name}</span>
              {unexpected && <p class="lobby-warning">{text.letInByServer}</p>}
              <button
                type="button"
                class="button button-small button-quiet"
                aria-label={`${names.deny} ${name}`}
                onClick={() => actions.moderation.deny(identity)}
              >
                {names.deny}
              </button>
              <button
                type="button"
                class="button button-small button-primary"
                aria-label={`${names.admit} ${name}`}
                onClick={() => actions.moderation.admit(identity)}
              >
                {names.admit}
              </button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
