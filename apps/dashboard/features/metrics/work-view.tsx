'use client';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { usePaused } from '../../data/feed.ts';
import { type Outputs, trpc } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Button } from '../../ui/button.tsx';
import { Command } from '../../ui/command.tsx';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Link } from '../../ui/link.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Segmented } from '../../ui/segmented.tsx';
import { Sparkline } from '../../ui/sparkline.tsx';
import { EmptyState, Loaded, Skeleton } from '../../ui/states.tsx';
import { clauseFor } from '../events/clause-for.ts';
import { eventsUrl } from '../frame/links.ts';
import { ChartPanel } from './chart-panel.tsx';
import { Exemplars } from './exemplars.tsx';
import { share, writeFigure } from './figures.ts';
import { HistoryNotes } from './history-notes.tsx';
import { KINDS, type Kind, refreshMs, type Span } from './metrics-url.ts';
import { Objectives } from './objectives.tsx';

const MINUTE_MS = 60_000;
/** More lines in one chart nobody tells apart; the table has them. */
const DRAWN = 6;

/** Which events tell of the work of a kind, in the query language. */
const EVENTS: Readonly<Record<Kind, string>> = {
  channel: 'type:message.*',
  agent: 'type:run.*',
  model: 'type:model.*',
  tool: 'type:tool.*',
  procedure: '',
};

/** Which of their events are counted as failed. A tool that was denied names a problem, too, and did not fail. */
const FAILURES = { model: 'has:error', tool: 'outcome:failed' } as const;

type Work = Outputs['metrics']['work'];
type Row = Work['rows'][number];

type WorkViewProps = {
  readonly span: Span;
  readonly kind: Kind;
  readonly at: number | null;
  readonly onKind: (kind: Kind) => void;
  readonly onSpan: (span: Span) => void;
  readonly onAt: (time: number | null) => void;
};

/** Rate, errors and duration of everything that does work, and whether what was promised is kept. */
export function WorkView({ span, kind, at, onKind, onSpan, onAt }: WorkViewProps) {
  const t = useT();
  const paused = usePaused();
  const work = useQuery({ ...trpc.metrics.work.queryOptions({ span, kind }), refetchInterval: paused ? false : refreshMs(span) });
  return (
    <div className="flex flex-col gap-4">
      <Objectives />
      <div className="max-w-full overflow-x-auto p-0.5 scroll-quiet">
        <Segmented
          label={t.metrics.kind}
          choices={KINDS.map((value) => ({ value, title: t.metrics.kinds[value] }))}
          value={kind}
          onChange={onKind}
        />
      </div>
      <Loaded query={work} skeleton={<Skeleton lines={9} className="p-4" />}>
        {(data) => (
          <HistoryNotes history={data}>
            {data.rows.length === 0 ? (
              <NoWork span={span} onSpan={onSpan} />
            ) : (
              <WorkCharts work={data} kind={kind} span={span} at={at} onAt={onAt} />
            )}
          </HistoryNotes>
        )}
      </Loaded>
    </div>
  );
}

function NoWork({ span, onSpan }: Pick<WorkViewProps, 'span' | 'onSpan'>) {
  const t = useT();
  return (
    <EmptyState title={t.metrics.emptyWork(t.metrics.spansLong[span])}>
      {span === '7d' ? null : <Button onClick={() => onSpan('7d')}>{t.metrics.longer}</Button>}
      <p>{t.metrics.emptyWorkNew}</p>
      <Command text="openclaw message send --to test --message hello" />
    </EmptyState>
  );
}

type WorkChartsProps = Pick<WorkViewProps, 'kind' | 'span' | 'at' | 'onAt'> & { readonly work: Work };

function WorkCharts({ work, kind, span, at, onAt }: WorkChartsProps) {
  const t = useT();
  const format = useFormat();
  const [hovered, onHover] = useState<number>();
  const { fromTime, stepMs, rows, more } = work;
  const drawn = rows.slice(0, DRAWN);
  const perMinute = (values: Row['counts']) => values.map((value) => (value === null ? null : value / (stepMs / MINUTE_MS)));
  const chart = { fromTime, stepMs, pointing: { hovered, onHover, at, onAt }, events: EVENTS[kind] };
  const seconds = writeFigure(format, 'seconds');
  return (
    <>
      <div className="grid gap-4 lg:grid-cols-3">
        <ChartPanel
          {...chart}
          title={t.metrics.rate}
          note={t.metrics.rateNote}
          lines={drawn.map((row) => ({ name: nameOf(row), values: perMinute(row.counts) }))}
          write={format.decimal}
        />
        <ChartPanel
          {...chart}
          title={t.metrics.failures}
          note={t.metrics.failuresNote}
          lines={drawn.map((row) => ({
            name: nameOf(row),
            values: perMinute(row.failures.length > 0 ? row.failures : row.counts.map(none)),
          }))}
          write={format.decimal}
        />
        <ChartPanel
          {...chart}
          title={t.metrics.duration}
          note={t.metrics.durationNote}
          lines={drawn.map((row) => ({ name: nameOf(row), values: row.p95s.length > 0 ? row.p95s : row.counts.map(() => null) }))}
          write={seconds}
        />
      </div>
      {at === null || (kind !== 'channel' && kind !== 'agent') ? null : (
        <Exemplars fromTime={fromTime + Math.floor((at - fromTime) / stepMs) * stepMs} stepMs={stepMs} />
      )}
      <Panel title={t.metrics.table(t.metrics.kinds[kind])} note={t.metrics.spansLong[span]}>
        <DataTable
          label={t.metrics.table(t.metrics.kinds[kind])}
          columns={columnsOf(t, format, seconds, work, linksOf(kind, span))}
          rows={rows}
          keyOf={nameOf}
        />
        {more > 0 ? <p className="px-4 py-2 text-xs text-ink-3">{t.metrics.more(more)}</p> : null}
      </Panel>
    </>
  );
}

