'use client';
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import type uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useFormat, useT } from '../i18n/index.tsx';
import { classNames } from './class-names.ts';

export type TimeLine = { readonly name: string; readonly values: readonly (number | null)[] };

type TimeChartProps = {
  readonly label: string;
  /** When the first step begins, in milliseconds since 1970. */
  readonly fromTime: number;
  readonly stepMs: number;
  readonly lines: readonly TimeLine[];
  readonly write: (value: number) => string;
  /** The step that is pointed at, here or in another chart. */
  readonly at: number | undefined;
  readonly onHover: (step: number | undefined) => void;
  /** A step was chosen, by a click or by Enter. */
  readonly onChoose: (step: number) => void;
};

/** Each line has a colour and a stroke of its own, so that they are told apart without colours, too. */
const STROKES = [
  { colour: '--accent', dash: [] },
  { colour: '--bar-warn', dash: [6, 3] },
  { colour: '--ok', dash: [2, 2] },
  { colour: '--bad', dash: [8, 3, 2, 3] },
  { colour: '--ink-2', dash: [] },
  { colour: '--bar-info', dash: [3, 4] },
  { colour: '--warn', dash: [10, 4] },
  { colour: '--ink-3', dash: [1, 3] },
] as const;
const HEIGHT_PX = 132;
const AXIS_PX = 56;
const STEPS: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10 };

/** Lines over time on a canvas. The step that is pointed at is told in words beside them, and moved by the arrow keys. */
export function TimeChart(props: TimeChartProps) {
  const { label, fromTime, stepMs, lines, write, at, onChoose, onHover } = props;
  const t = useT();
  const format = useFormat();
  const hint = useId();
  const canvas = useCanvas(props);
  const count = lines[0]?.values.length ?? 0;
  const step = clamp(at ?? lastStep(lines), count);
  const shown = lines.map(({ name, values }) => {
    const value = values[step];
    return { name, text: typeof value === 'number' ? write(value) : '–' };
  });
  const time = format.second(fromTime + step * stepMs);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const move = STEPS[event.key];
    if (move !== undefined) onHover(clamp(step + move, count));
    else if (event.key === 'Home') onHover(0);
    else if (event.key === 'End') onHover(count - 1);
    else if (event.key === 'Enter') onChoose(step);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div className="px-4 pt-2 pb-3">
      <ul className="mb-1 flex min-h-5 flex-wrap gap-x-3 text-xs text-ink-2">
        {shown.map(({ name, text }, index) => (
          <li key={name} className="flex min-w-0 items-center gap-1.5">
            <Key index={index} />
            <span className="truncate">{name}</span>
            <span className="font-medium text-ink figures">{text}</span>
          </li>
        ))}
        <li className={classNames('ml-auto text-ink-3 figures', at === undefined && 'max-sm:hidden')}>{time}</li>
      </ul>
      <div
        role="slider"
        aria-label={label}
        aria-describedby={hint}
        aria-valuemin={0}
        aria-valuemax={Math.max(0, count - 1)}
        aria-valuenow={step}
        aria-valuetext={t.metrics.at(time, shown.map(({ name, text }) => `${name} ${text}`).join(', '))}
        tabIndex={0}
        onKeyDown={onKeyDown}
        onBlur={() => onHover(undefined)}
        className="rounded focus-visible:outline-offset-2"
      >
        <div ref={canvas} style={{ height: HEIGHT_PX }} className="w-full overflow-hidden" />
      </div>
      <p id={hint} className="sr-only">
        {t.metrics.hint}
      </p>
    </div>
  );
}

function Key({ index }: { readonly index: number }) {
  const { colour, dash } = strokeOf(index);
  return (
    // biome-ignore lint/a11y/noSvgWithoutTitle: the name stands beside it
    <svg aria-hidden viewBox="0 0 16 4" className="h-1 w-4 shrink-0">
      <line x1="0" x2="16" y1="2" y2="2" stroke={`var(${colour})`} strokeWidth="2" strokeDasharray={dash.join(' ')} />
    </svg>
  );
}

