import type { Person } from '../../state/model';
import { TriangleAlert } from '../icons';
import { text } from '../text';

/** Who moderates; and whether the key in the link confirms it (P3). */
export function RoleBadge({ person }: { person: Person }) {
  if (person.role === 'participant') return null;
  if (!person.proven) {
    return (
      <span class="badge badge-warn" title={text.unprovenHelp}>
        <TriangleAlert size={12} />
        {text.role[person.role]} · {text.unproven}
      </span>
    );
  }
  return <span class="badge">{text.role[person.role]}</span>;
}
