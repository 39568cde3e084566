// From a key to what it asks for. Pure; the hook below feeds it.

import { useEffect } from 'preact/hooks';

export type Command = 'microphone' | 'camera' | 'hand' | 'people' | 'chat' | 'help' | 'talk';

export interface Key {
  key: string;
  /** The place on the keyboard, for layouts without Latin letters. */
  code: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
}

/** Where the focus is. */
export type Focus = 'page' | 'control' | 'typing';

const LETTERS: Record<string, Command> = { m: 'microphone', v: 'camera', h: 'hand', p: 'people', c: 'chat' };
const WITH_CONTROL: Record<string, Command> = { d: 'microphone', e: 'camera' };

export function commandOf(key: Key, focus: Focus): Command | null {
  const letter = letterOf(key);
  if (key.altKey) return null;
  if (key.ctrlKey || key.metaKey) return WITH_CONTROL[letter] ?? null;
  if (focus === 'typing') return null;
  if (key.key === '?') return 'help';
  // Space presses the control that has the focus.
  if (key.key === ' ') return focus === 'page' ? 'talk' : null;
  return LETTERS[letter] ?? null;
}

function letterOf({ key, code }: Key): string {
  return /^[\x20-\x7e]$/.test(key) ? key.toLowerCase() : code.replace(/^Key/, '').toLowerCase();
}

function focusOf(target: EventTarget | null): Focus {
  if (!(target instanceof HTMLElement)) return 'page';
  if (
    target.isContentEditable ||
    target.matches('textarea, select, input:not([type=checkbox], [type=radio])')
  ) {
    return 'typing';
  }
  return target.closest('button, a, input, summary, [role^="menuitem"]') ? 'control' : 'page';
}

export interface ShortcutHandlers {
  run(command: Exclude<Command, 'talk'>): void;
  /** Space is held, or not any more. */
  talk(down: boolean): void;
}

export function useShortcuts(handlers: ShortcutHandlers): void {
  useEffect(() => {
    let talking = false;
    const stop = () => {
      if (talking) handlers.talk(false);
      talking = false;
    };
    const down = (event: KeyboardEvent) => {
      if (document.querySelector('dialog[open]')) return;
      const command = commandOf(event, focusOf(event.target));
      if (command === null) return;
      event.preventDefault();
      if (event.repeat) return;
      if (command === 'talk') {
        talking = true;
        handlers.talk(true);
      } else {
        handlers.run(command);
      }
    };
    const up = (event: KeyboardEvent) => {
      if (event.key === ' ') stop();
    };
    window.addEventListener('keydown', down);
    window.addEventListener('keyup', up);
    window.addEventListener('blur', stop);
    return () => {
      stop();
      window.removeEventListener('keydown', down);
      window.removeEventListener('keyup', up);
      window.removeEventListener('blur', stop);
    };
  }, [handlers]);
}
