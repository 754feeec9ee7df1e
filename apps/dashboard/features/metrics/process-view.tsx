'use client';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { usePaused } from '../../data/feed.ts';
import { trpc } from '../../data/trpc.ts';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Loaded, Skeleton } from '../../ui/states.tsx';
import { ChartPanel } from './chart-panel.tsx';
import { writeFigure } from './figures.ts';
import { HistoryNotes } from './history-notes.tsx';
import { refreshMs, type Span } from './metrics-url.ts';

type ProcessViewProps = { readonly span: Span; readonly at: number | null; readonly onAt: (time: number | null) => void };

/** What the process uses of what it has, and what waits in it. */
export function ProcessView({ span, at, onAt }: ProcessViewProps) {
  const t = useT();
  const format = useFormat();
  const paused = usePaused();
  const [hovered, onHover] = useState<number>();
  const charts = useQuery({ ...trpc.metrics.charts.queryOptions({ span }), refetchInterval: paused ? false : refreshMs(span) });
  const pointing = { hovered, onHover, at, onAt };
  const nameOf = (line: string) => (Object.hasOwn(t.metrics.line, line) ? t.metrics.line[line as keyof typeof t.metrics.line] : line);
  return (
    <Loaded query={charts} skeleton={<Skeleton lines={12} className="p-4" />}>
      {(data) => (
        <HistoryNotes history={data}>
          <div className="grid gap-4 md:grid-cols-2 2xl:grid-cols-3">
            {data.charts.map(({ name, unit, lines }) => (
              <ChartPanel
                key={name}
                title={t.metrics.chart[name]}
                {...(unit === 'perMinute' && { note: t.metrics.rateNote })}
                fromTime={data.fromTime}
                stepMs={data.stepMs}
                lines={lines.map(({ line, values }) => ({ name: nameOf(line), values }))}
                write={writeFigure(format, unit)}
                pointing={pointing}
              />
            ))}
          </div>
        </HistoryNotes>
      )}
    </Loaded>
  );
}
