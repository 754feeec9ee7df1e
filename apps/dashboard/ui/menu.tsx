'use client';
import Check from 'lucide-react/icons/check';
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { IconButton } from './button.tsx';
import { classNames } from './class-names.ts';

type MenuProps<Value extends string> = {
  readonly label: string;
  readonly icon: ReactNode;
  readonly choices: readonly { readonly value: Value; readonly title: string }[];
  readonly chosen: Value;
  readonly onChoose: (value: Value) => void;
};

/** A button that opens a list of which one entry is chosen. */
export function Menu<Value extends string>({ label, icon, choices, chosen, onChoose }: MenuProps<Value>) {
  const id = useId();
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const button = () => root.current?.querySelector('button');

  useEffect(() => {
    if (!open) return;
    root.current?.querySelector<HTMLElement>('[aria-checked="true"]')?.focus();
    const onPointer = (event: PointerEvent) => {
      if (event.target instanceof Node && !root.current?.contains(event.target)) setOpen(false);
    };
    document.addEventListener('pointerdown', onPointer);
    return () => document.removeEventListener('pointerdown', onPointer);
  }, [open]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (!open) return;
    const items = [...(root.current?.querySelectorAll<HTMLElement>('[role="menuitemradio"]') ?? [])];
    const at = items.indexOf(document.activeElement as HTMLElement);
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      items[(at + step + items.length) % items.length]?.focus();
    } else if (event.key === 'Escape' || event.key === 'Tab') {
      event.stopPropagation();
      setOpen(false);
      if (event.key === 'Escape') button()?.focus();
    }
  };

  const choose = (value: Value) => {
    onChoose(value);
    setOpen(false);
    button()?.focus();
  };

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: only passes on the keys of the items inside
    <div ref={root} className="relative" onKeyDown={onKeyDown}>
      <IconButton label={label} aria-haspopup="menu" aria-expanded={open} aria-controls={id} onClick={() => setOpen(!open)}>
        {icon}
      </IconButton>
      {open ? (
        <div
          id={id}
          role="menu"
          aria-label={label}
          className="absolute top-9 right-0 z-30 min-w-40 rounded-lg border border-line bg-surface p-1 shadow-[var(--shadow)]"
        >
          {choices.map(({ value, title }) => (
            <button
              key={value}
              type="button"
              role="menuitemradio"
              aria-checked={value === chosen}
              onClick={() => choose(value)}
              className="flex h-8 w-full items-center gap-2 rounded-md px-2 text-left text-sm hover:bg-sunken"
            >
              <Check aria-hidden className={classNames('size-3.5', value !== chosen && 'invisible')} />
              {title}
            </button>
          ))}
        </div>
      ) : null}
    </div>
  );
}
