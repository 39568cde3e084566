import type { Person } from '../../state/model';
import { text } from '../text';

/** A name that may not have opened. */
export function readable(name: string | null): string {
  return name === null || name.trim() === '' ? text.room.unnamed : name;
}

export function nameOf(person: Person): string {
  const name = readable(person.name);
  return person.me ? text.room.youName(name) : name;
}

/** 1 for the hand that went up first; null for a hand that is down. */
export function handPlace(people: readonly Person[], person: Person): number | null {
  const { hand } = person;
  if (hand === null) return null;
  return 1 + people.filter((other) => other.hand !== null && other.hand < hand).length;
}
