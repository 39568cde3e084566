import type { Zone } from '../../calendar/zone';
import { type CalendarFaults, LENGTHS, type TimeWish, zoneInWords } from '../calendar';
import { Field, Select } from '../parts/field';
import { text } from '../text-calendar';

interface Props {
  wish: TimeWish;
  faults: CalendarFaults;
  zone: Zone;
  onChange: (part: Partial<TimeWish>) => void;
}

/** Day, time of day and length. */
export function WhenFields({ wish, faults, zone, onChange }: Props) {
  return (
    <div class="when">
      <Field
        type="date"
        label={text.day}
        value={wish.day}
        onInput={(day) => onChange({ day })}
        error={faults.day && text.fault[faults.day]}
      />
      <Field
        type="time"
        label={text.start}
        value={wish.time}
        onInput={(time) => onChange({ time })}
        error={faults.time && text.fault[faults.time]}
      />
      <Select
        label={text.length}
        value={String(wish.minutes)}
        choices={LENGTHS.map((minutes) => ({ id: String(minutes), label: text.lengths[minutes] ?? '' }))}
        onChange={(minutes) => onChange({ minutes: Number(minutes) })}
      />
      <p class="help">{text.zone(zoneInWords(zone.name))}</p>
    </div>
  );
}
