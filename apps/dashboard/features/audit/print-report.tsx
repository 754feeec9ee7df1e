'use client';
import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { createPortal } from 'react-dom';
import { bodyOf, client, type Outputs, trpc } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { useSaid, useSayError } from '../../ui/said.tsx';
import type { TrailFilter } from './audit-url.ts';
import type { TrailRow } from './trail-view.tsx';

const PAGE_ROWS = 200;
const MOST_ROWS = 2_000;

/** The trail on paper: which gateway, which range, up to where the log is signed, and every row that fits. Opens the browser's own dialog. */
export function PrintReport({ filter, onDone }: { readonly filter: TrailFilter; readonly onDone: () => void }) {
  const t = useT();
  const format = useFormat();
  const sayError = useSayError();
  const trust = useQuery({ ...trpc.audit.checkpoints.queryOptions({ limit: 1 }), staleTime: 0 });
  const report = useQuery({
    queryKey: ['audit', 'report', filter],
    queryFn: ({ signal }) => everyRow(filter, signal),
    gcTime: 0,
    staleTime: 0,
  });
  const unread = useSaid(bodyOf(trust.error));
  const ready = !report.isFetching && !trust.isFetching;
  useEffect(() => {
    if (!ready) return;
    if (report.data) window.print();
    else sayError(report.error);
    onDone();
  }, [ready, report.data, report.error, onDone, sayError]);
  if (!report.data) return null;
  const { rows, more } = report.data;
  return createPortal(
    <section className="hidden bg-surface p-6 text-xs text-ink print:block" data-print="report">
      <h1 className="text-xl font-semibold">{t.audit.report}</h1>
      <dl className="my-4 grid grid-cols-[10rem_1fr] gap-y-1">
        {trust.isSuccess ? (
          <>
            <dt>{t.audit.gateway}</dt>
            <dd className="font-mono">{trust.data.gatewayId}</dd>
          </>
        ) : null}
        <dt>{t.timeRange.title}</dt>
        <dd>
          {filter.fromTime === undefined ? t.timeRange.ranges.all : format.full(filter.fromTime)} –{' '}
          {format.full(filter.toTime ?? Date.now())}
        </dd>
        <dt>{t.audit.narrowed}</dt>
        <dd className="font-mono">{narrowing(filter) || t.common.none}</dd>
        {trust.isSuccess ? (
          <Trust trust={trust.data} />
        ) : (
          <>
            <dt>{t.audit.checkpoint}</dt>
            <dd>{t.audit.checkpointUnread(unread?.title ?? t.common.unreachable)}</dd>
          </>
        )}
        <dt>{t.audit.rowsPrinted}</dt>
        <dd>{more ? t.audit.rowsCut(rows.length) : format.number(rows.length)}</dd>
      </dl>
      <table className="w-full border-collapse text-left">
        <thead>
          <tr className="border-b border-line-strong">
            <th>{t.audit.size}</th>
            <th>{t.audit.when}</th>
            <th>{t.audit.who}</th>
            <th>{t.audit.what}</th>
            <th>{t.audit.where}</th>
            <th>{t.audit.target}</th>
            <th>{t.audit.outcome}</th>
            <th>{t.audit.reason}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.position} className="border-b border-line align-top">
              <td className="pr-2 figures">{row.position}</td>
              <td className="pr-2 whitespace-nowrap">{new Date(row.time).toISOString()}</td>
              <td className="pr-2 break-all">{row.who}</td>
              <td className="pr-2">{row.what}</td>
              <td className="pr-2">{row.where}</td>
              <td className="pr-2 break-all">{row.target}</td>
              <td className="pr-2">{t.audit.outcomes[row.outcome]}</td>
              <td>{row.reason}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>,
    document.body,
  );
}

/** Up to where the log is signed, and the key that tells. */
function Trust({ trust }: { readonly trust: Outputs['audit']['checkpoints'] }) {
  const t = useT();
  const format = useFormat();
  const { head, checkpoints, verifierKey } = trust;
  const newest = checkpoints[0];
  return (
    <>
      <dt>{t.audit.chainHead}</dt>
      <dd>{format.number(head)}</dd>
      <dt>{t.audit.checkpoint}</dt>
      <dd className="font-mono break-all">{newest ? `${newest.size} ${newest.root}` : t.common.none}</dd>
      <dt>{t.audit.verifierKey}</dt>
      <dd className="font-mono break-all">{verifierKey}</dd>
    </>
  );
}

async function everyRow(filter: TrailFilter, signal: AbortSignal): Promise<{ readonly rows: readonly TrailRow[]; readonly more: boolean }> {
  const rows: TrailRow[] = [];
  let before: number | undefined;
  do {
    const page = await client.audit.list.query({ filter, limit: PAGE_ROWS, ...(before === undefined ? {} : { before }) }, { signal });
    rows.push(...page.rows);
    before = page.next;
  } while (before !== undefined && rows.length < MOST_ROWS);
  return { rows, more: before !== undefined };
}

function narrowing({ classes, query, actor, target, failed }: TrailFilter): string {
  return [classes?.join(', '), query, actor && `actor:${actor}`, target && `target:${target}`, failed && 'outcome:failure']
    .filter(Boolean)
    .join(' ');
}
