/** Whether people who look hold up people who write: messages alone, then beside ten dashboards and an export of everything. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Result } from '../report.ts';
import { quantile } from '../statistics.ts';
import type { World } from './world.ts';

const WARM_UP = 200;
/** Of so many, the slowest hundredth are enough to tell a tenth from chance. */
const MESSAGES = 1_500;
const DASHBOARDS = 10;
const MOST_RISE = 0.1;

export async function measureIsolation({ gateway }: World): Promise<Result[]> {
  const [url, token] = [gateway.url(), await gateway.token()];
  await messages(url, token, WARM_UP);
  const before = await messages(url, token, MESSAGES);
  const lookers = new Worker(new URL('./lookers.worker.ts', import.meta.url), { workerData: { url, token, dashboards: DASHBOARDS } });
  await gateway.json('/api/exports', { method: 'POST', body: JSON.stringify({ format: 'jsonl' }) });
  await messages(url, token, WARM_UP);
  const startedAt = performance.now();
  const beside = await messages(url, token, MESSAGES);
  const seconds = (performance.now() - startedAt) / 1_000;
  const answered = once(lookers, 'message');
  lookers.postMessage('end');
  const [answers] = (await answered) as [number];
  const after = await messages(url, token, MESSAGES);
  const p99 = (values: readonly number[]) => quantile(values, 0.99);
  const alone = p99([...before, ...after]);
  return [
    { name: `message, p99 of ${2 * MESSAGES}, alone`, value: alone, unit: 'ms' },
    { name: 'message, p99, beside ten dashboards and an export', value: p99(beside), unit: 'ms' },
    { name: 'answers to the dashboards meanwhile', value: answers / seconds, unit: '/s' },
    { name: 'rise of the p99', value: (p99(beside) / alone - 1) * 100, unit: '%', limit: { atMost: MOST_RISE * 100 } },
  ];
}

/** How long each of so many messages took until it was acknowledged, one after the other. */
async function messages(url: string, token: string, count: number): Promise<readonly number[]> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const tookMs: number[] = [];
  for (let sent = 0; sent < count; sent++) {
    const startedAt = performance.now();
    const answer = await fetch(`${url}/api/messages`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ from: 'bench', text: `message ${sent}` }),
    });
    if (!answer.ok) throw new Error(`a message → ${answer.status} ${await answer.text()}`);
    await answer.arrayBuffer();
    tookMs.push(performance.now() - startedAt);
  }
  return tookMs;
}
