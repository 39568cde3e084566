import { useState } from 'preact/hooks';
import type { OpeningHours } from '../../generated/api';
import type { HostActions, HostProblem } from '../../state/actions';
import { presentText, spanText, weeklyText } from '../hours';
import { Trash2 } from '../icons';
import { LoadedDialog } from '../parts/loaded-dialog';
import { text } from '../text-hours';

const words = text.host;

interface Props {
  hours: OpeningHours;
  actions: HostActions;
  onProblem: (problem: HostProblem) => void;
}

/** When the server is open, and what this host added to that (T6). */
export function Hours({ hours, actions, onProblem }: Props) {
  const [opening, setOpening] = useState(false);
  const now = Date.now();
  const load = () => import('./opening-form').then(({ OpeningForm }) => OpeningForm);
  const remove = async (id: number) => {
    const outcome = await actions.removeOpening(id);
    if (!outcome.ok) onProblem(outcome.problem);
  };
  return (
    <section class="hours" aria-label={words.title}>
      <h2>{words.title}</h2>
      <p>{presentText(hours, now)}</p>
      <p class="help">{weeklyText(hours)}</p>
      {hours.own.length > 0 && (
        <ul aria-label={words.own}>
          {hours.own.map(({ id, span }) => (
            <li key={id}>
              {spanText(span, now)}
              <button
                type="button"
                class="icon-button"
                aria-label={words.remove(spanText(span, now))}
                onClick={() => void remove(id)}
              >
                <Trash2 size={18} />
              </button>
            </li>
          ))}
        </ul>
      )}
      <button type="button" class="button button-small" onClick={() => setOpening(true)}>
        {words.open}
      </button>
      {opening && (
        <LoadedDialog
          title={words.openTitle}
          load={load}
          content={{ actions, onClose: () => setOpening(false) }}
        />
      )}
    </section>
  );
}
