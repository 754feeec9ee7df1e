'use client';
import ChartLine from 'lucide-react/icons/chart-line';
import Table2 from 'lucide-react/icons/table-2';
import { useState } from 'react';
import { useFormat, useT } from '../../i18n/index.tsx';
import { IconButton } from '../../ui/button.tsx';
import { Link } from '../../ui/link.tsx';
import { Panel } from '../../ui/panel.tsx';
import { ScrollArea } from '../../ui/scroll-area.tsx';
import { TimeChart, type TimeLine } from '../../ui/time-chart.tsx';
import { eventsUrl } from '../frame/links.ts';
import { MEASURED_EVERY_MS } from './metrics-url.ts';

export type Pointing = {
  /** The step over which the pointer is, in any of the charts. */
  readonly hovered: number | undefined;
  readonly onHover: (step: number | undefined) => void;
  /** The time that was chosen. */
  readonly at: number | null;
  readonly onAt: (time: number | null) => void;
};

type ChartPanelProps = {
  readonly title: string;
  readonly note?: string;
  readonly fromTime: number;
  readonly stepMs: number;
  readonly lines: readonly TimeLine[];
  readonly write: (value: number) => string;
  readonly pointing: Pointing;
  /** Which events of a time the chart tells of, in the query language. */
  readonly events?: string;
};

/** A chart, the same figures as a table, and the way to the events of the time that was chosen. */
export function ChartPanel({ title, note, fromTime, stepMs, lines, write, pointing, events = '' }: ChartPanelProps) {
  const t = useT();
  const format = useFormat();
  const [asTable, setAsTable] = useState(false);
  const { hovered, onHover, at, onAt } = pointing;
  const chosen = at === null ? undefined : Math.floor((at - fromTime) / stepMs);
  const isEmpty = lines.every(({ values }) => values.every((value) => value === null));
  const urlOf = (time: number) => eventsUrl({ range: 'custom', fromTime: time - MEASURED_EVERY_MS, toTime: time + stepMs, q: events });
  const chosenTime = chosen === undefined ? undefined : fromTime + chosen * stepMs;
  return (
    <Panel
      title={title}
      note={note}
      actions={
        <>
          {chosenTime === undefined ? null : (
            <Link href={urlOf(chosenTime)} className="flex min-h-6 items-center rounded px-1 text-xs text-accent hover:underline">
              {t.metrics.eventsAt(format.minute(chosenTime))}
            </Link>
          )}
          <IconButton
            label={asTable ? t.common.showAsChart : t.common.showAsTable}
            onClick={() => setAsTable(!asTable)}
            className="-mr-2 size-7"
          >
            {asTable ? <ChartLine aria-hidden className="size-3.5" /> : <Table2 aria-hidden className="size-3.5" />}
          </IconButton>
        </>
      }
    >
      {isEmpty ? <p className="px-4 py-10 text-center text-sm text-ink-3">{t.metrics.noFigures}</p> : null}
      {isEmpty || asTable ? null : (
        <TimeChart
          label={title}
          fromTime={fromTime}
          stepMs={stepMs}
          lines={lines}
          write={write}
          at={hovered ?? chosen}
          onHover={onHover}
          onChoose={(step) => onAt(step === chosen ? null : fromTime + step * stepMs)}
        />
      )}
      {!isEmpty && asTable ? (
        <FigureTable title={title} fromTime={fromTime} stepMs={stepMs} lines={lines} write={write} urlOf={urlOf} />
      ) : null}
    </Panel>
  );
}

type FigureTableProps = Pick<ChartPanelProps, 'title' | 'fromTime' | 'stepMs' | 'lines' | 'write'> & {
  readonly urlOf: (time: number) => string;
};

/** The newest first; where nothing was measured there is no row. */
function FigureTable({ title, fromTime, stepMs, lines, write, urlOf }: FigureTableProps) {
  const t = useT();
  const format = useFormat();
  const steps = Array.from({ length: lines[0]?.values.length ?? 0 }, (_, step) => step)
    .filter((step) => lines.some(({ values }) => typeof values[step] === 'number'))
    .reverse();
  return (
    <ScrollArea label={title} className="max-h-56 overflow-auto px-4 pb-2">
      <table aria-label={title} className="w-full text-right text-xs figures">
        <thead className="sticky top-0 bg-surface text-ink-3">
          <tr>
            <th scope="col" className="py-1 text-left font-medium">
              {t.metrics.time}
            </th>
            {lines.map(({ name }) => (
              <th key={name} scope="col" className="pl-3 font-medium">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {steps.map((step) => {
            const time = fromTime + step * stepMs;
            return (
              <tr key={step} className="border-t border-line">
                <th scope="row" className="text-left font-normal">
                  <Link href={urlOf(time)} className="inline-flex min-h-6 items-center text-accent hover:underline">
                    {format.second(time)}
                  </Link>
                </th>
                {lines.map(({ name, values }) => {
                  const value = values[step];
                  return <td key={name}>{typeof value === 'number' ? write(value) : '–'}</td>;
                })}
              </tr>
            );
          })}
        </tbody>
      </table>
    </ScrollArea>
  );
}
