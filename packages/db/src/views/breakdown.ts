/** Which values the events of a search have, field by field, counted over the newest of them. */
import { eventDefinition } from '@openclaw-gateway/events/catalog/index';
import type { StoredEvent } from '@openclaw-gateway/events/envelope';
import { FIELDS } from '../query/fields.ts';
import { outcomeOf } from '../query/type-sets.ts';
import { histogramKey } from './counts.ts';
import type { BreakdownField, FieldCounts, FieldDivergence, HistogramBucket, HistogramKey } from './queries.ts';

/** Values of a field that are told; the rest is one number. */
const MOST_VALUES = 50;
/** Different values that are counted; an id that every event has another one of must not fill the memory. */
const MOST_COUNTED = 20_000;

const READ: Readonly<Record<BreakdownField, (event: StoredEvent) => readonly (string | number)[]>> = {
  type: ({ type }) => [type],
  sev: ({ type }) => [eventDefinition(type)?.severity ?? 'info'],
  channel: FIELDS.channel.read,
  agent: FIELDS.agent.read,
  session: FIELDS.session.read,
  actor: ({ metadata }) => (metadata.actor ? [metadata.actor.id] : []),
  tool: FIELDS.tool.read,
  model: FIELDS.model.read,
  outcome: ({ type }) => (outcomeOf(type) === '' ? [] : [outcomeOf(type)]),
  config: FIELDS.config.read,
};
export const BREAKDOWN_FIELDS = Object.keys(READ) as BreakdownField[];

type Buckets = { readonly fromTime: number; readonly toTime: number; readonly bucketMs: number; readonly by?: HistogramKey };

/** Counts events one by one. */
export class BreakdownCounter {
  readonly #counts = new Map(BREAKDOWN_FIELDS.map((field) => [field, { values: new Map<string, number>(), events: 0 }]));
  readonly #buckets: Buckets | undefined;
  readonly #times = new Map<number, Record<string, number>>();
  #events = 0;

  constructor(buckets?: Buckets) {
    this.#buckets = buckets;
    if (!buckets) return;
    const { fromTime, toTime, bucketMs } = buckets;
    for (let time = Math.floor(fromTime / bucketMs) * bucketMs; time < toTime; time += bucketMs) this.#times.set(time, {});
  }

  get events(): number {
    return this.#events;
  }

  add(event: StoredEvent): void {
    this.#events += 1;
    for (const [field, counted] of this.#counts) {
      const values = new Set(READ[field](event).map(String));
      if (values.size > 0) counted.events += 1;
      for (const value of values) {
        const before = counted.values.get(value);
        if (before !== undefined || counted.values.size < MOST_COUNTED) counted.values.set(value, (before ?? 0) + 1);
      }
    }
    if (!this.#buckets) return;
    const bucket = this.#times.get(Math.floor(event.time / this.#buckets.bucketMs) * this.#buckets.bucketMs);
    const key = histogramKey(event.type, this.#buckets.by);
    if (bucket) bucket[key] = (bucket[key] ?? 0) + 1;
  }

  fields(): FieldCounts[] {
    return [...this.#counts].map(([field, { values, events }]) => {
      const ranked = [...values]
        .map(([value, count]) => ({ value, count }))
        .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
      return { field, values: ranked.slice(0, MOST_VALUES), different: values.size, events };
    });
  }

  buckets(): HistogramBucket[] {
    return [...this.#times].map(([fromTime, counts]) => ({ fromTime, counts }));
  }
}

/**
 * How differently the values of each field are spread over some events and over all, the most different first: half the sum of
 * the differences of the shares, so 0 is the same and 1 has nothing in common. Events without a value count as one value.
 */
export function divergences(
  some: { readonly fields: readonly FieldCounts[]; readonly events: number },
  all: { readonly fields: readonly FieldCounts[]; readonly events: number },
): FieldDivergence[] {
  return some.fields
    .map(({ field, values, events }) => {
      const base = all.fields.find((other) => other.field === field);
      const baseCounts = new Map(base?.values.map(({ value, count }) => [value, count]));
      const counts = new Map(values.map(({ value, count }) => [value, count]));
      const names = [...new Set([...counts.keys(), ...baseCounts.keys()])];
      const shares = names.map((value) => ({
        value,
        share: share(counts.get(value), some.events),
        baseline: share(baseCounts.get(value), all.events),
      }));
      const without = share(some.events - events, some.events) - share(all.events - (base?.events ?? 0), all.events);
      const divergence = (shares.reduce((sum, each) => sum + Math.abs(each.share - each.baseline), 0) + Math.abs(without)) / 2;
      const told = shares.sort((a, b) => Math.abs(b.share - b.baseline) - Math.abs(a.share - a.baseline)).slice(0, 8);
      return { field, divergence: Math.min(1, divergence), values: told };
    })
    .filter(({ values }) => values.length > 0)
    .sort((a, b) => b.divergence - a.divergence);
}

function share(count: number | undefined, events: number): number {
  return events === 0 ? 0 : (count ?? 0) / events;
}
