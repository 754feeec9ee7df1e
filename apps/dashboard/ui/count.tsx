'use client';
import { useFormat } from '../i18n/index.tsx';
import { classNames } from './class-names.ts';

const MOST = 99;

/** A small figure that asks for attention; `label` says of what to those who hear it. */
export function Count({ value, label, className }: { readonly value: number; readonly label: string; readonly className?: string }) {
  const format = useFormat();
  return (
    <span
      className={classNames(
        'min-w-4 shrink-0 rounded-full bg-bad px-1 text-center text-2xs leading-4 font-semibold text-surface figures',
        className,
      )}
    >
      <span aria-hidden>{value > MOST ? `${format.number(MOST)}+` : format.number(value)}</span>
      <span className="sr-only">{label}</span>
    </span>
  );
}
