'use client';
import { type ReactNode, useId } from 'react';
import { useT } from '../i18n/index.tsx';
import { classNames } from './class-names.ts';

/** What ties a control to its label, its hint and its error. */
export type FieldProps = {
  readonly label: string;
  readonly hint?: ReactNode;
  readonly error?: string | undefined;
  readonly optional?: boolean;
  /** For controls whose meaning the place already says; screen readers still hear the label. */
  readonly hideLabel?: boolean;
  readonly className?: string;
};

export type ControlProps = { readonly id: string; readonly 'aria-describedby'?: string; readonly 'aria-invalid'?: true };

/** The look of everything one types into or chooses from. */
export const CONTROL =
  'min-w-0 w-full rounded-md border bg-surface text-sm text-ink placeholder:text-ink-3 disabled:opacity-60 aria-invalid:border-bad border-line-strong';

/** A control with its label above it and what explains or faults it below. */
export function FormField(props: FieldProps & { readonly children: (control: ControlProps) => ReactNode }) {
  const { label, hint, error, optional = false, hideLabel = false, className, children } = props;
  const t = useT();
  const id = useId();
  const describedBy = [hint ? `${id}-hint` : '', error ? `${id}-error` : ''].filter(Boolean).join(' ');
  return (
    <div className={classNames('flex min-w-0 flex-col gap-1', className)}>
      <label htmlFor={id} className={hideLabel ? 'sr-only' : 'text-sm font-medium text-ink-2'}>
        {label}
        {optional ? <span className="ml-1.5 font-normal text-ink-3">({t.ui.optional})</span> : null}
      </label>
      {children({ id, ...(describedBy && { 'aria-describedby': describedBy }), ...(error && { 'aria-invalid': true as const }) })}
      {hint ? (
        <div id={`${id}-hint`} className="text-xs text-ink-3">
          {hint}
        </div>
      ) : null}
      {error ? (
        <p id={`${id}-error`} role="alert" className="text-xs text-bad">
          {error}
        </p>
      ) : null}
    </div>
  );
}
