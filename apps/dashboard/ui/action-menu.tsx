'use client';
import { type ComponentProps, type KeyboardEvent, type ReactNode, useLayoutEffect, useRef } from 'react';
import { classNames } from './class-names.ts';
import { place, SHEET_LOOK } from './popover.tsx';

const STEPS: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };

type ActionMenuProps = {
  readonly label: string;
  /** What it belongs to: it opens beside it, and gives the focus back to it. */
  readonly anchor: HTMLElement;
  readonly onClose: () => void;
  readonly children: ReactNode;
};

/** A menu of what can be done with one thing, open as long as it is there. Arrow keys go through it; Escape and a click elsewhere close it. */
export function ActionMenu({ label, anchor, onClose, children }: ActionMenuProps) {
  const sheet = useRef<HTMLDivElement>(null);
  const items = () => [...(sheet.current?.querySelectorAll<HTMLElement>('[role="menuitem"]:not(:disabled)') ?? [])];

  // biome-ignore lint/correctness/useExhaustiveDependencies: it opens once
  useLayoutEffect(() => {
    const element = sheet.current;
    if (!element) return;
    element.showPopover();
    place(element, anchor);
    items()[0]?.focus();
  }, []);

  const onKeyDown = (event: KeyboardEvent) => {
    // Keys of the page would act on what lies below.
    event.stopPropagation();
    const all = items();
    const at = all.indexOf(document.activeElement as HTMLElement);
    const step = STEPS[event.key];
    const next = step
      ? all[(at + step + all.length) % all.length]
      : event.key === 'Home'
        ? all[0]
        : event.key === 'End'
          ? all.at(-1)
          : undefined;
    if (next) {
      event.preventDefault();
      next.focus();
    } else if (event.key === 'Tab' || event.key === 'Escape') {
      event.preventDefault();
      sheet.current?.hidePopover();
      anchor.focus();
      // Not when the browser tells of it: it may have been opened again by then.
      onClose();
    }
  };
  return (
    <div
      ref={sheet}
      popover="auto"
      role="menu"
      aria-label={label}
      onToggle={(event) => event.newState === 'closed' && onClose()}
      onKeyDown={onKeyDown}
      className={classNames(SHEET_LOOK, 'min-w-56 flex-col p-1 open:flex')}
    >
      {children}
    </div>
  );
}

export const MENU_ITEM_LOOK =
  'flex min-h-8 items-center gap-2 rounded-md px-2 text-left text-sm text-ink hover:bg-sunken focus-visible:bg-sunken disabled:opacity-50';

/** One thing that can be done; the menu is gone afterwards. */
export function MenuItem({ className, onClick, ...rest }: ComponentProps<'button'>) {
  return (
    <button
      type="button"
      role="menuitem"
      tabIndex={-1}
      onClick={(event) => {
        event.currentTarget.closest<HTMLElement>('[popover]')?.hidePopover();
        onClick?.(event);
      }}
      className={classNames(MENU_ITEM_LOOK, className)}
      {...rest}
    />
  );
}
