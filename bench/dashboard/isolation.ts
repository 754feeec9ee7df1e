/** Whether people who look hold up people who write: messages alone, then beside ten dashboards and an export of everything. */
import type { GatewayProcess } from '../../e2e/gateway-process.ts';
import type { Result } from '../report.ts';
import { quantile } from '../statistics.ts';
import { ask } from './reads.ts';
import type { World } from './world.ts';

const MESSAGES = 300;
const DASHBOARDS = 10;
const MOST_RISE = 0.1;
const DAY_MS = 86_400_000;

export async function measureIsolation({ gateway }: World): Promise<Result[]> {
  await messages(gateway, 50);
  const alone = await messages(gateway, MESSAGES);
  const over = new AbortController();
  const looking = Array.from({ length: DASHBOARDS }, () => look(gateway, over.signal));
  const exported = gateway.json('/api/exports', { method: 'POST', body: JSON.stringify({ format: 'jsonl' }) });
  await exported;
  const beside = await messages(gateway, MESSAGES);
  over.abort();
  await Promise.all(looking);
  const p99 = (values: readonly number[]) => quantile(values, 0.99);
  return [
    { name: `message, p99 of ${MESSAGES}, alone`, value: p99(alone), unit: 'ms' },
    { name: 'message, p99, beside ten dashboards and an export', value: p99(beside), unit: 'ms' },
    { name: 'rise of the p99', value: (p99(beside) / p99(alone) - 1) * 100, unit: '%', limit: { atMost: MOST_RISE * 100 } },
  ];
}

/** Asks what an open dashboard asks, again and again. */
async function look(gateway: GatewayProcess, signal: AbortSignal): Promise<void> {
  const range = { fromTime: Date.now() - 30 * DAY_MS, toTime: Date.now() };
  while (!signal.aborted) {
    await ask(gateway, 'events.list', { filter: {}, limit: 100 });
    await ask(gateway, 'events.facets', { ...range, filter: {} });
    await ask(gateway, 'events.histogram', { ...range, buckets: 80, filter: {} });
    await ask(gateway, 'overview.summary', {});
  }
}

async function messages(gateway: GatewayProcess, count: number): Promise<readonly number[]> {
  const tookMs: number[] = [];
  for (let sent = 0; sent < count; sent++) {
    const startedAt = performance.now();
    await gateway.json('/api/messages', { method: 'POST', body: JSON.stringify({ from: 'bench', text: `message ${sent}` }) });
    tookMs.push(performance.now() - startedAt);
  }
  return tookMs;
}
