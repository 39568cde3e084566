// The words about opening hours: what a host reads in the list of meetings, and everybody in a meeting when the server closes.

export const text = {
  host: {
    title: 'Opening hours',
    until: (when: string) => `The server is open until ${when}. A meeting that goes on then is not cut.`,
    closed: 'The server is closed now. Meetings that go on are not cut; no new one can begin.',
    opens: (when: string) => `It opens ${when}.`,
    always: 'The server is open.',
    zone: (zone: string) => `in the time zone ${zone}`,
    calendar: 'and as the calendar of the person who runs the server says',
    own: 'Open for you as well',
    remove: (when: string) => `Do not open ${when}`,
    open: 'Open at another time…',
    openTitle: 'Open at another time',
  },

  closing: {
    closes: (at: string) => `This server closes at ${at}.`,
    closed: 'This server is closed now.',
    goesOn: 'This meeting can go on for as long as somebody is in it.',
    opens: (when: string) => `Afterwards, meetings can begin again from ${when}.`,
  },
} as const;
