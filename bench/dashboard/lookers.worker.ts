/** Ten dashboards that ask again and again what an open one asks, in a thread of their own that gives way: their own work, which people's machines do, holds up no message. */
import { parentPort, workerData } from 'node:worker_threads';
import { yieldToMessages } from '../../packages/db/src/thread-rank.ts';

yieldToMessages();
const { url, token, dashboards } = workerData as { readonly url: string; readonly token: string; readonly dashboards: number };
const DAY_MS = 86_400_000;
let over = false;
let answers = 0;

async function ask(path: string, input: object): Promise<void> {
  const query = Object.keys(input).length === 0 ? '' : `?input=${encodeURIComponent(JSON.stringify(input))}`;
  const answer = await fetch(`${url}/trpc/${path}${query}`, { headers: { authorization: `Bearer ${token}` } });
  if (!answer.ok) throw new Error(`${path} → ${answer.status} ${await answer.text()}`);
  await answer.arrayBuffer();
  answers += 1;
}

async function look(): Promise<void> {
  const range = { fromTime: Date.now() - 30 * DAY_MS, toTime: Date.now() };
  while (!over) {
    await ask('events.list', { filter: {}, limit: 100 });
    await ask('events.facets', { ...range, filter: {} });
    await ask('events.histogram', { ...range, buckets: 80, filter: {} });
    await ask('overview.summary', {});
  }
}

parentPort?.once('message', () => {
  over = true;
});
await Promise.all(Array.from({ length: dashboards }, look));
parentPort?.postMessage(answers);
parentPort?.close();
