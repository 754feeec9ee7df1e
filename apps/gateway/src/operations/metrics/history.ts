/**
 * Every ten seconds what the metrics say is kept beside the log, so that the dashboard can draw the last days without any other program.
 * Nobody waits for it: while a sample is written the next one is passed over, and what it would have counted is in the one after.
 */
import type { Measurements, Sample } from '@openclaw-gateway/db';
import type { Logger } from '../logs.ts';
import { DRAWN } from './charts.ts';
import type { MetricName } from './definitions.ts';
import { type Family, metricFamilies } from './registry.ts';
import { closeLagWindow } from './system.ts';

const EVERY_MS = 10_000;

/** The library of the runtime measures what is drawn only together with these. */
const READ_WITH: ReadonlySet<string> = new Set<MetricName>(['process_cpu_user_seconds_total', 'nodejs_heap_size_total_bytes']);
/** Of these the lowest is the worst. */
const LOWEST: ReadonlySet<string> = new Set<MetricName>(['openclaw_disk_free_bytes']);

type Figure = Sample['figures'][number];

export type HistoryOptions = {
  readonly measurements: Pick<Measurements, 'record'>;
  /** Which families the configuration wants. */
  readonly wanted: () => (name: string) => boolean;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
};

export type History = {
  /** Series that were measured last and for which there was no room. */
  readonly leftOut: () => number;
  /** Keeps what was measured since the last sample. */
  readonly close: () => Promise<void>;
};

/** Begins to keep what is measured. */
export function keepHistory({ measurements, wanted, logger }: HistoryOptions): History {
  const differences = new Differences();
  let leftOut = 0;
  let failing = false;
  let writing: Promise<void> | undefined;

  const write = async (): Promise<void> => {
    const isWanted = wanted();
    const lag = closeLagWindow();
    const families = await metricFamilies((name) => (DRAWN.has(name) || READ_WITH.has(name)) && isWanted(name));
    const drawn = families.filter(({ name }) => DRAWN.has(name));
    const { figures, written } = differences.of(drawn.map((family) => withLag(family, lag)));
    const recorded = await measurements.record({ time: Date.now(), figures });
    written();
    if (recorded.begunAnew !== undefined) logger.info({ cause: recorded.begunAnew }, 'the history of the metrics begins anew');
    if (recorded.leftOut > 0 && leftOut === 0) logger.warn({ series: recorded.leftOut }, 'the history of the metrics has no room for some');
    leftOut = recorded.leftOut;
    failing = false;
  };
  const tick = (): Promise<void> => {
    writing ??= write()
      .catch((error: unknown) => {
        if (!failing) logger.warn({ err: error }, 'the history of the metrics is not kept; it is tried again');
        failing = true;
      })
      .finally(() => {
        writing = undefined;
      });
    return writing;
  };
  const timer = setInterval(() => void tick(), EVERY_MS).unref();
  return {
    leftOut: () => leftOut,
    async close() {
      clearInterval(timer);
      await writing;
      await tick();
    },
  };
}

/** Others who look see the worst of the last minute; here it is that of the last ten seconds. */
function withLag(family: Family, lag: ReturnType<typeof closeLagWindow>): Family {
  const of = /^nodejs_eventloop_lag_(p99|max)_seconds$/.exec(family.name)?.[1] as 'p99' | 'max' | undefined;
  return of === undefined ? family : { ...family, samples: family.samples.map((sample) => ({ ...sample, value: lag[of] })) };
}

/** Turns what was counted since the process started into what was counted since the last sample that was written. */
export class Differences {
  #before = new Map<string, number>();

  /** `written` says that the figures are kept. */
  of(families: readonly Family[]): { readonly figures: readonly Figure[]; readonly written: () => void } {
    const now = new Map<string, number>();
    const figures: Figure[] = [];
    for (const { name, type, samples } of families) {
      if (type === 'gauge') {
        const fold = LOWEST.has(name) ? 'lowest' : 'highest';
        for (const { labels, value } of samples) if (Number.isFinite(value)) figures.push({ name, labels, fold, value });
        continue;
      }
      const counted = type === 'histogram' ? bucketsOf(samples) : samples;
      for (const { name: series, labels, value } of counted) {
        const key = `${series} ${JSON.stringify(labels)}`;
        now.set(key, value);
        const more = value - (this.#before.get(key) ?? 0);
        if (more > 0) figures.push({ name: series, labels, fold: 'sum', value: more });
      }
    }
    return {
      figures,
      written: () => {
        this.#before = now;
      },
    };
  }
}

/** Prometheus' buckets hold all that is below them; these hold what is between two bounds, which is mostly nothing. */
function bucketsOf(samples: Family['samples']): Family['samples'] {
  let below: { readonly of: string; readonly le: string; readonly value: number } | undefined;
  return samples.flatMap(({ name, labels: { le, ...rest }, value }) => {
    if (le === undefined) return [];
    const of = JSON.stringify(rest);
    const { le: gt, value: lower } = below?.of === of ? below : { le: '0', value: 0 };
    below = { of, le, value };
    return [{ name, labels: { ...rest, gt, le }, value: value - lower }];
  });
}
