/** The metrics page's calls, before a real store. */
import type { Sample } from '@openclaw-gateway/db';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Door, openDoor } from './door-fixture.ts';

const SECOND_MS = 1000;

let door: Door;
/** Long enough ago that no step is still under way. */
let at = 0;

beforeAll(async () => {
  door = await openDoor();
  at = Math.floor(Date.now() / (60 * SECOND_MS)) * 60 * SECOND_MS - 2 * 60 * SECOND_MS;
  await record(at, [
    counted('openclaw_messages_received_total', 6, { channel: 'telegram', outcome: 'accepted' }),
    counted('openclaw_messages_received_total', 30, { channel: 'http', outcome: 'accepted' }),
    counted('openclaw_messages_settled_total', 3, { channel: 'telegram', status: 'dead_lettered' }),
    counted('openclaw_messages_settled_total', 33, { channel: 'http', status: 'delivered' }),
    counted('openclaw_reply_duration_seconds_bucket', 8, { channel: 'http', gt: '0.5', le: '1' }),
    counted('openclaw_reply_duration_seconds_bucket', 2, { channel: 'http', gt: '20.48', le: '+Inf' }),
    counted('process_cpu_seconds_total', 5, {}),
    { name: 'process_resident_memory_bytes', labels: {}, fold: 'highest', value: 1e8 },
    counted('openclaw_event_log_commit_duration_seconds_bucket', 4, { gt: '0', le: '0.001' }),
  ]);
});

afterAll(() => door.close());

const counted = (name: string, value: number, labels: Record<string, string>) => ({ name, labels, fold: 'sum', value }) as const;
const record = (time: number, figures: Sample['figures']) => door.store.measurements.record({ time, figures });
const ask = async (path: string, input?: unknown) => (await door.query(`metrics.${path}`, input)).body.result.data;

test('B15 C2 channels: the busiest first, with what went wrong and how long it took', async () => {
  const { rows, fromTime, stepMs, oldestTime, enabled } = await ask('work', { kind: 'channel', span: '1h' });
  expect({ stepMs, oldestTime, enabled }).toEqual({ stepMs: 10 * SECOND_MS, oldestTime: at, enabled: true });
  expect(rows.map(({ labels, count, failed, p50 }: Record<string, unknown>) => [labels, count, failed, p50])).toEqual([
    [{ channel: 'http' }, 30, 0, 0.8125],
    [{ channel: 'telegram' }, 6, 3, null],
  ]);
  const [{ counts }] = rows;
  expect(counts.length).toBe(360);
  expect(counts[(at - fromTime) / stepMs]).toBe(30);
  expect(counts[(at - fromTime) / stepMs - 1]).toBeNull();
});

test.each(['6h', '24h', '7d'])('B15 C2 over %s nothing that was counted is lost', async (span) => {
  const { rows } = await ask('work', { kind: 'channel', span });
  expect(rows.map(({ count }: { count: number }) => count)).toEqual([30, 6]);
});

test('B15 C2 charts: gauges as they are, counters as rates, histograms as quantiles', async () => {
  const { charts, fromTime, stepMs } = await ask('charts', { span: '6h' });
  const step = (at - fromTime) / stepMs;
  const shown = (name: string) =>
    charts
      .find((chart: { name: string }) => chart.name === name)
      .lines.map(({ line, values }: { line: string; values: number[] }) => [line, values[step]]);
  expect(shown('processor')).toEqual([['process', 5 / 60]]);
  expect(shown('memory')).toEqual([['process', 1e8]]);
  expect(shown('commit')).toEqual([
    ['p50', 0.0005],
    ['p99', 0.00099],
  ]);
});

test('C2 objectives: how much of what may go wrong is left, and how fast it is used', async () => {
  const found = await ask('objectives');
  const [answered, reply, durable] = found;
  expect(answered).toMatchObject({ name: 'answered', target: 0.99, all: 36, bad: 3, state: 'spent' });
  expect(answered.budgetLeft).toBeCloseTo(1 - 3 / 36 / 0.01, 6);
  expect(answered.burn.hour).toBeCloseTo(3 / 36 / 0.01, 6);
  expect(reply).toMatchObject({ name: 'reply', withinSeconds: 10.24, all: 10, bad: 2, state: 'spent' });
  expect(durable).toMatchObject({ name: 'durable', all: 0, state: 'unknown', budgetLeft: 1 });
  expect(answered.burns.length).toBe(7 * 24);
});

test('C2 what Prometheus is told names the address by which the page was opened, and nothing else is taken for one', async () => {
  const { text } = await ask('scrapeConfig', { target: 'gateway.example:443', scheme: 'https' });
  expect(text).toContain('targets: ["gateway.example:443"]');
  expect(text).toContain('metrics_path: "/metrics"');
  expect((await door.query('metrics.scrapeConfig', { target: 'a b:1', scheme: 'https' })).status).toBe(400);
});

test('B15 a span that there is not is refused', async () => {
  expect((await door.query('metrics.charts', { span: '1y' })).status).toBe(400);
});
