'use client';
import { useFormat } from '../i18n/index.tsx';
import { classNames } from './class-names.ts';

const MOST = 99;

/** A small figure that asks for attention. What it counts must be said by the element it stands on. */
export function Count({ value, className }: { readonly value: number; readonly className?: string }) {
  const format = useFormat();
  return (
    <span
      aria-hidden
      className={classNames(
        'min-w-4 shrink-0 rounded-full bg-bad px-1 text-center text-2xs leading-4 font-semibold text-surface figures',
        className,
      )}
    >
      {value > MOST ? `${format.number(MOST)}+` : format.number(value)}
    </span>
  );
}
