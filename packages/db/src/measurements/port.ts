/** The figures of the process over time, kept beside the log. They are a cache: nothing depends on them. */
import type { Fold } from './fold.ts';

export type { Fold } from './fold.ts';

/** What was measured at one moment, in milliseconds since 1970: what was counted since the last sample, and what the rest is now. */
export type Sample = {
  readonly time: number;
  readonly figures: readonly {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly fold: Fold;
    readonly value: number;
  }[];
};

export type Recorded = {
  /** Series for which there was no room. */
  readonly leftOut: number;
  /** The file was begun anew: it was missing, or damaged in this way. */
  readonly begunAnew?: string;
};

/** The lines of one name: one for each combination of the labels in `by`. */
export type Selection = {
  /** What the answer calls it. */
  readonly id: string;
  readonly name: string;
  readonly by: readonly string[];
  /** Only series with one of these values. */
  readonly where?: Readonly<Record<string, readonly string[]>>;
  /** Only series with none of these. */
  readonly unless?: Readonly<Record<string, readonly string[]>>;
  /** Of a histogram's buckets, which have the labels `gt` and `le`: these quantiles, each a line. */
  readonly quantiles?: readonly number[];
};

export type MeasurementQuery = {
  /** Milliseconds since 1970: inclusive from, exclusive to. */
  readonly fromTime: number;
  readonly toTime: number;
  /** At most 500 steps. */
  readonly stepMs: number;
  readonly selections: readonly Selection[];
};

export type MeasurementLine = {
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly quantile?: number;
  /** Over the whole time; `null` where there is nothing to say. */
  readonly total: number | null;
  /** One for each step; `null` where nothing was measured. */
  readonly values: readonly (number | null)[];
};

export type MeasurementHistory = {
  readonly lines: readonly MeasurementLine[];
  /** Lines of a selection that had more than 50: those with the smallest totals. */
  readonly leftOut: number;
  /** The time of the oldest figures that are kept; nothing when there are none. */
  readonly oldestTime?: number;
};

export interface Measurements {
  /** Keeps a sample. Rejects with `VIEW_UNAVAILABLE` when it could not be written. */
  record(sample: Sample): Promise<Recorded>;
  /** Rejects with `DEADLINE_EXCEEDED`, `QUERY_CANCELLED`, `VIEW_UNAVAILABLE`. */
  history(query: MeasurementQuery, options?: { readonly signal?: AbortSignal }): Promise<MeasurementHistory>;
}