/** Where something was counted and nothing of this kind, there was none of it. */
const none = (value: number | null): number | null => (value === null ? null : 0);

const nameOf = ({ labels }: Row): string => Object.values(labels).join('/');

type Links = (row: Row) => { readonly all: string; readonly failed: string } | undefined;

/** Where the events of a model or a tool are. Answers of models do not name the provider, so it is only in the way to failures. */
function linksOf(kind: Kind, span: Span): Links {
  return (row) => {
    if (kind !== 'model' && kind !== 'tool') return undefined;
    const name = row.labels[kind];
    // What is counted as unknown has another name in its events, or none.
    if (name === undefined || name === 'unknown') return undefined;
    return {
      all: eventsUrl({ q: clauseFor(kind, [name]), range: span }),
      failed: eventsUrl({ q: `${clauseFor(kind, [nameOf(row)])} ${FAILURES[kind]}`, range: span }),
    };
  };
}

function columnsOf(
  t: ReturnType<typeof useT>,
  format: ReturnType<typeof useFormat>,
  seconds: (value: number) => string,
  { fromTime, oldestTime = fromTime, stepMs, rows }: Work,
  links: Links,
): readonly Column<Row>[] {
  const steps = rows[0]?.counts.length ?? 0;
  const minutes = (fromTime + steps * stepMs - Math.max(fromTime, oldestTime)) / MINUTE_MS;
  const time = (value: number | null) => (value === null ? '–' : seconds(value));
  const failedShare = ({ count, failed }: Row) => (count === 0 ? '–' : share(format, failed / count));
  return [
    { id: 'name', title: t.metrics.name, cell: (row) => <Name name={nameOf(row)} href={links(row)?.all} /> },
    { id: 'count', title: t.metrics.count, align: 'right', cell: ({ count }) => format.number(count) },
    {
      id: 'rate',
      title: t.metrics.perMinute,
      align: 'right',
      from: 'md',
      cell: ({ count }) => format.decimal(count / Math.max(1, minutes)),
    },
    {
      id: 'failed',
      title: t.metrics.failed,
      align: 'right',
      cell: (row) => <Failed label={t.metrics.failuresOf(nameOf(row))} row={row} href={links(row)?.failed} />,
    },
    { id: 'share', title: t.metrics.failedShare, align: 'right', from: 'md', cell: failedShare },
    { id: 'p50', title: 'p50', align: 'right', from: 'sm', cell: ({ p50 }) => time(p50) },
    { id: 'p95', title: 'p95', align: 'right', cell: ({ p95 }) => time(p95) },
    { id: 'p99', title: 'p99', align: 'right', from: 'sm', cell: ({ p99 }) => time(p99) },
    {
      id: 'course',
      title: t.metrics.course,
      from: 'lg',
      width: '10rem',
      cell: (row) => (
        <Sparkline label={`${nameOf(row)}, ${t.metrics.rate}`} values={row.counts.map((value) => value ?? undefined)} height={20} />
      ),
    },
  ];
}

function Name({ name, href }: { readonly name: string; readonly href: string | undefined }) {
  if (href === undefined) return <span className="font-medium break-all">{name}</span>;
  return (
    <Link href={href} className="inline-flex min-h-6 items-center font-medium break-all text-accent hover:underline">
      {name}
    </Link>
  );
}

type FailedProps = { readonly label: string; readonly row: Row; readonly href: string | undefined };

function Failed({ label, row: { failed }, href }: FailedProps) {
  const format = useFormat();
  const text = format.number(failed);
  if (failed === 0) return text;
  if (href === undefined) return <span className="font-medium text-bad">{text}</span>;
  return (
    <Link
      href={href}
      aria-label={`${text}, ${label}`}
      title={label}
      className="inline-flex min-h-6 items-center font-medium text-bad underline"
    >
      {text}
    </Link>
  );
}
