/**
 * A Datadog agent over DogStatsD. Counters are sent as what was added since the last push. A histogram is `….count`, `….sum`
 * and `….bucket` with the tag `upper_bound`, as Datadog's own check of Prometheus endpoints names them. Nobody answers over
 * UDP: only what fails on this machine is noticed.
 */
import { StatsD } from 'hot-shots';
import { egress, hostOf, portOf } from '../../egress/index.ts';
import type { Family } from '../registry.ts';
import type { ExportSettings, Target } from './target.ts';

/** What fits into one packet of most networks. */
const MAX_PACKET_BYTES = 1432;
/** Closing waits eleven of these at most for what is on its way. */
const CLOSING_STEP_MS = 200;

export type Figure = { readonly name: string; readonly kind: 'count' | 'gauge'; readonly tags: readonly string[]; readonly value: number };

export function createDatadogTarget({ endpoint }: ExportSettings, gatewayId: string): Target {
  const url = new URL(endpoint);
  const port = portOf(url);
  // What was sent of each counter, so that the next push sends what came since.
  let sent: ReadonlyMap<string, number> = new Map();
  return {
    push: async (snapshot) => {
      const { figures, totals } = figuresSince(await snapshot.families(), sent);
      const [to] = await egress.to(url).resolve({ host: hostOf(url), port });
      if (to) await sendAll({ host: to.address, port }, to.family, [`gateway:${gatewayId}`], figures);
      sent = totals;
    },
    close: async () => undefined,
  };
}

/** What there is to send when `sent` has been sent already, and what will have been sent then. */
export function figuresSince(
  families: readonly Family[],
  sent: ReadonlyMap<string, number>,
): { readonly figures: readonly Figure[]; readonly totals: ReadonlyMap<string, number> } {
  const totals = new Map<string, number>();
  const figures: Figure[] = [];
  for (const { name: family, type, samples } of families) {
    for (const { name, labels, value } of samples) {
      if (!Number.isFinite(value)) continue;
      const { le, ...own } = labels;
      const tags = Object.entries(le === undefined ? own : { ...own, upper_bound: le }).map(([label, text]) => `${label}:${text}`);
      const dotted = name === family ? name : `${family}.${name.slice(family.length + 1)}`;
      if (type === 'gauge') {
        figures.push({ name: dotted, kind: 'gauge', tags, value });
        continue;
      }
      const series = `${name} ${tags.join(' ')}`;
      const added = value - (sent.get(series) ?? 0);
      totals.set(series, value);
      if (added > 0) figures.push({ name: dotted, kind: 'count', tags, value: added });
    }
  }
  return { figures, totals };
}

/** One client for each push, which is closed when all is on its way. */
function sendAll(
  address: { readonly host: string; readonly port: number },
  family: number,
  tags: string[],
  figures: readonly Figure[],
): Promise<void> {
  return new Promise((resolve, reject) => {
    let failure: Error | undefined;
    const client = new StatsD({
      ...address,
      protocol: 'udp',
      udpSocketOptions: { type: family === 6 ? 'udp6' : 'udp4' },
      globalTags: tags,
      maxBufferSize: MAX_PACKET_BYTES,
      closingFlushInterval: CLOSING_STEP_MS,
      errorHandler: (error) => {
        failure ??= error;
      },
    });
    for (const { name, kind, tags: own, value } of figures) {
      if (kind === 'gauge') client.gauge(name, value, [...own]);
      else client.increment(name, value, [...own]);
    }
    // Flushed before: a close whose own flush fails leaves the socket open.
    client.flush((error) => {
      failure ??= error ?? undefined;
      client.close((closing?: Error) => {
        if (failure ?? closing) reject(failure ?? closing);
        else resolve();
      });
    });
  });
}
