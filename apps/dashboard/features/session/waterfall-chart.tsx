'use client';
import ChartGantt from 'lucide-react/icons/chart-gantt';
import CircleAlert from 'lucide-react/icons/circle-alert';
import Table2 from 'lucide-react/icons/table-2';
import Link from 'next/link';
import { useState } from 'react';
import { useFormat, useT } from '../../i18n/index.tsx';
import { IconButton } from '../../ui/button.tsx';
import { classNames } from '../../ui/class-names.ts';
import { eventsUrl } from '../events/filter-url.ts';
import type { Bar, Waterfall } from './waterfall.ts';

/** The way of a message as bars, or as a table of the same figures. */
export function WaterfallChart({ flow }: { readonly flow: Waterfall }) {
  const t = useT();
  const format = useFormat();
  const [asTable, setAsTable] = useState(false);
  return (
    <div className="px-4 py-3">
      <div className="flex items-center gap-2 pb-2">
        <p className="text-xs text-ink-3 figures">
          {t.turn.total} <strong className="font-semibold text-ink">{format.duration(flow.totalMs)}</strong>
          {flow.settled ? '' : ` · ${t.turn.ongoing}`}
        </p>
        <IconButton
          label={asTable ? t.common.showAsChart : t.common.showAsTable}
          onClick={() => setAsTable(!asTable)}
          className="ml-auto size-7"
        >
          {asTable ? <ChartGantt aria-hidden className="size-3.5" /> : <Table2 aria-hidden className="size-3.5" />}
        </IconButton>
      </div>
      {asTable ? <WaterfallTable flow={flow} /> : <Bars flow={flow} />}
    </div>
  );
}

function Bars({ flow }: { readonly flow: Waterfall }) {
  const t = useT();
  return (
    <ol aria-label={t.turn.waterfall} className="flex flex-col">
      {flow.bars.map((bar) => (
        <li key={`${bar.stage}${bar.position}`}>
          <BarRow bar={bar} totalMs={Math.max(flow.totalMs, 1)} />
        </li>
      ))}
    </ol>
  );
}

function BarRow({ bar, totalMs }: { readonly bar: Bar; readonly totalMs: number }) {
  const t = useT();
  const format = useFormat();
  const endMs = bar.endMs ?? totalMs;
  const left = (bar.startMs / totalMs) * 100;
  const width = ((endMs - bar.startMs) / totalMs) * 100;
  const took = bar.outcome === 'ongoing' ? t.turn.ongoing : endMs === bar.startMs ? '' : format.duration(endMs - bar.startMs);
  const mark = bar.firstTokenMs === undefined ? undefined : ((bar.startMs + bar.firstTokenMs) / totalMs) * 100;
  return (
    <Link
      href={eventsUrl({ range: 'all', selected: bar.position })}
      title={bar.label}
      className="grid min-h-7 grid-cols-[minmax(0,8.5rem)_minmax(0,1fr)_3.75rem] items-center gap-3 rounded text-xs hover:bg-sunken"
    >
      <span className="flex min-w-0 items-center gap-1">
        {bar.outcome === 'failed' ? <CircleAlert aria-label={t.severity.error} className="size-3.5 shrink-0 text-bad" /> : null}
        <span className="shrink-0">{t.turn.stages[bar.stage]}</span>
        <span className="truncate text-ink-3">{bar.label}</span>
      </span>
      <span aria-hidden className="relative block h-3.5 rounded-sm bg-sunken">
        <span
          className={classNames('absolute inset-y-0 min-w-[3px] rounded-sm', colourOf(bar))}
          style={{ left: `min(${left}%, calc(100% - 3px))`, width: `${width}%` }}
        />
        {mark === undefined ? null : (
          <span title={t.turn.firstToken} className="absolute inset-y-0 w-px bg-ink" style={{ left: `${mark}%` }} />
        )}
      </span>
      <span className="text-right text-ink-2 figures">{took}</span>
    </Link>
  );
}

function colourOf(bar: Bar): string {
  if (bar.outcome === 'failed') return 'bg-bar-error';
  if (bar.waiting) return 'border border-dashed border-ink-3';
  return bar.outcome === 'ongoing' ? 'bg-bar-info animate-pulse-soft' : 'bg-bar-info';
}

function WaterfallTable({ flow }: { readonly flow: Waterfall }) {
  const t = useT();
  const format = useFormat();
  return (
    <table aria-label={t.turn.table} className="w-full text-left text-xs figures">
      <thead className="text-ink-3">
        <tr>
          <th className="py-1 font-medium">{t.turn.stage}</th>
          <th className="font-medium">{t.turn.detail}</th>
          <th className="text-right font-medium">{t.turn.start}</th>
          <th className="text-right font-medium">{t.turn.duration}</th>
        </tr>
      </thead>
      <tbody>
        {flow.bars.map((bar) => (
          <tr key={`${bar.stage}${bar.position}`} className="border-t border-line align-top">
            <th scope="row" className="py-1 pr-2 font-normal">
              {t.turn.stages[bar.stage]}
            </th>
            <td className={classNames('pr-2 break-all', bar.outcome === 'failed' ? 'text-bad' : 'text-ink-2')}>
              {bar.label}
              {bar.outcome === 'failed' ? ` (${t.severity.error})` : ''}
            </td>
            <td className="text-right">{format.duration(bar.startMs)}</td>
            <td className="text-right">{bar.endMs === undefined ? t.turn.ongoing : format.duration(bar.endMs - bar.startMs)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
