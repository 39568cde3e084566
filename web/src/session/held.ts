// What the members hold for the server, so that roles and settings survive its restart (B6). Made by the host's page.

import type { HeldContent, MeetingSettings, Participant } from '../generated/protocol';

export interface Holding {
  meeting: string;
  settings: MeetingSettings;
  people: Iterable<Participant>;
}

export function heldContent(
  { meeting, settings, people }: Holding,
  sequence: number,
  issued: number,
): HeldContent {
  return {
    meeting,
    sequence,
    issued,
    settings,
    people: [...people].map(({ identity, role }) => ({ identity, role })),
  };
}

/** Whether two states say the same, whenever they were made. */
export function saysTheSame(a: HeldContent, b: HeldContent): boolean {
  return essence(a) === essence(b);
}

/** Whether two states differ at most in who of the participants is there. */
export function rulesTheSame(a: HeldContent, b: HeldContent): boolean {
  const rules = (content: HeldContent) =>
    essence({ ...content, people: content.people.filter(({ role }) => role !== 'participant') });
  return rules(a) === rules(b);
}

function essence({ settings, people }: HeldContent): string {
  const sorted = [...people].sort((a, b) => (a.identity < b.identity ? -1 : 1));
  return JSON.stringify([settings, sorted]);
}
