'use client';
import { type ReactNode, useId } from 'react';
import { classNames } from '../../ui/class-names.ts';

export const FIELD_LOOK = 'w-full min-w-0 rounded-md border border-line-strong bg-canvas px-2.5 py-1.5 text-sm';

type FieldProps = { readonly label: string; readonly hint?: string; readonly className?: string; readonly children: ReactNode };

/** A field with its name above it. */
export function Field({ label, hint, className, children }: FieldProps) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is among the children
    <label className={classNames('flex min-w-0 flex-col gap-1', className)}>
      <span className="text-xs font-medium text-ink-2">{label}</span>
      {children}
      {hint ? <span className="text-xs text-ink-3">{hint}</span> : null}
    </label>
  );
}

type RadiosProps<Value extends string> = {
  readonly label: string;
  readonly choices: readonly { readonly value: Value; readonly title: string; readonly hint?: string }[];
  readonly value: Value;
  readonly onChange: (value: Value) => void;
};

/** A choice of which all possibilities are seen. */
export function Radios<Value extends string>({ label, choices, value, onChange }: RadiosProps<Value>) {
  const name = useId();
  return (
    <fieldset className="flex min-w-0 flex-wrap gap-x-5 gap-y-2">
      <legend className="sr-only">{label}</legend>
      {choices.map((choice) => (
        <label key={choice.value} className={classNames('flex min-h-6 items-start gap-2 text-sm', choice.hint && 'w-full')}>
          <input
            type="radio"
            name={name}
            checked={choice.value === value}
            onChange={() => onChange(choice.value)}
            className="mt-1 size-4 shrink-0 accent-[var(--accent)]"
          />
          <span>
            {choice.title}
            {choice.hint ? <span className="block text-xs text-ink-2">{choice.hint}</span> : null}
          </span>
        </label>
      ))}
    </fieldset>
  );
}
