'use client';
import CircleAlert from 'lucide-react/icons/circle-alert';
import { useState } from 'react';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Button } from '../../ui/button.tsx';
import { classNames } from '../../ui/class-names.ts';
import { useHover } from './hover.ts';
import type { Choices } from './importance.ts';
import { WeighedList } from './importance-chooser.tsx';
import { criticalPath, selfMs, type TimeAxis, timeAxis } from './time-axis.ts';
import { type Bar, SHOWN_BARS, type Waterfall } from './waterfall.ts';

const MOST_ZOOM = 16;

export type Moving = { readonly at: number | null; readonly onMove: (position: number) => void };

/** The way of a message as bars. A bar leads every pane to its event. */
export function WaterfallChart({ flow, at, onMove, choices }: Moving & { readonly flow: Waterfall; readonly choices: Choices }) {
  const t = useT();
  const format = useFormat();
  const [zoom, setZoom] = useState(1);
  const [critical, setCritical] = useState(false);
  const totalMs = Math.max(flow.totalMs, 1);
  const axis = timeAxis(flow.bars, totalMs);
  const path = critical ? criticalPath(flow.bars, totalMs) : undefined;
  return (
    <div className="flex flex-col gap-2 px-4 py-3">
      <div className="flex flex-wrap items-center gap-x-2 gap-y-1 text-xs">
        <label className="flex h-7 items-center gap-1.5 text-ink-2">
          <input
            type="checkbox"
            checked={critical}
            onChange={(event) => setCritical(event.target.checked)}
            className="size-4 accent-[var(--accent)]"
          />
          {t.turn.critical}
        </label>
        <span className="ml-auto flex items-center gap-1">
          <Button look="quiet" className="h-7 px-2" aria-label={t.turn.zoomOut} disabled={zoom === 1} onClick={() => setZoom(zoom / 2)}>
            −
          </Button>
          <Button
            look="quiet"
            className="h-7 px-2"
            aria-label={t.turn.zoomIn}
            disabled={zoom >= MOST_ZOOM}
            onClick={() => setZoom(zoom * 2)}
          >
            +
          </Button>
          <Button look="quiet" className="h-7 px-2 text-xs" disabled={zoom === 1} onClick={() => setZoom(1)}>
            {t.turn.fit}
          </Button>
        </span>
      </div>
      <section
        aria-label={t.turn.waterfall}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        onWheel={(event) => {
          if (!event.ctrlKey) return;
          setZoom(Math.min(MOST_ZOOM, Math.max(1, zoom * (event.deltaY < 0 ? 2 : 0.5))));
        }}
        className="overflow-x-auto scroll-quiet"
      >
        <div style={{ width: `${zoom * 100}%` }}>
          <Breaks axis={axis} />
          <WeighedList
            label={t.turn.waterfall}
            className="flex flex-col"
            items={flow.bars}
            choices={choices}
            hasFailed={({ outcome }) => outcome === 'failed'}
            step={SHOWN_BARS}
            keyOf={({ stage, position }) => `${stage}${position}`}
          >
            {(bar) => (
              <BarRow
                bar={bar}
                bars={flow.bars}
                axis={axis}
                totalMs={totalMs}
                faded={path !== undefined && !path.has(bar)}
                at={at}
                onMove={onMove}
              />
            )}
          </WeighedList>
        </div>
      </section>
      <p className="sr-only">{format.duration(flow.totalMs)}</p>
    </div>
  );
}

const GRID = 'grid grid-cols-[minmax(0,9rem)_minmax(0,1fr)_4.5rem] items-center gap-3';

