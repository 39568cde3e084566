import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import type { Interface } from '../../state/model';
import { X } from '../icons';
import { names } from '../text';
import { type Room, useRoom } from './context';

/** Opens a panel, or closes it when it is the open one. */
export function togglePanel(room: Room, panel: NonNullable<Interface['panel']>): void {
  room.actions.setInterface({ panel: room.ui.peek().panel === panel ? null : panel });
}

/** Beside the stage, or above it on a phone. Takes the focus when it opens and gives it back. */
export function Panel({ title, children }: { title: string; children: ComponentChildren }) {
  const { actions } = useRoom();
  const panel = useRef<HTMLElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const id = useId();
  useEffect(() => {
    const before = document.activeElement;
    const element = panel.current;
    // Whoever has a keyboard may want to write at once; on a phone a keyboard on the screen would hide the panel.
    const first = matchMedia('(pointer: fine)').matches
      ? element?.querySelector<HTMLElement>('[data-first]')
      : null;
    (first ?? heading.current)?.focus();
    return () => {
      const inside = document.activeElement === document.body || element?.contains(document.activeElement);
      if (inside && before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <aside
      ref={panel}
      class="panel"
      aria-labelledby={id}
      onKeyDown={(event) => {
        if (event.key === 'Escape' && !event.defaultPrevented) actions.setInterface({ panel: null });
      }}
    >
      <div class="panel-head">
        <h2 id={id} ref={heading} tabIndex={-1}>
          {title}
        </h2>
        <button
          type="button"
          class="icon-button"
          aria-label={names.close}
          onClick={() => actions.setInterface({ panel: null })}
        >
          <X size={20} />
        </button>
      </div>
      {children}
    </aside>
  );
}
