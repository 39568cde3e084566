import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

interface ButtonProps {
  name: string;
  label: string;
  onClick: () => void;
  children: ComponentChildren;
  /** For a control that is on or off. */
  pressed?: boolean;
  /** For a control that opens a panel. */
  expanded?: boolean;
  tone?: 'off' | 'active' | 'leave' | undefined;
  badge?: string | null;
  badgeCount?: number;
}

/** A control with its icon and a short label. */
export function BarButton(props: ButtonProps) {
  const id = useId();
  return (
    <button
      type="button"
      class={props.tone ? `bar-button bar-${props.tone}` : 'bar-button'}
      aria-label={props.name}
      aria-describedby={props.badge ? id : undefined}
      aria-pressed={props.pressed}
      aria-expanded={props.expanded}
      onClick={props.onClick}
    >
      {props.children}
      <span class="bar-label" aria-hidden="true">
        {props.label}
      </span>
      {props.badge && (
        // The number is drawn by the style sheet: the name of the control stays the same.
        <span class="bar-badge" data-count={props.badgeCount}>
          <span id={id} hidden>
            {props.badge}
          </span>
        </span>
      )}
    </button>
  );
}
