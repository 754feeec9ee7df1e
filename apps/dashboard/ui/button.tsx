import type { ComponentProps } from 'react';
import { classNames } from './class-names.ts';

type Look = 'primary' | 'plain' | 'quiet' | 'danger';

const LOOKS: Record<Look, string> = {
  primary: 'bg-accent text-on-accent border-transparent hover:opacity-90',
  plain: 'bg-surface text-ink border-line-strong hover:bg-sunken',
  quiet: 'bg-transparent text-ink-2 border-transparent hover:bg-sunken hover:text-ink',
  danger: 'bg-surface text-bad border-line-strong hover:bg-bad-soft',
};

const BASE =
  'inline-flex items-center justify-center gap-1.5 rounded-md border text-sm font-medium whitespace-nowrap transition-colors disabled:opacity-50';

export function Button({ look = 'plain', className, type = 'button', ...rest }: ComponentProps<'button'> & { readonly look?: Look }) {
  return <button type={type} className={classNames(BASE, 'h-8 px-3', LOOKS[look], className)} {...rest} />;
}

/** A button that shows only an icon; `label` is its name. */
export function IconButton({ label, className, type = 'button', ...rest }: ComponentProps<'button'> & { readonly label: string }) {
  return (
    <button
      type={type}
      aria-label={label}
      title={label}
      className={classNames(BASE, 'size-8 shrink-0', LOOKS.quiet, className)}
      {...rest}
    />
  );
}

/** The look of a button for a link. */
export function buttonLook(look: Look, className?: string): string {
  return classNames(BASE, 'h-8 px-3', LOOKS[look], className);
}
