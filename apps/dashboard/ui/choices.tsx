'use client';
import type { ReactNode } from 'react';
import { useId } from 'react';
import { classNames } from './class-names.ts';
import { CONTROL, type FieldProps, FormField } from './field.tsx';

export type Choice<Value extends string> = { readonly value: Value; readonly title: string; readonly disabled?: boolean };

type SelectProps<Value extends string> = FieldProps & {
  readonly choices: readonly Choice<Value>[];
  readonly value: Value;
  readonly onChange: (value: Value) => void;
  readonly disabled?: boolean;
};

/** One of several, in the system's own list. */
export function Select<Value extends string>({ choices, value, onChange, disabled = false, ...field }: SelectProps<Value>) {
  return (
    <FormField {...field}>
      {(control) => (
        <select
          {...control}
          disabled={disabled}
          value={value}
          onChange={({ target }) => {
            const chosen = choices.find((choice) => choice.value === target.value);
            if (chosen) onChange(chosen.value);
          }}
          className={classNames(CONTROL, 'h-8 px-2')}
        >
          {choices.map((choice) => (
            <option key={choice.value} value={choice.value} disabled={choice.disabled}>
              {choice.title}
            </option>
          ))}
        </select>
      )}
    </FormField>
  );
}

type TickProps = {
  readonly label: ReactNode;
  readonly hint?: ReactNode;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
  readonly disabled?: boolean;
  readonly className?: string;
};

/** Takes effect when the form is sent. */
export function Checkbox(props: TickProps) {
  return <Tick {...props} inputClassName="size-4 shrink-0 accent-accent" />;
}

/** Takes effect at once. */
export function Switch(props: TickProps) {
  return (
    <Tick
      {...props}
      role="switch"
      inputClassName="relative h-5 w-9 shrink-0 cursor-pointer appearance-none rounded-full border border-line-strong bg-sunken transition-colors before:absolute before:top-[2px] before:left-[2px] before:size-3.5 before:rounded-full before:bg-ink-3 before:transition-transform before:content-[''] checked:border-accent checked:bg-accent checked:before:translate-x-4 checked:before:bg-on-accent disabled:opacity-50"
    />
  );
}

function Tick(props: TickProps & { readonly role?: 'switch'; readonly inputClassName: string }) {
  const { label, hint, checked, onChange, disabled = false, className, role, inputClassName } = props;
  const id = useId();
  return (
    <div className={classNames('flex min-w-0 flex-col', className)}>
      <label className={classNames('flex min-h-6 items-center gap-2.5 text-sm', disabled ? 'opacity-60' : 'cursor-pointer')}>
        <input
          type="checkbox"
          role={role}
          checked={checked}
          disabled={disabled}
          onChange={({ target }) => onChange(target.checked)}
          className={inputClassName}
          {...(hint ? { 'aria-describedby': id } : {})}
        />
        <span className="min-w-0">{label}</span>
      </label>
      {hint ? (
        <div id={id} className={classNames('text-xs text-ink-3', role ? 'pl-[2.875rem]' : 'pl-[1.625rem]')}>
          {hint}
        </div>
      ) : null}
    </div>
  );
}
