import type { ReactNode } from 'react';
import { Card } from './card.tsx';
import { classNames } from './class-names.ts';

type StatProps = {
  readonly title: string;
  readonly detail?: ReactNode;
  readonly tone?: 'plain' | 'ok' | 'warn' | 'bad';
  readonly href?: string;
  /** The figure. */
  readonly children: ReactNode;
  /** A sparkline or a bar below it. */
  readonly chart?: ReactNode;
};

const TONES = { plain: '', ok: 'text-ok', warn: 'text-warn', bad: 'text-bad' } as const;

/** A figure one looks at first. */
export function Stat({ title, detail, tone = 'plain', href, children, chart }: StatProps) {
  return (
    <Card className="h-full" {...(href === undefined ? {} : { href })}>
      <span className="block text-xs text-ink-2">{title}</span>
      <span className={classNames('block text-xl font-semibold figures', TONES[tone])}>{children}</span>
      {detail ? <span className="block text-xs text-ink-3">{detail}</span> : null}
      {chart ? <span className="mt-2 block">{chart}</span> : null}
    </Card>
  );
}

/** Stat tiles beside each other. */
export function Stats({ children }: { readonly children: ReactNode }) {
  return <div className="grid grid-cols-2 gap-3 lg:grid-cols-4">{children}</div>;
}
