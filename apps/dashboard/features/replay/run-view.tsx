'use client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import ArrowLeft from 'lucide-react/icons/arrow-left';
import { useEffect, useState } from 'react';
import { client, trpc } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Button } from '../../ui/button.tsx';
import { Link } from '../../ui/link.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Said } from '../../ui/said.tsx';
import { Loaded } from '../../ui/states.tsx';
import { PageTitle } from '../frame/page-title.tsx';
import { DecisionsReport } from './decisions-report.tsx';
import { ProjectionsReport } from './projections-report.tsx';
import { ChangeText, SourceText, StateBadge } from './replay-list.tsx';
import { RunActions } from './run-actions.tsx';
import { SessionReportView } from './session-report.tsx';
import type { Report, Run } from './verdict-strip.tsx';

type RunViewProps = { readonly id: string; readonly message: number | null; readonly onMessage: (message: number | null) => void };

/** One run: how it gets on, and then what came of it. */
export function RunView({ id, message, onMessage }: RunViewProps) {
  const t = useT();
  const cache = useQueryClient();
  const options = trpc.replays.get.queryOptions({ id });
  const query = useQuery(options);
  const progress = useProgress(id, query.data?.run.state === 'running', () => void cache.invalidateQueries({ queryKey: options.queryKey }));
  return (
    <>
      <Link href="/replay/" className="mb-2 inline-flex min-h-6 items-center gap-1 self-start text-sm text-ink-2 hover:text-ink">
        <ArrowLeft aria-hidden className="size-3.5" />
        {t.replay.all}
      </Link>
      <Loaded query={query}>
        {({ run, report }) => (
          <>
            <PageTitle title={t.replay.levels[run.level].title}>
              <StateBadge state={run.state} />
              <RunActions run={run} report={report} />
            </PageTitle>
            <Facts run={run} />
            {run.state === 'running' ? <Running run={run} progress={progress ?? run.progress} /> : null}
            {run.error ? <Failed error={run.error} /> : null}
            {run.state === 'cancelled' ? <p className="text-sm text-ink-2">{t.replay.wasCancelled}</p> : null}
            {report ? <Found run={run} report={report} message={message} onMessage={onMessage} /> : null}
          </>
        )}
      </Loaded>
    </>
  );
}

function Found({ report, ...props }: { readonly run: Run; readonly report: Report } & Omit<RunViewProps, 'id'>) {
  if (report.kind === 'projections') return <ProjectionsReport report={report} />;
  if (report.kind === 'decisions') return <DecisionsReport run={props.run} report={report} />;
  return <SessionReportView report={report} {...props} />;
}

type Progress = Run['progress'];

/** What the gateway tells of a run while it goes on; `onEnd` is called when it has ended. */
function useProgress(id: string, isRunning: boolean, onEnd: () => void): Progress {
  const [progress, setProgress] = useState<Progress>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: another function of the same meaning is no reason to ask again
  useEffect(() => {
    if (!isRunning) return;
    const subscription = client.replays.follow.subscribe(
      { id },
      {
        onData: (data) => {
          setProgress(data.progress);
          if (data.state !== 'running') onEnd();
        },
        onComplete: onEnd,
        onError: onEnd,
      },
    );
    return () => subscription.unsubscribe();
  }, [id, isRunning]);
  return progress;
}

function Running({ run, progress }: { readonly run: Run; readonly progress: Progress }) {
  const t = useT();
  const counted = progress && progress.run !== 'collecting' ? progress : undefined;
  return (
    <Panel title={t.replay.running}>
      <div className="flex flex-wrap items-center gap-3 p-4 text-sm">
        <progress
          aria-label={t.replay.running}
          className="h-2 min-w-40 flex-1 accent-[var(--accent)]"
          {...(counted ? { value: counted.done, max: Math.max(counted.total, 1) } : {})}
        />
        <span role="status" className="text-ink-2 figures">
          {counted ? t.replay.progress[counted.run](counted.done, counted.total, counted.nth) : t.replay.collecting}
        </span>
        <Button onClick={() => void client.replays.cancel.mutate({ id: run.id })}>{t.common.cancel}</Button>
      </div>
    </Panel>
  );
}

function Failed({ error }: { readonly error: NonNullable<Run['error']> }) {
  return (
    <div role="alert" className="rounded-lg border border-line border-l-4 border-l-bad bg-surface p-4 text-sm">
      <p className="font-semibold">
        {error.code}:{' '}
        <span className="foreign-text font-normal">
          <Said problem={error} />
        </span>
      </p>
    </div>
  );
}

function Facts({ run }: { readonly run: Run }) {
  const t = useT();
  const format = useFormat();
  return (
    <dl className="mb-4 grid grid-cols-[auto_minmax(0,1fr)] gap-x-5 gap-y-1 rounded-lg border border-line bg-surface px-4 py-3 text-sm">
      <dt className="text-ink-3">{t.replay.steps.source}</dt>
      <dd className="min-w-0 break-words">
        <SourceText source={run.source} />
        {run.range && run.source.kind !== 'log' && run.source.kind !== 'message' ? (
          <span className="text-ink-3 figures">
            {' · '}
            {t.replay.range(format.number(run.range.messages), format.number(run.range.events), run.range.first, run.range.last)}{' '}
            <code className="font-mono text-xs">{run.range.hash.slice(0, 16)}</code>
          </span>
        ) : null}
      </dd>
      <dt className="text-ink-3">{t.replay.steps.change}</dt>
      <dd className="min-w-0 break-words">
        <ChangeText change={run.change} />
      </dd>
      <dt className="text-ink-3">{t.replay.startedBy}</dt>
      <dd className="figures">
        {run.createdBy.id} · {format.day(run.startedAt)}
        {run.endedAt === undefined ? '' : ` · ${format.duration(run.endedAt - run.startedAt)}`}
      </dd>
    </dl>
  );
}
