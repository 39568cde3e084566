import type { Person } from '../../state/model';
import { moderates } from '../../state/roles';
import { TriangleAlert } from '../icons';
import { text } from '../text';

/** Who moderates, and whether the key in the link confirms it (P3); and who has the floor. `compact` shows no more than a warning. */
export function RoleBadge({ person, compact = false }: { person: Person; compact?: boolean }) {
  if (person.role === 'participant') return null;
  if (moderates(person.role) && !person.proven) {
    return (
      <span class="badge badge-warn" title={text.unprovenHelp}>
        <TriangleAlert size={12} />
        <span class={compact ? 'visually-hidden' : ''}>
          {text.role[person.role]} · {text.unproven}
        </span>
      </span>
    );
  }
  if (compact) return <span class="visually-hidden">{text.role[person.role]}</span>;
  return <span class="badge">{text.role[person.role]}</span>;
}
