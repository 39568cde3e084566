import { useEffect, useRef, useState } from 'preact/hooks';
import { calendarFile } from '../../calendar/entry';
import { Zone } from '../../calendar/zone';
import type { OpeningHours } from '../../generated/api';
import type { HostMeeting } from '../../state/actions';
import { entryOf, faultsOf, NO_FAULTS, spanOf, usualWish, weekdayOf } from '../calendar';
import { isClosedAt } from '../hours';
import { save } from '../parts/download';
import { Field, Switch } from '../parts/field';
import { names } from '../text';
import { text } from '../text-calendar';
import { text as hoursText } from '../text-hours';
import { SubmitRow } from './submit-row';
import { WhenFields } from './when-fields';

const FILE = 'meeting.ics';

export interface CalendarProps {
  meeting: HostMeeting;
  /** Where the server is not always open. */
  hours: OpeningHours | null;
  onClose: () => void;
}

/** What is filled in, and then what to do with the file. */
export function CalendarSteps({ meeting, hours, onClose }: CalendarProps) {
  const [savedWithLink, setSavedWithLink] = useState<boolean | null>(null);
  return savedWithLink === null ? (
    <CalendarForm meeting={meeting} hours={hours} onSaved={setSavedWithLink} onClose={onClose} />
  ) : (
    <Saved withLink={savedWithLink} onClose={onClose} />
  );
}

interface FormProps extends CalendarProps {
  onSaved: (withLink: boolean) => void;
}

function CalendarForm({ meeting, hours, onSaved, onClose }: FormProps) {
  const [zone] = useState(() => new Zone(new Intl.DateTimeFormat().resolvedOptions().timeZone));
  const [wish, setWish] = useState(() => usualWish(meeting, Date.now(), zone));
  const [faults, setFaults] = useState(NO_FAULTS);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => form.current?.querySelector<HTMLElement>('[aria-invalid]')?.focus(), [faults]);

  const change = (part: Partial<typeof wish>) => {
    setWish({ ...wish, ...part });
    setFaults(NO_FAULTS);
  };
  const isOutside = wish.day !== '' && wish.time !== '' && isClosedAt(hours, spanOf(wish, zone).from);
  const submit = (event: Event) => {
    event.preventDefault();
    const now = Date.now();
    const found = faultsOf(wish, now, zone);
    if (found.day !== null || found.time !== null) return setFaults(found);
    const entry = entryOf(meeting, wish, { uid: crypto.randomUUID(), now, zone });
    save(FILE, calendarFile(entry), 'text/calendar');
    onSaved(wish.withLink);
  };

  return (
    <form ref={form} class="form" noValidate onSubmit={submit}>
      <p>{text.lead}</p>
      <Field
        label={text.name}
        value={wish.title}
        onInput={(title) => change({ title })}
        help={text.nameHelp}
        maxLength={120}
      />
      <WhenFields wish={wish} faults={faults} zone={zone} onChange={change} />
      {isOutside && <p class="caution">{text.outside(hoursText.host.open)}</p>}
      <div class="switches">
        <Switch
          label={text.weekly}
          help={text.weeklyHelp(weekdayOf(wish.day))}
          checked={wish.weekly}
          onChange={(weekly) => change({ weekly })}
        />
        <Switch
          label={text.link}
          help={text.linkHelp(meeting.password !== null)}
          checked={wish.withLink}
          onChange={(withLink) => change({ withLink })}
        />
      </div>
      <SubmitRow label={text.save} busy={false} failure={null} onClose={onClose} />
    </form>
  );
}

function Saved({ withLink, onClose }: { withLink: boolean; onClose: () => void }) {
  const heading = useRef<HTMLHeadingElement>(null);
  // The button that was pressed is gone.
  useEffect(() => heading.current?.focus(), []);
  return (
    <div class="form">
      <div class="dialog-lead">
        <h3 ref={heading} tabIndex={-1}>
          {text.saved(FILE)}
        </h3>
        <p>{text.savedLead}</p>
      </div>
      {withLink && <p class="caution">{text.savedWithLink}</p>}
      <div class="dialog-actions">
        <button type="button" class="button" onClick={onClose}>
          {names.close}
        </button>
      </div>
    </div>
  );
}