function Breaks({ axis }: { readonly axis: TimeAxis }) {
  const t = useT();
  const format = useFormat();
  if (axis.breaks.length === 0) return null;
  return (
    <div className={GRID}>
      <span />
      <span className="relative block h-4 text-2xs text-ink-3 figures">
        {axis.breaks.map(({ fromMs, toMs }) => (
          <span
            key={fromMs}
            title={t.turn.idle(format.duration(toMs - fromMs))}
            className="absolute -translate-x-1/2 whitespace-nowrap"
            style={{ left: `${((axis.place(fromMs) + axis.place(toMs)) / 2) * 100}%` }}
          >
            ‖ {format.duration(toMs - fromMs)} ‖
          </span>
        ))}
      </span>
      <span />
    </div>
  );
}

type BarRowProps = Moving & {
  readonly bar: Bar;
  readonly bars: readonly Bar[];
  readonly axis: TimeAxis;
  readonly totalMs: number;
  readonly faded: boolean;
};

function BarRow({ bar, bars, axis, totalMs, faded, at, onMove }: BarRowProps) {
  const t = useT();
  const format = useFormat();
  const hover = useHover();
  const endMs = bar.endMs ?? totalMs;
  const left = axis.place(bar.startMs) * 100;
  const width = axis.place(endMs) * 100 - left;
  const self = selfMs(bar, bars, totalMs);
  const took = bar.outcome === 'ongoing' ? t.turn.ongoing : endMs === bar.startMs ? '' : format.duration(endMs - bar.startMs);
  const mark = bar.firstTokenMs === undefined ? undefined : axis.place(bar.startMs + bar.firstTokenMs) * 100;
  const what = [bar.label, bar.approval ? t.turn.approval : '', bar.retry ? t.turn.retry : ''].filter(Boolean).join(' · ');
  return (
    <button
      type="button"
      title={[
        what,
        bar.stage === 'agent' ? t.turn.self(format.duration(self)) : '',
        mark === undefined ? '' : `${t.turn.firstToken}: ${format.duration(bar.firstTokenMs ?? 0)}`,
      ]
        .filter(Boolean)
        .join('\n')}
      aria-current={bar.position === at}
      onClick={() => onMove(bar.position)}
      onPointerEnter={() => hover.set(bar.position)}
      onPointerLeave={() => hover.set(undefined)}
      className={classNames(
        GRID,
        'min-h-7 w-full rounded text-left text-xs hover:bg-sunken',
        bar.position === at ? 'bg-accent-soft' : bar.position === hover.position ? 'bg-sunken' : '',
      )}
    >
      <span className="flex min-w-0 items-center gap-1">
        {bar.outcome === 'failed' ? <CircleAlert aria-label={t.severity.error} className="size-3.5 shrink-0 text-bad" /> : null}
        <span className="shrink-0">{bar.approval ? t.turn.approval : t.turn.stages[bar.stage]}</span>
        <span className="truncate text-ink-3">{bar.label}</span>
      </span>
      <span aria-hidden className="relative block h-3.5 rounded-sm bg-sunken">
        <span
          className={classNames('absolute inset-y-0 min-w-[3px] rounded-sm', lookOf(bar), faded && 'opacity-25')}
          style={{ left: `min(${left}%, calc(100% - 3px))`, width: `${width}%`, ...(bar.waiting ? HATCHED : {}) }}
        />
        {mark === undefined ? null : <span className="absolute inset-y-0 w-px bg-ink" style={{ left: `${mark}%` }} />}
      </span>
      <span className="text-right text-ink-2 figures">{took}</span>
    </button>
  );
}

const HATCHED = {
  backgroundImage: 'repeating-linear-gradient(135deg, transparent 0 3px, color-mix(in srgb, currentColor 55%, transparent) 3px 4px)',
};

function lookOf(bar: Bar): string {
  const colour = bar.outcome === 'failed' ? 'text-bad' : bar.approval ? 'text-warn' : bar.waiting ? 'text-ink-3' : 'text-accent';
  if (bar.waiting || bar.retry) return `${colour} border border-current`;
  if (bar.outcome === 'failed') return 'bg-bar-error';
  if (bar.stage === 'agent') return 'bg-bar-debug';
  return bar.outcome === 'ongoing' ? 'bg-bar-info animate-pulse-soft' : 'bg-bar-info';
}
