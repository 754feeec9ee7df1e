/** The one registry of the process, and metrics made from their definitions. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, type MetricObjectWithValues, type MetricValue, Registry } from 'prom-client';
import { type Definition, definitionOf, type LabelOf, METRICS, type MetricName, type NameOf } from './definitions.ts';

const registry = new Registry();
const registers = [registry];

/** The media type of `metricsText`. */
export const METRICS_MEDIA_TYPE = registry.contentType;

export function counter<N extends NameOf<'counter'>>(name: N): Counter<LabelOf<N>> {
  const { help, labels } = METRICS[name];
  return new Counter({ name, help, labelNames: labels as readonly LabelOf<N>[], registers });
}

export function histogram<N extends NameOf<'histogram'>>(name: N): Histogram<LabelOf<N>> {
  const { help, labels, buckets } = METRICS[name];
  return new Histogram({ name, help, labelNames: labels as readonly LabelOf<N>[], buckets: [...buckets], registers });
}

type Report<N extends MetricName> = (labels: { readonly [L in LabelOf<N>]: string }, value: number) => void;

/** A gauge that is asked when somebody looks. A second one of the same name takes the first one's place. */
export function gauge<N extends NameOf<'gauge'>>(name: N, collect: (set: Report<N>) => void | Promise<void>): void {
  registry.removeSingleMetric(name);
  const { help, labels } = METRICS[name];
  new Gauge({
    name,
    help,
    labelNames: labels as readonly LabelOf<N>[],
    registers,
    async collect() {
      this.reset();
      await collect((at, value) => this.set(at, value));
    },
  });
}

/** The same for something that counts by itself. */
export function countedElsewhere<N extends NameOf<'counter'>>(name: N, collect: (set: Report<N>) => void | Promise<void>): void {
  registry.removeSingleMetric(name);
  const { help, labels } = METRICS[name];
  new Counter({
    name,
    help,
    labelNames: labels as readonly LabelOf<N>[],
    registers,
    async collect() {
      this.reset();
      await collect((at, value) => this.inc(at, value));
    },
  });
}

/** Adds what the library measures of the runtime, as far as it is defined here. */
export function addBuiltIns(): void {
  const own = new Set(registeredNames());
  // Its own probe of the event loop is not used; ours counts what is late only.
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 1000 });
  for (const name of registeredNames()) {
    if (!own.has(name) && definitionOf(name)?.builtIn !== true) registry.removeSingleMetric(name);
  }
}

/** All metrics in Prometheus' text format; those that are not `wanted` are left out. */
export async function metricsText(wanted: (name: string) => boolean = () => true): Promise<string> {
  const texts = await Promise.all(
    registeredNames()
      .filter(wanted)
      .map((name) => registry.getSingleMetricAsString(name)),
  );
  return `${texts.join('\n')}\n`;
}

export type Family = {
  readonly name: string;
  readonly type: Definition['type'];
  readonly samples: readonly { readonly name: string; readonly labels: Readonly<Record<string, string>>; readonly value: number }[];
};

/** All metrics with their values, for those who send them in another format. */
export async function metricFamilies(wanted: (name: string) => boolean = () => true): Promise<readonly Family[]> {
  return await Promise.all(registeredNames().filter(wanted).map(familyOf));
}

async function familyOf(name: string): Promise<Family> {
  const metric = registry.getSingleMetric(name);
  const read = (await metric?.get()) as MetricObjectWithValues<MetricValue<string> & { readonly metricName?: string }> | undefined;
  const samples = (read?.values ?? []).map(({ labels, value, metricName = name }) => ({
    name: metricName,
    labels: Object.fromEntries(Object.entries(labels).map(([label, text]) => [label, String(text)])),
    value,
  }));
  return { name, type: definitionOf(name)?.type ?? 'gauge', samples };
}

function registeredNames(): string[] {
  return registry.getMetricsAsArray().map((metric) => (metric as unknown as { readonly name: string }).name);
}
