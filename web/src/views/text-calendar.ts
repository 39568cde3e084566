// The words of the dialog that puts a meeting into a calendar, and of the entry that it makes: apart from the others, because
// they are loaded with it.

import type { CalendarFault } from './calendar';

export const text = {
  lead: 'Your browser makes a file that every calendar can read. This server learns nothing of it.',

  name: 'Title in the calendar',
  nameHelp: 'Your calendar’s provider can read it.',
  untitled: 'Meeting',
  day: 'Day',
  start: 'Start',
  length: 'Length',
  lengths: {
    30: '30 minutes',
    45: '45 minutes',
    60: '1 hour',
    90: '1½ hours',
    120: '2 hours',
    180: '3 hours',
    240: '4 hours',
    480: '8 hours',
  } as Record<number, string>,
  zone: (zone: string) => `In the time zone of this device: ${zone}.`,

  outside: (button: string) =>
    `The server is closed then. Press “${button}” in your list of meetings, and it opens for that time.`,
  opening: {
    lead: 'The server opens a quarter of an hour before the time you choose, and closes after it when the last meeting has ended.',
    knows:
      'The server then knows that you want it open at this time. It does not learn for which meeting, or with whom.',
    save: 'Open then',
  },

  weekly: 'Repeat every week',
  weeklyHelp: (weekday: string | null) =>
    `${weekday === null ? 'On the same weekday' : `Every ${weekday}`}, until you change it in your calendar.`,
  link: 'Put the link into the entry',
  linkHelp: (password: boolean) =>
    `Whoever can read the entry can then join${password ? ', if they know the password' : ''}. That includes the company that runs the calendar. If the meeting gets a new link, the entry keeps the old one.`,

  save: 'Save the file',

  fault: {
    no_day: 'Choose a day.',
    no_time: 'Choose a time.',
    past_day: 'This day is over. Choose a later one.',
    past_time: 'This time is over. Choose a later one, or another day.',
    far: 'This day is too far away. Check the year, or come back later.',
  } satisfies Record<CalendarFault, string>,

  saved: (file: string) => `Saved as “${file}”`,
  savedLead:
    'Open the file on this device, and your calendar takes the meeting up. You can also import it into a calendar on the web, or send it to the people you invite.',
  savedWithLink: 'The link is in the file: send it only to those you mean.',

  entry: {
    link: (link: string) =>
      `Open this link in your browser, on a computer or a phone. There is nothing to install and no account to make:\n${link}`,
    password: 'You will be asked for a password, which is not in this entry.',
    elsewhere: 'The link is in your invitation.',
    host: (server: string) => `The host finds it in the list of meetings at ${server}`,
  },
} as const;
