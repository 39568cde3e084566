import { LoadedDialog } from '../parts/loaded-dialog';
import { text } from '../text';
import type { CalendarProps } from './calendar-form';

/** A kept meeting as a file for calendars. It is given no actions: whatever it does, it asks nobody (P1). */
export function CalendarDialog(props: CalendarProps) {
  const load = () => import('./calendar-form').then(({ CalendarSteps }) => CalendarSteps);
  return <LoadedDialog title={text.host.calendar.title} load={load} content={props} />;
}
