'use client';
import type { ComponentProps, ReactNode } from 'react';
import { classNames } from './class-names.ts';
import { CONTROL, type FieldProps, FormField } from './field.tsx';

type Own = FieldProps & { readonly mono?: boolean };
type TextFieldProps = Own & {
  /** What stands beside the control, such as its button. */
  readonly beside?: ReactNode;
} & Omit<ComponentProps<'input'>, keyof Own | 'id'>;

/** One line of text. */
export function TextField({ label, hint, error, optional, hideLabel, className, mono = false, beside, ...input }: TextFieldProps) {
  return (
    <FormField label={label} hint={hint} {...defined({ error, optional, hideLabel, className })}>
      {(control) => (
        <div className="flex min-w-0 gap-2">
          <input spellCheck={false} className={classNames(CONTROL, 'h-8 px-2.5', mono && 'font-mono text-xs')} {...input} {...control} />
          {beside}
        </div>
      )}
    </FormField>
  );
}

/** Several lines of text. */
export function TextArea({
  label,
  hint,
  error,
  optional,
  hideLabel,
  className,
  mono = false,
  ...input
}: Own & Omit<ComponentProps<'textarea'>, keyof Own | 'id'>) {
  return (
    <FormField label={label} hint={hint} {...defined({ error, optional, hideLabel, className })}>
      {(control) => (
        <textarea rows={3} className={classNames(CONTROL, 'px-2.5 py-1.5', mono && 'font-mono text-xs')} {...input} {...control} />
      )}
    </FormField>
  );
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** The fields that have a value: a field that may be absent must not be there as undefined. */
export function defined<T extends object>(fields: T): Defined<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>;
}