/** Keeps a chart of the library in an element: made anew when its lines are others, else only given the new figures. */
function useCanvas({ fromTime, stepMs, lines, write, at, onHover, onChoose }: TimeChartProps) {
  const format = useFormat();
  const element = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot>(undefined);
  const latest = useRef({ write, format, onHover, onChoose });
  const [look, setLook] = useState(0);
  const count = lines[0]?.values.length ?? 0;
  const names = lines.map(({ name }) => name).join('\n');
  const data = (): uPlot.AlignedData => [
    Array.from({ length: count }, (_, step) => (fromTime + step * stepMs) / 1000),
    ...lines.map(({ values }) => [...values]),
  ];
  const latestData = useRef(data);
  useEffect(() => {
    latest.current = { write, format, onHover, onChoose };
    latestData.current = data;
  });

  // Colours are read off the page, so another theme means another chart.
  useEffect(() => {
    const again = () => setLook((before) => before + 1);
    const watcher = new MutationObserver(again);
    watcher.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
    const media = [window.matchMedia('(prefers-color-scheme: dark)'), window.matchMedia('(prefers-contrast: more)')];
    for (const each of media) each.addEventListener('change', again);
    return () => {
      watcher.disconnect();
      for (const each of media) each.removeEventListener('change', again);
    };
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: made anew for other lines or another look only
  useEffect(() => {
    const root = element.current;
    if (!root) return;
    let gone = false;
    const resize = new ResizeObserver(() => chart.current?.setSize({ width: root.clientWidth, height: HEIGHT_PX }));
    void import('uplot').then(({ default: Chart }) => {
      if (gone) return;
      const options = optionsOf(root, names.split('\n').length, stepMs, latest);
      chart.current = new Chart(options, latestData.current(), root);
      resize.observe(root);
    });
    return () => {
      gone = true;
      resize.disconnect();
      chart.current?.destroy();
      chart.current = undefined;
    };
  }, [names, stepMs, look]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: what is drawn is made of these
  useEffect(() => {
    chart.current?.setData(latestData.current());
  }, [lines, fromTime]);

  useEffect(() => {
    const drawn = chart.current;
    if (!drawn) return;
    const left = at === undefined || at < 0 || at >= count ? -10 : drawn.valToPos((fromTime + at * stepMs) / 1000, 'x');
    drawn.setCursor({ left, top: 0 }, false);
  }, [at, fromTime, stepMs, count]);
  return element;
}

type Latest = {
  readonly current: Pick<TimeChartProps, 'write' | 'onHover' | 'onChoose'> & { readonly format: ReturnType<typeof useFormat> };
};

function optionsOf(root: HTMLElement, lines: number, stepMs: number, latest: Latest): uPlot.Options {
  const colourOf = colours(root);
  const axis = {
    stroke: colourOf('--ink-3'),
    font: '11px system-ui',
    grid: { stroke: colourOf('--line'), width: 1 },
    ticks: { show: false },
  };
  const isLong = stepMs >= 30 * 60_000;
  return {
    width: root.clientWidth,
    height: HEIGHT_PX,
    legend: { show: false },
    padding: [8, 8, 0, 0],
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
    scales: { y: { range: (_, __, max) => [0, max > 0 ? max * 1.1 : 1] } },
    axes: [
      {
        ...axis,
        size: 24,
        space: 72,
        values: (_, seconds) => seconds.map((each) => (isLong ? latest.current.format.day : latest.current.format.minute)(each * 1000)),
      },
      { ...axis, size: AXIS_PX, space: 28, values: (_, figures) => figures.map((figure) => latest.current.write(figure)) },
    ],
    series: [
      {},
      ...Array.from({ length: lines }, (_, index) => {
        const { colour, dash } = strokeOf(index);
        return {
          stroke: colourOf(colour),
          width: 1.5,
          dash: [...dash],
          points: { show: true, size: 4, fill: colourOf(colour), filter: alone },
          spanGaps: false,
        };
      }),
    ],
    hooks: {
      ready: [
        (drawn) => {
          drawn.over.addEventListener('mouseleave', () => latest.current.onHover(undefined));
          drawn.over.addEventListener('click', () => {
            if (typeof drawn.cursor.idx === 'number') latest.current.onChoose(drawn.cursor.idx);
          });
        },
      ],
      setCursor: [(drawn) => typeof drawn.cursor.idx === 'number' && latest.current.onHover(drawn.cursor.idx)],
    },
  };
}

/** Figures between two gaps, which no line shows. */
function alone(drawn: uPlot, series: number): number[] {
  const values = drawn.data[series] ?? [];
  const isGap = (index: number) => typeof values[index] !== 'number';
  return [...values.keys()].filter((index) => !isGap(index) && isGap(index - 1) && isGap(index + 1));
}

/** A variable's colour as the canvas takes it. */
function colours(root: HTMLElement): (name: string) => string {
  const probe = document.createElement('span');
  return (name) => {
    root.append(probe);
    probe.style.color = `var(${name})`;
    const colour = getComputedStyle(probe).color;
    probe.remove();
    return colour;
  };
}

function strokeOf(index: number): (typeof STROKES)[number] {
  return STROKES[index % STROKES.length] ?? STROKES[0];
}

function clamp(step: number, count: number): number {
  return Math.max(0, Math.min(count - 1, step));
}

/** The newest step at which anything was measured. */
function lastStep(lines: readonly TimeLine[]): number {
  return Math.max(0, ...lines.map(({ values }) => values.findLastIndex((value) => value !== null)));
}
