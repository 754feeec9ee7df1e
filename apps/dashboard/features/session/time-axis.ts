/** Where a moment of a turn is drawn: idle stretches take no more room than they need to be seen. */
import type { Bar } from './waterfall.ts';

export type Break = { readonly fromMs: number; readonly toMs: number };
export type TimeAxis = {
  /** From 0 to 1. */
  readonly place: (ms: number) => number;
  readonly breaks: readonly Break[];
};

/** An idle stretch is one that is so many times longer than the usual step. */
const IDLE_TIMES = 5;
const SHORTEST_IDLE_MS = 1_000;
/** What an idle stretch takes of the whole. */
const BREAK_SHARE = 0.06;

/** The axis of a turn's bars. With `compress` false every millisecond has the same room. */
export function timeAxis(bars: readonly Bar[], totalMs: number, compress = true): TimeAxis {
  const breaks = compress ? idleIn(bars, totalMs) : [];
  const idleMs = breaks.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
  const shownShare = Math.max(0.2, 1 - breaks.length * BREAK_SHARE);
  const breakShare = breaks.length === 0 ? 0 : (1 - shownShare) / breaks.length;
  const perMs = shownShare / Math.max(totalMs - idleMs, 1);
  const place = (ms: number): number => {
    let at = 0;
    let done = 0;
    for (const { fromMs, toMs } of breaks) {
      if (ms <= fromMs) break;
      at += (fromMs - done) * perMs + (Math.min(ms, toMs) === toMs ? breakShare : (breakShare * (ms - fromMs)) / (toMs - fromMs));
      done = toMs;
      if (ms <= toMs) return at;
    }
    return Math.min(1, at + Math.max(0, ms - done) * perMs);
  };
  return { place, breaks };
}

/** Stretches in which nothing works, longer than five times the median step. */
function idleIn(bars: readonly Bar[], totalMs: number): readonly Break[] {
  const moments = [...new Set([0, totalMs, ...bars.flatMap(({ startMs, endMs = totalMs }) => [startMs, endMs])])].sort((a, b) => a - b);
  const steps = moments.slice(1).map((toMs, index) => ({ fromMs: moments[index] ?? 0, toMs }));
  const lengths = steps.map(({ fromMs, toMs }) => toMs - fromMs).sort((a, b) => a - b);
  const longest = Math.max(SHORTEST_IDLE_MS, IDLE_TIMES * (lengths[Math.floor(lengths.length / 2)] ?? 0));
  const works = bars.filter((bar) => !bar.waiting && bar.stage !== 'agent');
  return steps.filter(
    ({ fromMs, toMs }) =>
      toMs - fromMs > longest && !works.some(({ startMs, endMs = totalMs }) => startMs <= fromMs && endMs >= toMs && endMs > startMs),
  );
}

/** What a bar took by itself: without the time in which a part of it worked or waited. Only an agent's has parts. */
export function selfMs(bar: Bar, bars: readonly Bar[], totalMs: number): number {
  const endMs = bar.endMs ?? totalMs;
  if (bar.stage !== 'agent') return endMs - bar.startMs;
  const parts = bars
    .filter((other) => other.stage === 'model' || other.stage === 'tool')
    .map((part) => ({ from: Math.max(part.startMs, bar.startMs), to: Math.min(part.endMs ?? totalMs, endMs) }))
    .filter(({ from, to }) => to > from)
    .sort((a, b) => a.from - b.from);
  let covered = 0;
  let until = bar.startMs;
  for (const { from, to } of parts) {
    covered += Math.max(0, to - Math.max(from, until));
    until = Math.max(until, to);
  }
  return endMs - bar.startMs - covered;
}

/** The bars that decided how long it took: from the end back, each time the one that ended last before the next began. */
export function criticalPath(bars: readonly Bar[], totalMs: number): ReadonlySet<Bar> {
  const path = new Set<Bar>();
  const leaves = bars.filter((bar) => bar.stage !== 'agent');
  let beforeMs = Number.POSITIVE_INFINITY;
  for (;;) {
    const next = leaves
      .filter((bar) => !path.has(bar) && (bar.endMs ?? totalMs) <= beforeMs)
      .reduce<Bar | undefined>((last, bar) => (!last || (bar.endMs ?? totalMs) > (last.endMs ?? totalMs) ? bar : last), undefined);
    if (!next) return path;
    path.add(next);
    beforeMs = next.startMs;
  }
}
