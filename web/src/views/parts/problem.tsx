import { TriangleAlert } from '../icons';

/** What went wrong and what to do next, read aloud when it appears. */
export function ProblemNote({ children }: { children: string | null }) {
  return (
    <div role="alert" class="alert-slot">
      {children && (
        <p class="problem">
          <TriangleAlert size={20} />
          <span>{children}</span>
        </p>
      )}
    </div>
  );
}
