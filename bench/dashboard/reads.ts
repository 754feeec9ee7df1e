/** How long the gateway takes for what the events page asks, as a browser asks it. */
import type { GatewayProcess } from '../../e2e/gateway-process.ts';
import type { Result } from '../report.ts';
import { quantile } from '../statistics.ts';
import type { World } from './world.ts';

const SAMPLES = 100;
const READ_P95_MS = 50;
const DAY_MS = 86_400_000;

export async function measureReads({ gateway, history }: World): Promise<Result[]> {
  const range = { fromTime: Date.now() - 30 * DAY_MS, toTime: Date.now() };
  const session = history.sessions[0] ?? history.longSession;
  const questions: Readonly<Record<string, (sample: number) => readonly [string, object]>> = {
    'list, every event': (sample) => ['events.list', { filter: {}, before: 1 + ((sample * 7_919) % history.events), limit: 100 }],
    'list, one type': () => ['events.list', { filter: { query: 'type:message.received' }, limit: 100 }],
    'list, a session': () => ['events.list', { filter: { query: `session:${session}` }, limit: 100 }],
    facets: () => ['events.facets', { ...range, filter: {} }],
    'facets of a type and a channel': () => ['events.facets', { ...range, filter: { query: 'type:message.* channel:telegram' } }],
    bars: () => ['events.histogram', { ...range, buckets: 80, filter: {} }],
    'one event': (sample) => ['events.get', { position: 1 + ((sample * 7_919) % history.events) }],
    overview: () => ['overview.summary', {}],
  };
  const results: Result[] = [];
  for (const [name, question] of Object.entries(questions)) {
    const tookMs: number[] = [];
    for (let sample = 0; sample < SAMPLES; sample++) {
      const startedAt = performance.now();
      await ask(gateway, ...question(sample));
      tookMs.push(performance.now() - startedAt);
    }
    results.push({ name: `read: ${name}, p95`, value: quantile(tookMs, 0.95), unit: 'ms', limit: { atMost: READ_P95_MS } });
  }
  const startedAt = performance.now();
  await ask(gateway, 'events.breakdown', { ...range, buckets: 80, filter: {} });
  results.push({ name: 'read: the newest 50,000 by value', value: performance.now() - startedAt, unit: 'ms', limit: { atMost: 2_000 } });
  return results;
}

/** One call of the dashboard's router. */
export async function ask(gateway: GatewayProcess, path: string, input: object): Promise<void> {
  const query = Object.keys(input).length === 0 ? '' : `?input=${encodeURIComponent(JSON.stringify(input))}`;
  const answer = await gateway.request(`/trpc/${path}${query}`);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${path} → ${answer.status} ${text}`);
}
