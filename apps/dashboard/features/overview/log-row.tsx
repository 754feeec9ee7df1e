'use client';
import type { ReactNode } from 'react';
import { useFeed } from '../../data/feed.ts';
import type { Outputs } from '../../data/trpc.ts';
import type { Catalog } from '../../i18n/en/index.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Link } from '../../ui/link.tsx';
import { Panel } from '../../ui/panel.tsx';
import { eventsUrl } from '../frame/links.ts';

type Summary = Outputs['overview']['summary'];

/** Where the write-ahead log and the free disk are drawn over time. */
const PROCESS = '/metrics/?view=process';

/** Where the log stands: how long, how large, how fast it grows, what is signed of it and when the disk is full. */
export function LogRow({ summary }: { readonly summary: Summary }) {
  const t = useT();
  const format = useFormat();
  const head = Math.max(
    useFeed((feed) => feed.head),
    summary.head,
  );
  const { logBytes, walBytes, growthBytesPerDay, diskFreeBytes, checkpoint, headTime } = summary;
  const daysLeft = diskFreeBytes === undefined || growthBytesPerDay === 0 ? undefined : Math.floor(diskFreeBytes / growthBytesPerDay);
  return (
    <Panel title={t.overview.log}>
      <dl className="grid grid-cols-2 gap-px overflow-hidden rounded-b-lg bg-line sm:grid-cols-3 xl:grid-cols-6">
        <Fact
          name={t.overview.logHead}
          href={eventsUrl({ range: 'all', selected: head })}
          note={headTime > 0 ? format.ago(headTime, Date.now()) : ''}
        >
          {format.number(head)}
        </Fact>
        <Fact name={t.overview.logSize} href={PROCESS} note={t.overview.logWal(format.bytes(walBytes))}>
          {format.bytes(logBytes)}
        </Fact>
        <Fact name={t.overview.logGrowth} href={eventsUrl({ range: '24h' })} note={t.overview.eventsADay(summary.eventsLastDay)}>
          {format.bytes(growthBytesPerDay)}
        </Fact>
        <Fact
          name={t.overview.logCheckpoint}
          {...(checkpoint && { href: eventsUrl({ range: 'all', selected: checkpoint.size }) })}
          note={checkpoint ? t.overview.overEvents(checkpoint.size) : ''}
        >
          {checkpoint ? format.ago(checkpoint.time, Date.now()) : t.overview.noCheckpoint}
        </Fact>
        <Fact name={t.overview.logViews} href="/metrics/?view=health" note={t.overview.viewsCount(summary.projections.length)}>
          {viewsState(summary, t)}
        </Fact>
        <Fact
          name={t.overview.disk}
          href={PROCESS}
          note={diskFreeBytes === undefined ? '' : t.overview.diskFree(format.bytes(diskFreeBytes))}
        >
          {daysLeft === undefined ? '–' : daysLeft > 3650 ? t.overview.manyYears : t.overview.daysLeft(daysLeft)}
        </Fact>
      </dl>
    </Panel>
  );
}

type FactProps = { readonly name: string; readonly note: string; readonly href?: string; readonly children: ReactNode };

function Fact({ name, note, href, children }: FactProps) {
  return (
    <div className="bg-surface px-4 py-3">
      <dt className="text-xs text-ink-3">{name}</dt>
      <dd className="text-base font-medium figures">
        {href ? (
          <Link href={href} className="hover:text-accent hover:underline">
            {children}
          </Link>
        ) : (
          children
        )}
      </dd>
      <dd className="truncate text-xs text-ink-3 figures">{note}</dd>
    </div>
  );
}

function viewsState({ projections }: Summary, t: Catalog): string {
  if (projections.some((projection) => projection.stoppedAt)) return t.overview.logViewsStopped;
  const lag = Math.max(0, ...projections.map((projection) => projection.lagEvents));
  return lag === 0 ? t.overview.logViewsOk : t.overview.logViewsLag(lag);
}
