'use client';
import { cloneElement, type ReactElement, type ReactNode, type ToggleEvent, useId, useLayoutEffect, useRef, useState } from 'react';
import { Button } from './button.tsx';
import { classNames } from './class-names.ts';

const GAP_PX = 6;

/** Puts a popover below what it belongs to, or above where there is no room, and never outside of the window. */
export function place(popover: HTMLElement, anchor: Element): void {
  const box = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = popover;
  const below = box.bottom + GAP_PX;
  const fitsBelow = below + height <= window.innerHeight;
  popover.style.top = `${Math.max(GAP_PX, fitsBelow ? below : box.top - height - GAP_PX)}px`;
  popover.style.left = `${Math.max(GAP_PX, Math.min(box.left, window.innerWidth - width - GAP_PX))}px`;
}

export const SHEET_LOOK =
  'fixed inset-auto m-0 max-w-[92vw] rounded-lg border border-line-strong bg-surface text-ink shadow-[var(--shadow)]';

type PopoverProps = {
  /** The name of the button that opens it. */
  readonly label: string;
  readonly button: ReactNode;
  readonly className?: string;
  readonly look?: 'plain' | 'quiet';
  readonly children: ReactNode | ((close: () => void) => ReactNode);
};

/** A button that opens a small sheet; Escape and a click elsewhere close it. */
export function Popover({ label, button, className, look = 'plain', children }: PopoverProps) {
  const id = useId();
  const opener = useRef<HTMLButtonElement>(null);
  const sheet = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState(false);
  const onToggle = ({ newState, currentTarget }: ToggleEvent<HTMLDivElement>) => {
    setOpen(newState === 'open');
    // What was opened by a shortcut has no place to give the focus back to.
    const focused = document.activeElement;
    const isLost = focused === document.body || currentTarget.contains(focused);
    if (newState === 'closed' && isLost) opener.current?.focus({ preventScroll: true });
  };
  // Only with its content it has a size.
  useLayoutEffect(() => {
    if (open && sheet.current && opener.current) place(sheet.current, opener.current);
  }, [open]);
  return (
    <>
      <Button ref={opener} look={look} aria-label={label} aria-expanded={open} popoverTarget={id} className={className}>
        {button}
      </Button>
      <div
        ref={sheet}
        id={id}
        popover="auto"
        role="dialog"
        aria-label={label}
        onToggle={onToggle}
        className={classNames(SHEET_LOOK, 'p-3')}
      >
        {open ? (typeof children === 'function' ? children(() => sheet.current?.hidePopover()) : children) : null}
      </div>
    </>
  );
}

/** A hint on hover and on focus. It only repeats or explains: what one must know stands on the page. */
export function Tooltip({ text, children }: { readonly text: string; readonly children: ReactElement<{ 'aria-describedby'?: string }> }) {
  const id = useId();
  const anchor = useRef<HTMLSpanElement>(null);
  const hint = useRef<HTMLSpanElement>(null);
  const show = () => {
    if (!hint.current || !anchor.current) return;
    hint.current.showPopover();
    place(hint.current, anchor.current);
  };
  const hide = () => hint.current?.hidePopover();
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the control is inside; this only listens to it
    <span
      ref={anchor}
      className="inline-flex min-w-0"
      onPointerEnter={show}
      onPointerLeave={hide}
      onFocus={show}
      onBlur={hide}
      onKeyDown={(event) => event.key === 'Escape' && hide()}
    >
      {cloneElement(children, { 'aria-describedby': id })}
      <span ref={hint} id={id} role="tooltip" popover="manual" className={classNames(SHEET_LOOK, 'max-w-72 px-2 py-1 text-xs')}>
        {text}
      </span>
    </span>
  );
}
