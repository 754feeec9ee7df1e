'use client';
import type { ReactNode } from 'react';
import type { Outputs } from '../../data/trpc.ts';
import type { Catalog } from '../../i18n/en/index.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { classNames } from '../../ui/class-names.ts';
import { Panel } from '../../ui/panel.tsx';

type Summary = Outputs['overview']['summary'];

/** Where the log stands, and the channels. */
export function LogFacts({ summary, head }: { readonly summary: Summary; readonly head: number }) {
  const t = useT();
  const format = useFormat();
  return (
    <Panel title={t.overview.log}>
      <dl className="grid grid-cols-[auto_1fr] gap-x-6 gap-y-1.5 px-4 py-3 text-sm">
        <Fact name={t.overview.logHead}>{format.number(head)}</Fact>
        {summary.headTime > 0 ? <Fact name={t.overview.logLast}>{format.ago(summary.headTime, Date.now())}</Fact> : null}
        <Fact name={t.overview.logSize}>{format.bytes(summary.logBytes)}</Fact>
        <Fact name={t.overview.logWal}>{format.bytes(summary.walBytes)}</Fact>
        <Fact name={t.overview.logViews}>{viewsState(summary, t)}</Fact>
      </dl>
      {summary.channels.length > 0 ? (
        <ul aria-label={t.overview.channels} className="flex flex-col gap-1.5 border-t border-line px-4 py-3 text-sm">
          {summary.channels.map(({ channel, account, connected }) => (
            <li key={`${channel}/${account}`} className="flex items-center gap-2">
              <span className={classNames('size-2 rounded-full', connected ? 'bg-ok' : 'bg-bad')} />
              {channel}
              {account === 'default' ? '' : `/${account}`}
              <span className={classNames('ml-auto text-xs', connected ? 'text-ink-3' : 'text-bad')}>
                {connected ? t.overview.connected : t.overview.disconnected}
              </span>
            </li>
          ))}
        </ul>
      ) : null}
    </Panel>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <>
      <dt className="text-ink-3">{name}</dt>
      <dd className="text-right figures">{children}</dd>
    </>
  );
}

function viewsState({ projections }: Summary, t: Catalog): string {
  if (projections.some((projection) => projection.stoppedAt)) return t.overview.logViewsStopped;
  const lag = Math.max(0, ...projections.map((projection) => projection.lagEvents));
  return lag === 0 ? t.overview.logViewsOk : t.overview.logViewsLag(lag);
}
