'use client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { bodyOf, type Outputs, trpc } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Button } from '../../ui/button.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { Fact, Facts } from '../../ui/facts.tsx';
import { Link } from '../../ui/link.tsx';
import { Panel } from '../../ui/panel.tsx';
import { useSayError } from '../../ui/said.tsx';
import { Loaded, Skeleton } from '../../ui/states.tsx';
import { eventsUrl } from '../frame/links.ts';
import { ErasePanel } from './erase-panel.tsx';
import { HoldsPanel } from './holds-panel.tsx';

const MOST_ROWS = 50;

type Overview = Outputs['retention']['overview'];
type Report = Outputs['retention']['preview'];

/** What is kept how long, what must stay, and what goes on a person's wish. */
export function RetentionView() {
  const t = useT();
  const overview = useQuery({ ...trpc.retention.overview.queryOptions(), refetchInterval: 30_000 });
  if (overview.error && bodyOf(overview.error)?.code === 'FORBIDDEN') {
    return <p className="py-8 text-center text-sm text-ink-2">{t.exports.forbidden}</p>;
  }
  return (
    <Loaded query={overview} skeleton={<Skeleton lines={8} className="p-4" />}>
      {(data) => (
        <div className="grid items-start gap-4 xl:grid-cols-2">
          <Spans overview={data} />
          <HoldsPanel holds={data.holds} />
          <ErasePanel />
          <div className="flex min-w-0 flex-col gap-4">
            <Segments />
            <History />
          </div>
        </div>
      )}
    </Loaded>
  );
}

function Spans({ overview }: { readonly overview: Overview }) {
  const t = useT();
  const sayError = useSayError();
  const format = useFormat();
  const cache = useQueryClient();
  const [asking, setAsking] = useState(false);
  const preview = useMutation({ ...trpc.retention.preview.mutationOptions(), onError: sayError });
  const run = useMutation({
    ...trpc.retention.run.mutationOptions(),
    onError: sayError,
    onSuccess: () => void cache.invalidateQueries(trpc.retention.pathFilter()),
    onSettled: () => setAsking(false),
  });
  const { contentMs, debugMs, archiveMs, intervalMs, nextRunAt } = overview;
  const report = run.data ?? preview.data;
  return (
    <Panel title={t.exports.spansTitle}>
      <div className="flex flex-col gap-4 p-4 text-sm">
        <Facts>
          <Fact name={t.exports.classes.content}>{t.exports.kept(format.duration(contentMs))}</Fact>
          <Fact name={t.exports.classes.debug}>{t.exports.kept(format.duration(debugMs))}</Fact>
          <Fact name={t.exports.classes.archive}>{t.exports.sealed(format.duration(archiveMs))}</Fact>
          <Fact name={t.exports.nextRun}>
            {nextRunAt === undefined
              ? t.exports.notScheduled
              : `${format.full(nextRunAt)}, ${t.exports.every(format.duration(intervalMs))}`}
          </Fact>
        </Facts>
        <p className="text-xs text-ink-3">{t.exports.chainStays}</p>
        <div className="flex flex-wrap gap-2">
          <Button onClick={() => preview.mutate()} disabled={preview.isPending}>
            {t.exports.preview}
          </Button>
          {preview.data ? <Button onClick={() => setAsking(true)}>{t.exports.runNow}</Button> : null}
        </div>
        {report ? <ReportLines report={report} title={run.data ? t.exports.didRemove : t.exports.wouldRemove} /> : null}
      </div>
      <ConfirmDialog
        open={asking}
        title={t.exports.runNow}
        action={t.exports.runNow}
        danger
        busy={run.isPending}
        onConfirm={() => run.mutate()}
        onClose={() => setAsking(false)}
      >
        {t.exports.runNowWhy}
      </ConfirmDialog>
    </Panel>
  );
}

function ReportLines({ report, title }: { readonly report: Report; readonly title: string }) {
  const t = useT();
  const { content, debug, removedFromArchive, files, segments, kept } = report;
  const lines = [
    content > 0 && t.exports.removeContent(content),
    debug > 0 && t.exports.removeDebug(debug),
    removedFromArchive > 0 && t.exports.removeArchived(removedFromArchive),
    files > 0 && t.exports.removeFiles(files),
    segments.length > 0 && t.exports.seal(segments.length),
    kept > 0 && t.exports.keep(kept),
  ].filter((line) => line !== false);
  return (
    <div role="status" className="rounded-lg border border-line bg-sunken px-4 py-3" data-testid="retention-report">
      <p className="font-medium">{title}</p>
      {lines.length === 0 ? (
        <p className="text-ink-2">{t.exports.nothingDue}</p>
      ) : (
        <ul className="mt-1 list-disc pl-5 text-ink-2">
          {lines.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      )}
    </div>
  );
}

function Segments() {
  const t = useT();
  const format = useFormat();
  const segments = useQuery(trpc.retention.segments.queryOptions({ limit: MOST_ROWS }));
  return (
    <Panel title={t.exports.segments}>
      <Loaded query={segments}>
        {({ rows }) => (
          <DataTable
            label={t.exports.segments}
            rows={rows}
            keyOf={(row) => row.file}
            empty={<p className="p-4 text-sm text-ink-2">{t.exports.noSegments}</p>}
            columns={[
              { id: 'range', title: t.exports.segmentRange, cell: (row) => `${format.number(row.first)} – ${format.number(row.last)}` },
              { id: 'file', title: t.exports.segmentFile, cell: (row) => <span className="font-mono text-xs">{row.file}</span> },
              {
                id: 'size',
                title: t.exports.count,
                align: 'right',
                cell: (row) => `${format.number(row.events)} · ${format.bytes(row.sizeBytes)}`,
              },
            ]}
          />
        )}
      </Loaded>
    </Panel>
  );
}

function History() {
  const t = useT();
  const format = useFormat();
  const history = useQuery(trpc.retention.history.queryOptions({ limit: MOST_ROWS }));
  return (
    <Panel title={t.exports.history}>
      <Loaded query={history}>
        {({ rows }) =>
          rows.length === 0 ? (
            <p className="p-4 text-sm text-ink-2">{t.exports.noHistory}</p>
          ) : (
            <ul>
              {rows.map((row) => (
                <li key={row.position} className="border-b border-line last:border-b-0">
                  <Link
                    href={eventsUrl({ range: 'all', selected: row.position })}
                    className="grid min-h-9 grid-cols-[8.5rem_minmax(0,1fr)] items-center gap-3 px-4 text-xs hover:bg-sunken"
                  >
                    <span className="text-ink-3 figures">{format.second(row.time)}</span>
                    <span className="truncate text-ink-2">{row.summary}</span>
                  </Link>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Panel>
  );
}
