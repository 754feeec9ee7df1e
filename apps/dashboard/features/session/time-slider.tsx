'use client';
import Pause from 'lucide-react/icons/pause';
import Play from 'lucide-react/icons/play';
import SkipForward from 'lucide-react/icons/skip-forward';
import StepBack from 'lucide-react/icons/step-back';
import StepForward from 'lucide-react/icons/step-forward';
import { type KeyboardEvent, type PointerEvent, useEffect, useMemo, useRef, useState } from 'react';
import { useFormat, useT } from '../../i18n/index.tsx';
import { Button, IconButton } from '../../ui/button.tsx';
import { keysOf, useKeys } from '../frame/keys.ts';
import { useHover } from './hover.ts';
import { FAMILIES, type Family, familyOf, labelledTurns, type Tick, turnStarts } from './steps.ts';

const SPEEDS = [1, 4] as const;
/** Events in a second at the speed of one. */
const PACE = 2;
const FAR = 10;

const COLOURS: Record<Family, string> = {
  message: 'var(--ink)',
  decision: 'var(--ink-3)',
  run: 'var(--bar-debug)',
  model: 'var(--accent)',
  tool: 'var(--bar-warn)',
  delivery: 'var(--ok)',
  problem: 'var(--bad)',
  other: 'var(--line-strong)',
};

type TimeSliderProps = {
  readonly ticks: readonly Tick[];
  readonly index: number;
  /** `null` means now: the slider then goes on with the session. */
  readonly onMove: (position: number | null) => void;
  readonly earlier: (() => void) | undefined;
};

/** Every event of a session on one line, and a handle that stands at one of them. */
export function TimeSlider({ ticks, index, onMove, earlier }: TimeSliderProps) {
  const t = useT();
  const format = useFormat();
  const [speed, setSpeed] = useState<(typeof SPEEDS)[number]>(1);
  const last = ticks.length - 1;
  const to = (next: number) => {
    const at = Math.min(Math.max(next, 0), last);
    onMove(at === last ? null : (ticks[at]?.position ?? null));
  };
  const player = usePlayer(index, last, speed, to);
  const turns = useMemo(() => turnStarts(ticks), [ticks]);
  const step = (by: number) => {
    player.stop();
    to(index + by);
  };
  const keys: Readonly<Record<string, () => void>> = {
    ArrowLeft: () => step(-1),
    ArrowRight: () => step(1),
    'Shift+ArrowLeft': () => step(-FAR),
    'Shift+ArrowRight': () => step(FAR),
    Space: player.toggle,
  };
  useKeys(
    Object.fromEntries(
      Object.entries(keys).map(([key, press]) => [key, (event: globalThis.KeyboardEvent) => (isOnPage(event.target) ? press() : false)]),
    ),
  );
  const onKeyDown = (event: KeyboardEvent) => {
    const press: (() => void) | undefined =
      {
        Home: () => step(-last - 1),
        End: () => step(last + 1),
        PageUp: () => to(turns.findLast((start) => start < index) ?? 0),
        PageDown: () => to(turns.find((start) => start > index) ?? last),
      }[event.key] ?? keys[keysOf(event)];
    if (!press) return;
    event.preventDefault();
    press();
  };
  const tick = ticks[index];
  if (!tick) return null;
  const turn = turns.filter((start) => start <= index).length;
  return (
    <section aria-label={t.timeTravel.title} className="mb-4 rounded-lg border border-line bg-surface px-3 pt-2 pb-3">
      <div className="flex flex-wrap items-center gap-x-1 gap-y-1">
        <IconButton label={player.playing ? t.timeTravel.pause : t.timeTravel.play} onClick={player.toggle}>
          {player.playing ? <Pause aria-hidden className="size-4" /> : <Play aria-hidden className="size-4" />}
        </IconButton>
        <IconButton label={t.timeTravel.previous} disabled={index === 0} onClick={() => step(-1)}>
          <StepBack aria-hidden className="size-4" />
        </IconButton>
        <IconButton label={t.timeTravel.next} disabled={index === last} onClick={() => step(1)}>
          <StepForward aria-hidden className="size-4" />
        </IconButton>
        <IconButton label={t.timeTravel.now} disabled={index === last} onClick={() => step(last + 1)}>
          <SkipForward aria-hidden className="size-4" />
        </IconButton>
        <Button look="quiet" aria-label={t.timeTravel.speed(speed)} className="px-2 figures" onClick={() => setSpeed(speed === 1 ? 4 : 1)}>
          {speed}×
        </Button>
        <p className="ml-1 min-w-0 flex-1 truncate text-xs max-sm:order-last max-sm:basis-full">
          <span className="font-mono">{tick.type}</span> <span className="text-ink-2">{tick.summary}</span>
        </p>
        <p className="text-xs text-ink-3 figures">
          {t.timeTravel.turn(turn)} · {index + 1} / {format.number(ticks.length)} · {format.clock(tick.time)}
        </p>
        {earlier ? (
          <Button look="quiet" onClick={earlier}>
            {t.timeTravel.earlier}
          </Button>
        ) : null}
      </div>
      <Track
        ticks={ticks}
        turns={turns}
        index={index}
        onPoint={(at) => {
          player.stop();
          to(at);
        }}
        onKeyDown={onKeyDown}
      />
      <ul aria-label={t.timeTravel.colours} className="mt-1.5 flex flex-wrap gap-x-3 gap-y-0.5 text-2xs text-ink-2">
        {FAMILIES.filter((family) => ticks.some((each) => familyOf(each) === family)).map((family) => (
          <li key={family} className="flex items-center gap-1">
            <span aria-hidden className="h-2.5 w-[3px] rounded-sm" style={{ background: COLOURS[family] }} />
            {t.timeTravel.families[family]}
          </li>
        ))}
      </ul>
    </section>
  );
}

