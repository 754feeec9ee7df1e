import type { ReactNode } from 'react';
import { classNames } from './class-names.ts';

/** Names and what they stand for. Long texts belong in `stacked`, where the value is below its name on phones. */
export function Facts({ className, children }: { readonly className?: string; readonly children: ReactNode }) {
  return (
    <dl className={classNames('grid grid-cols-[minmax(6rem,max-content)_minmax(0,1fr)] gap-x-6 gap-y-1.5 text-sm', className)}>
      {children}
    </dl>
  );
}

/** One name and its value. `mono` for ids and code. */
export function Fact({
  name,
  mono = false,
  children,
}: {
  readonly name: ReactNode;
  readonly mono?: boolean;
  readonly children: ReactNode;
}) {
  return (
    <>
      <dt className="text-ink-3">{name}</dt>
      <dd className={classNames('min-w-0 break-words figures', mono && 'font-mono text-xs leading-5 break-all')}>{children}</dd>
    </>
  );
}
