'use client';
import { type ReactNode, useId } from 'react';
import { classNames } from './class-names.ts';

type SegmentedProps<Value extends string> = {
  readonly label: string;
  readonly choices: readonly { readonly value: Value; readonly title: ReactNode }[];
  readonly value: Value;
  readonly onChange: (value: Value) => void;
  readonly className?: string;
};

/** One of a few, all in sight: radio buttons in one strip, so that the arrow keys move between them. */
export function Segmented<Value extends string>({ label, choices, value, onChange, className }: SegmentedProps<Value>) {
  const name = useId();
  return (
    <fieldset className={classNames('inline-flex max-w-full rounded-md border border-line-strong bg-sunken p-0.5', className)}>
      <legend className="sr-only">{label}</legend>
      {choices.map((choice) => (
        <label
          key={choice.value}
          className="relative flex h-6.5 cursor-pointer items-center gap-1.5 rounded px-2.5 text-sm whitespace-nowrap text-ink-2 hover:text-ink has-checked:bg-surface has-checked:font-medium has-checked:text-ink has-checked:shadow-[0_1px_2px_rgb(0_0_0/0.15)] has-focus-visible:outline-2 has-focus-visible:outline-accent"
        >
          <input
            type="radio"
            name={name}
            value={choice.value}
            checked={choice.value === value}
            onChange={() => onChange(choice.value)}
            className="absolute inset-0 size-full cursor-pointer appearance-none rounded outline-none"
          />
          <span className="pointer-events-none relative inline-flex items-center gap-1.5">{choice.title}</span>
        </label>
      ))}
    </fieldset>
  );
}
