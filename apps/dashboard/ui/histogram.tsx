'use client';
import ChartColumn from 'lucide-react/icons/chart-column';
import Table2 from 'lucide-react/icons/table-2';
import { type PointerEvent, useId, useRef, useState } from 'react';
import { useFormat, useT } from '../i18n/index.tsx';
import { IconButton } from './button.tsx';
import { ScrollArea } from './scroll-area.tsx';
import { EmptyState } from './states.tsx';

export type Bucket = { readonly fromTime: number; readonly counts: Readonly<Record<string, number>> };
/** What bars are stacked of, from below: a name among the counts, and how it looks. */
export type Part = { readonly name: string; readonly title: string; readonly fill: string };

type HistogramProps = {
  readonly label: string;
  readonly bucketMs: number;
  readonly buckets: readonly Bucket[];
  /** The severities when left out. */
  readonly parts?: readonly Part[];
  readonly height?: number;
  /** `log`: the height of a bar is the logarithm of its count, so that few beside many are seen. */
  readonly scale?: 'linear' | 'log';
  /** A bar was chosen, or a range of bars was brushed. */
  readonly onRange: (fromTime: number, toTime: number) => void;
};

const SEVERITIES = ['info', 'debug', 'warn', 'error'] as const;

/** Events per time, stacked. Bars are buttons, a drag brushes a range, and the same figures stand in a table. */
export function Histogram({ parts, ...props }: HistogramProps) {
  const { label, buckets } = props;
  const t = useT();
  const stacked = parts ?? SEVERITIES.map((name) => ({ name, title: t.severity[name], fill: `var(--bar-${name})` }));
  const [asTable, setAsTable] = useState(false);
  const total = buckets.reduce((sum, bucket) => sum + countOf(bucket), 0);
  if (total === 0) return <EmptyState title={t.overview.histogramEmpty} />;
  return (
    <div className="flex items-start gap-2">
      <div className="min-w-0 flex-1">
        {asTable ? <CountTable label={label} buckets={buckets} parts={stacked} /> : <Chart {...props} parts={stacked} />}
      </div>
      <IconButton
        label={asTable ? t.common.showAsChart : t.common.showAsTable}
        onClick={() => setAsTable(!asTable)}
        className="-mr-2 size-7"
      >
        {asTable ? <ChartColumn aria-hidden className="size-3.5" /> : <Table2 aria-hidden className="size-3.5" />}
      </IconButton>
    </div>
  );
}

function Chart({ label, bucketMs, buckets, parts = [], height = 120, scale = 'linear', onRange }: HistogramProps) {
  const t = useT();
  const format = useFormat();
  const hint = useId();
  const root = useRef<HTMLDivElement>(null);
  const [brush, setBrush] = useState<{ readonly from: number; readonly to: number }>();
  const sized = (count: number) => (scale === 'log' ? Math.log10(1 + count) : count);
  const highest = Math.max(...buckets.map((bucket) => sized(countOf(bucket))), sized(1));
  const spanMs = bucketMs * buckets.length;
  const axis = spanMs > 2 * 86_400_000 ? format.day : format.minute;

  const indexAt = (event: PointerEvent) => {
    const box = root.current?.getBoundingClientRect();
    if (!box) return 0;
    return Math.min(buckets.length - 1, Math.max(0, Math.floor(((event.clientX - box.left) / box.width) * buckets.length)));
  };
  const choose = (from: number, to: number) => {
    const first = buckets[Math.min(from, to)];
    const last = buckets[Math.max(from, to)];
    if (first && last) onRange(first.fromTime, last.fromTime + bucketMs);
  };

  return (
    <div>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset cannot lay out its bars */}
      <div
        ref={root}
        role="group"
        aria-label={label}
        aria-describedby={hint}
        className="flex touch-pan-y items-end select-none"
        style={{ height }}
        onPointerDown={(event) => {
          if (event.button === 0 && event.pointerType === 'mouse') setBrush({ from: indexAt(event), to: indexAt(event) });
        }}
        onPointerMove={(event) => {
          if (brush) setBrush({ ...brush, to: indexAt(event) });
        }}
        onPointerUp={() => {
          if (brush && brush.from !== brush.to) choose(brush.from, brush.to);
          setBrush(undefined);
        }}
        onPointerLeave={() => setBrush(undefined)}
      >
        {buckets.map((bucket, index) => {
          const count = countOf(bucket);
          const brushed = brush && index >= Math.min(brush.from, brush.to) && index <= Math.max(brush.from, brush.to);
          const title = t.overview.bar(format.day(bucket.fromTime), count);
          return (
            <button
              key={bucket.fromTime}
              type="button"
              tabIndex={count === 0 ? -1 : 0}
              aria-hidden={count === 0}
              aria-label={title}
              title={title}
              onClick={() => choose(index, index)}
              className={`flex h-full min-w-0 flex-1 flex-col-reverse border-r border-surface hover:bg-sunken ${brushed && brush.from !== brush.to ? 'bg-accent-soft' : ''}`}
            >
              {parts.map(({ name, fill }) => {
                const part = bucket.counts[name] ?? 0;
                return part === 0 ? null : (
                  <span
                    key={name}
                    style={{ height: `${(part / count) * (sized(count) / highest) * 100}%`, minHeight: 2, background: fill }}
                    className="block w-full shrink-0"
                  />
                );
              })}
            </button>
          );
        })}
      </div>
      <div aria-hidden className="mt-1 flex justify-between border-t border-line pt-1 text-2xs text-ink-3 figures">
        {[0, 0.25, 0.5, 0.75, 1].map((share) => (
          <span key={share} className={share % 0.5 === 0 ? '' : 'max-sm:hidden'}>
            {axis((buckets[0]?.fromTime ?? 0) + share * spanMs)}
          </span>
        ))}
      </div>
      <p id={hint} className="sr-only">
        {t.overview.activityHint}
      </p>
    </div>
  );
}

function CountTable({ label, buckets, parts }: Pick<HistogramProps, 'label' | 'buckets'> & { readonly parts: readonly Part[] }) {
  const t = useT();
  const format = useFormat();
  return (
    <ScrollArea label={`${label}, ${t.overview.total}`} className="max-h-48 overflow-auto">
      <table className="w-full text-right text-xs figures">
        <thead className="text-ink-3">
          <tr>
            <th className="py-1 text-left font-medium">{t.overview.time}</th>
            {parts.map(({ name, title }) => (
              <th key={name} className="font-medium">
                {title}
              </th>
            ))}
            <th className="font-medium">{t.overview.total}</th>
          </tr>
        </thead>
        <tbody>
          {buckets
            .filter((bucket) => countOf(bucket) > 0)
            .map((bucket) => (
              <tr key={bucket.fromTime} className="border-t border-line">
                <th scope="row" className="py-1 text-left font-normal">
                  {format.day(bucket.fromTime)}
                </th>
                {parts.map(({ name }) => (
                  <td key={name}>{format.number(bucket.counts[name] ?? 0)}</td>
                ))}
                <td>{format.number(countOf(bucket))}</td>
              </tr>
            ))}
        </tbody>
      </table>
    </ScrollArea>
  );
}

function countOf(bucket: Bucket): number {
  return Object.values(bucket.counts).reduce((sum, count) => sum + count, 0);
}
