/** Whether people who look hold up people who write: messages alone, then beside ten dashboards and an export of everything. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Result } from '../report.ts';
import { quantile } from '../statistics.ts';
import type { World } from './world.ts';

/** By turns, so that what the machine does meanwhile meets both; of so many, the slowest hundredth are enough to tell a tenth from chance. */
const ROUNDS = 5;
const MESSAGES = 2_000;
const WARM_UP = 200;
const A_CONVERSATION = 20;
const DASHBOARDS = 10;
const MOST_RISE = 0.1;

export async function measureIsolation({ gateway }: World): Promise<Result[]> {
  const [url, token] = [gateway.url(), await gateway.token()];
  const alone: number[] = [];
  const beside: number[] = [];
  let answers = 0;
  let seconds = 0;
  await messages(url, token, WARM_UP);
  for (let round = 0; round < ROUNDS; round++) {
    alone.push(...(await messages(url, token, MESSAGES)));
    const lookers = new Worker(new URL('./lookers.worker.ts', import.meta.url), { workerData: { url, token, dashboards: DASHBOARDS } });
    const startedAt = performance.now();
    const { id } = await gateway.json<{ readonly id: string }>('/api/exports', {
      method: 'POST',
      body: JSON.stringify({ format: 'jsonl' }),
    });
    await messages(url, token, WARM_UP);
    beside.push(...(await messages(url, token, MESSAGES)));
    const answered = once(lookers, 'message');
    lookers.postMessage('end');
    answers += ((await answered) as [number])[0];
    seconds += (performance.now() - startedAt) / 1_000;
    await gateway.json(`/api/exports/${id}`, { method: 'DELETE' });
    await messages(url, token, WARM_UP);
  }
  const p99 = (values: readonly number[]) => quantile(values, 0.99);
  return [
    { name: `message until it is answered, p99 of ${ROUNDS * MESSAGES}, alone`, value: p99(alone), unit: 'ms' },
    { name: 'the same, beside ten dashboards and an export', value: p99(beside), unit: 'ms' },
    { name: 'p50, alone', value: quantile(alone, 0.5), unit: 'ms' },
    { name: 'p50, beside', value: quantile(beside, 0.5), unit: 'ms' },
    { name: 'answers to the dashboards meanwhile', value: answers / seconds, unit: '/s' },
    { name: 'rise of the p99', value: (p99(beside) / p99(alone) - 1) * 100, unit: '%', limit: { atMost: MOST_RISE * 100 } },
  ];
}

let said = 0;

/** How long each of so many messages took until it was answered, one after the other. */
async function messages(url: string, token: string, count: number): Promise<readonly number[]> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const tookMs: number[] = [];
  for (let sent = 0; sent < count; sent++) {
    const startedAt = performance.now();
    const answer = await fetch(`${url}/api/messages?wait=30s`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ from: `bench-${Math.floor(said++ / A_CONVERSATION)}`, text: `message ${sent}` }),
    });
    if (!answer.ok) throw new Error(`a message → ${answer.status} ${await answer.text()}`);
    await answer.arrayBuffer();
    tookMs.push(performance.now() - startedAt);
  }
  return tookMs;
}
