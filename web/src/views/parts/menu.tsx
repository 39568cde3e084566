// A button that opens a menu, by the pattern of the ARIA Authoring Practices: arrow keys, Home and End, the first
// letter, Escape. The menu is a popover, so that no scrolling panel cuts it off.

import type { ComponentChildren } from 'preact';
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Check } from '../icons';

interface MenuProps {
  /** What the button shows. */
  trigger: ComponentChildren;
  /** The button's name, where `trigger` alone does not say it; also the menu's. */
  label: string;
  triggerClass: string;
  disabled?: boolean;
  children: ComponentChildren;
}

const GAP = 8;
const ITEMS = '[role^="menuitem"]:not([aria-disabled="true"])';

export function Menu({ trigger, label, triggerClass, disabled, children }: MenuProps) {
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const id = useId();

  const close = (giveFocusBack: boolean) => {
    setOpen(false);
    if (giveFocusBack) button.current?.focus();
  };

  return (
    <>
      <button
        ref={button}
        type="button"
        class={triggerClass}
        aria-label={label}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        disabled={disabled}
        onClick={() => setOpen(!open)}
        onKeyDown={(event) => {
          if (event.key === 'ArrowUp' || event.key === 'ArrowDown') {
            event.preventDefault();
            setOpen(true);
          }
        }}
      >
        {trigger}
      </button>
      {open && (
        <MenuPopover id={id} label={label} anchor={button.current} close={close}>
          {children}
        </MenuPopover>
      )}
    </>
  );
}

interface PopoverProps {
  id: string;
  label: string;
  anchor: HTMLElement | null;
  close: (giveFocusBack: boolean) => void;
  children: ComponentChildren;
}

function MenuPopover({ id, label, anchor, close, children }: PopoverProps) {
  const menu = useRef<HTMLDivElement>(null);

  useLayoutEffect(() => {
    const element = menu.current;
    if (!element || !anchor) return;
    element.showPopover();
    placeBeside(element, anchor.getBoundingClientRect());
    items(element)[0]?.focus();
  }, [anchor]);

  useEffect(() => {
    const outside = (event: PointerEvent) => {
      const target = event.target as Node;
      if (!menu.current?.contains(target) && !anchor?.contains(target)) close(false);
    };
    const resized = () => close(false);
    document.addEventListener('pointerdown', outside, true);
    window.addEventListener('resize', resized);
    return () => {
      document.removeEventListener('pointerdown', outside, true);
      window.removeEventListener('resize', resized);
    };
  }, [anchor, close]);

  return (
    <div
      ref={menu}
      id={id}
      class="menu"
      role="menu"
      tabIndex={-1}
      aria-label={label}
      popover="manual"
      onClick={(event) => {
        if ((event.target as Element).closest(ITEMS)) close(true);
      }}
      onKeyDown={(event) => {
        const element = event.currentTarget;
        if (event.key === 'Escape' || event.key === 'Tab') {
          if (event.key === 'Escape') event.preventDefault();
          event.stopPropagation();
          close(true);
        } else if (moveFocus(items(element), event.key)) {
          event.preventDefault();
          event.stopPropagation();
        }
      }}
    >
      {children}
    </div>
  );
}

interface ItemProps {
  onSelect: () => void;
  icon?: ComponentChildren;
  children: ComponentChildren;
  danger?: boolean;
}

export function MenuItem({ danger, ...item }: ItemProps) {
  return <ItemButton role="menuitem" look={danger ? 'menu-item danger' : 'menu-item'} {...item} />;
}

interface ChoiceProps {
  checked: boolean;
  /** `radio`: one of several. `checkbox`: on or off by itself. */
  kind: 'radio' | 'checkbox';
  onSelect: () => void;
  children: ComponentChildren;
}

export function MenuChoice({ checked, kind, onSelect, children }: ChoiceProps) {
  return (
    <ItemButton
      role={`menuitem${kind}`}
      look="menu-item"
      checked={checked}
      icon={checked && <Check size={18} />}
      onSelect={onSelect}
    >
      {children}
    </ItemButton>
  );
}

interface ButtonProps {
  role: 'menuitem' | 'menuitemradio' | 'menuitemcheckbox';
  look: string;
  /** For those that are chosen or not. */
  checked?: boolean;
  icon?: ComponentChildren;
  onSelect: () => void;
  children: ComponentChildren;
}

function ItemButton({ role, look, checked, icon, onSelect, children }: ButtonProps) {
  const state = checked === undefined ? {} : { 'aria-checked': checked };
  return (
    <button type="button" role={role} tabIndex={-1} class={look} onClick={onSelect} {...state}>
      <span class="menu-icon">{icon}</span>
      <span class="menu-text">{children}</span>
    </button>
  );
}

/** Choices that belong together, under a heading. */
export function MenuGroup({ title, children }: { title: string; children: ComponentChildren }) {
  const id = useId();
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset has no place in a menu.
    <div role="group" aria-labelledby={id} class="menu-group">
      <div id={id} class="menu-title" role="presentation">
        {title}
      </div>
      {children}
    </div>
  );
}

function items(menu: HTMLElement): HTMLElement[] {
  return [...menu.querySelectorAll<HTMLElement>(ITEMS)];
}

function moveFocus(all: HTMLElement[], key: string): boolean {
  const at = all.indexOf(document.activeElement as HTMLElement);
  const to = (index: number) => all[(index + all.length) % all.length]?.focus();
  switch (key) {
    case 'ArrowDown':
      to(at + 1);
      return true;
    case 'ArrowUp':
      to(at < 0 ? -1 : at - 1);
      return true;
    case 'Home':
      to(0);
      return true;
    case 'End':
      to(-1);
      return true;
    default: {
      if (key.length !== 1 || key === ' ') return false;
      const wanted = key.toLocaleLowerCase();
      const after = [...all.slice(at + 1), ...all.slice(0, at + 1)];
      after.find((item) => item.textContent?.trim().toLocaleLowerCase().startsWith(wanted))?.focus();
      return true;
    }
  }
}

/** Above the button where there is room, else below; never outside the window. */
function placeBeside(menu: HTMLElement, anchor: DOMRect): void {
  const { innerWidth, innerHeight } = window;
  const { width, height } = menu.getBoundingClientRect();
  const above = anchor.top - GAP - height;
  const top = above >= GAP ? above : Math.min(anchor.bottom + GAP, innerHeight - height - GAP);
  const left = Math.min(Math.max(GAP, anchor.left + anchor.width / 2 - width / 2), innerWidth - width - GAP);
  menu.style.setProperty('top', `${Math.max(GAP, top)}px`);
  menu.style.setProperty('left', `${Math.max(GAP, left)}px`);
}
