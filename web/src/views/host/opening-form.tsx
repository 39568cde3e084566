import { useEffect, useRef, useState } from 'preact/hooks';
import { Zone } from '../../calendar/zone';
import type { HostActions, HostProblem } from '../../state/actions';
import { faultsOf, NO_FAULTS, spanOf, usualTime } from '../calendar';
import { text } from '../text-calendar';
import { SubmitRow } from './submit-row';
import { WhenFields } from './when-fields';

/** As far ahead as the server takes it. */
const FARTHEST_DAYS = 60;

export interface OpeningProps {
  actions: Pick<HostActions, 'planOpening'>;
  onClose: () => void;
}

/** When the doors shall be open, outside of the hours. */
export function OpeningForm({ actions, onClose }: OpeningProps) {
  const [zone] = useState(() => new Zone(new Intl.DateTimeFormat().resolvedOptions().timeZone));
  const [wish, setWish] = useState(() => usualTime(Date.now(), zone));
  const [faults, setFaults] = useState(NO_FAULTS);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<HostProblem | null>(null);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => form.current?.querySelector<HTMLElement>('[aria-invalid]')?.focus(), [faults]);

  const submit = async (event: Event) => {
    event.preventDefault();
    const found = faultsOf(wish, Date.now(), zone, FARTHEST_DAYS);
    if (found.day !== null || found.time !== null) return setFaults(found);
    setBusy(true);
    const outcome = await actions.planOpening(spanOf(wish, zone));
    setBusy(false);
    if (outcome.ok) onClose();
    else setFailure(outcome.problem);
  };

  return (
    <form ref={form} class="form" noValidate onSubmit={submit}>
      <p>{text.opening.lead}</p>
      <WhenFields
        wish={wish}
        faults={faults}
        zone={zone}
        onChange={(part) => {
          setWish({ ...wish, ...part });
          setFaults(NO_FAULTS);
        }}
      />
      <p class="help">{text.opening.knows}</p>
      <SubmitRow label={text.opening.save} busy={busy} failure={failure} onClose={onClose} />
    </form>
  );
}
