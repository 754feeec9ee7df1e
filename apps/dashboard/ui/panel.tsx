import type { ReactNode } from 'react';
import { classNames } from './class-names.ts';

type PanelProps = {
  readonly title: string;
  readonly note?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
  readonly className?: string;
};

/** A titled part of a page. */
export function Panel({ title, note, actions, children, className }: PanelProps) {
  return (
    <section aria-label={title} className={classNames('min-w-0 rounded-lg border border-line bg-surface', className)}>
      <header className="flex min-h-11 items-center gap-2 border-b border-line px-4 py-1.5">
        <h2 className="text-sm font-semibold">{title}</h2>
        {note ? <p className="min-w-0 truncate text-xs text-ink-3">{note}</p> : null}
        {actions ? <div className="ml-auto flex items-center gap-1">{actions}</div> : null}
      </header>
      {children}
    </section>
  );
}

/** The rows of a panel, each a list item, or a sentence where there are none. */
export function PanelRows({ empty, children }: { readonly empty: string | undefined; readonly children: ReactNode }) {
  if (empty !== undefined) return <p className="px-4 py-5 text-sm text-ink-3">{empty}</p>;
  return <ul className="divide-y divide-line">{children}</ul>;
}