type TrackProps = {
  readonly ticks: readonly Tick[];
  readonly turns: readonly number[];
  readonly index: number;
  readonly onPoint: (index: number) => void;
  readonly onKeyDown: (event: KeyboardEvent) => void;
};

function Track({ ticks, turns, index, onPoint, onKeyDown }: TrackProps) {
  const t = useT();
  const format = useFormat();
  const hover = useHover();
  const track = useRef<HTMLDivElement>(null);
  const count = ticks.length;
  const lines = useMemo(() => linesOf(ticks), [ticks]);
  const indexUnder = ({ clientX }: PointerEvent) => {
    const { left = 0, width = 1 } = track.current?.getBoundingClientRect() ?? {};
    return Math.min(Math.max(Math.floor(((clientX - left) / width) * count), 0), count - 1);
  };
  const tick = ticks[index];
  const hovered = hover.position === undefined ? -1 : ticks.findIndex(({ position }) => position === hover.position);
  const place = (at: number) => `${((at + 0.5) / count) * 100}%`;
  return (
    <>
      <div
        ref={track}
        role="slider"
        tabIndex={0}
        aria-label={t.timeTravel.slider}
        aria-valuemin={1}
        aria-valuemax={count}
        aria-valuenow={index + 1}
        aria-valuetext={tick ? t.timeTravel.at(index + 1, count, `${tick.type} ${tick.summary}`, format.clock(tick.time)) : ''}
        onKeyDown={onKeyDown}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          onPoint(indexUnder(event));
        }}
        onPointerMove={(event) => {
          const under = indexUnder(event);
          if (event.buttons === 1) onPoint(under);
          hover.set(ticks[under]?.position);
        }}
        onPointerLeave={() => hover.set(undefined)}
        className="relative mt-2 h-12 cursor-pointer touch-none rounded-md bg-sunken select-none"
      >
        <svg aria-hidden="true" viewBox={`0 0 ${count} 10`} preserveAspectRatio="none" className="absolute inset-0 size-full">
          {turns.map((start) => (
            <path key={start} d={`M${start} 0V10`} stroke="var(--line-strong)" strokeDasharray="3 3" vectorEffect="non-scaling-stroke" />
          ))}
          {FAMILIES.map((family) => (
            <path
              key={family}
              d={lines[family]}
              stroke={COLOURS[family]}
              strokeWidth={count > 400 ? 1 : 2}
              vectorEffect="non-scaling-stroke"
            />
          ))}
        </svg>
        {hovered >= 0 ? <span aria-hidden className="absolute inset-y-0 w-px bg-ink-3" style={{ left: place(hovered) }} /> : null}
        <span aria-hidden className="absolute -inset-y-1 w-[3px] -translate-x-1/2 rounded bg-accent" style={{ left: place(index) }}>
          <span className="absolute -top-1 left-1/2 size-3 -translate-x-1/2 rounded-full border-2 border-surface bg-accent" />
        </span>
      </div>
      <div aria-hidden className="relative mt-0.5 h-4 overflow-hidden text-2xs whitespace-nowrap text-ink-3 figures">
        {labelledTurns(turns, count).map(({ turn, start }) => (
          <span key={turn} className="absolute" style={{ left: `${(start / count) * 100}%` }}>
            {t.timeTravel.turn(turn)}
          </span>
        ))}
      </div>
    </>
  );
}

/** One line for each event, all of a colour in one path: a thousand events are eight elements. */
function linesOf(ticks: readonly Tick[]): Readonly<Record<Family, string>> {
  const lines = Object.fromEntries(FAMILIES.map((family) => [family, ''])) as Record<Family, string>;
  for (const [index, tick] of ticks.entries()) {
    const isMessage = tick.type === 'message.received';
    lines[familyOf(tick)] += `M${index + 0.5} ${isMessage ? 1 : 3}V${isMessage ? 9 : 7}`;
  }
  return lines;
}

function usePlayer(index: number, last: number, speed: number, to: (index: number) => void) {
  const [playing, setPlaying] = useState(false);
  const move = useRef(to);
  useEffect(() => {
    move.current = to;
  });
  useEffect(() => {
    if (!playing) return;
    if (index >= last) return setPlaying(false);
    const timer = setTimeout(() => move.current(index + 1), 1_000 / (PACE * speed));
    return () => clearTimeout(timer);
  }, [playing, index, last, speed]);
  return {
    playing,
    stop: () => setPlaying(false),
    toggle: () => {
      // At its end it begins again.
      if (!playing && index >= last) to(0);
      setPlaying(!playing);
    },
  };
}

/** Whether a key belongs to the page and not to a control that does something of its own with it. */
function isOnPage(target: EventTarget | null): boolean {
  return !(
    target instanceof Element && target.closest('a, button, summary, [role="tab"], [role="menu"], [role="slider"], dialog, [tabindex="0"]')
  );
}
