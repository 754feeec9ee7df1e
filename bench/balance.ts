/**
 * `npm run bench:balance`: a model behind three endpoints, of which one is slow and one dies and comes back again and again. Measured
 * against the good endpoint alone, in the same run, through the same gateway: how many turns fail, and the 99th percentile.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startGateway } from '../e2e/gateway-process.ts';
import type { Scripted } from '../e2e/stand-ins/model-server.ts';
import { startOpenAi } from '../e2e/stand-ins/openai.ts';

const GOOD_MS = 100;
const SLOW_MS = 2000;
const MOST_RATIO = 2;
const FAULTS: readonly Scripted[] = [
  { fault: 'drop' },
  { fault: 'status', status: 503 },
  { fault: 'cut' },
  { fault: 'break' },
  { fault: 'hang' },
];

const { values } = parseArgs({ options: { turns: { type: 'string', default: '600' }, parallel: { type: 'string', default: '4' } } });
const [turns, parallel] = [Number(values.turns), Number(values.parallel)];

const good = await startOpenAi({ latencyMs: GOOD_MS });
const slow = await startOpenAi({ latencyMs: SLOW_MS });
let asked = 0;
// Healthy for a while, then dying in every way there is, then healthy again.
const dying = await startOpenAi({
  answer: () => {
    asked += 1;
    return asked % 40 < 20 ? { text: 'pong', latencyMs: GOOD_MS } : (FAULTS[asked % FAULTS.length] as Scripted);
  },
});
const endpoints = [good, slow, dying].map(({ url: baseUrl }) => ({ baseUrl }));
const api = 'openai-completions';
await using gateway = await startGateway({
  config: {
    gateway: { logging: { level: 'fatal' } },
    models: {
      providers: {
        alone: { api, baseUrl: good.url },
        balanced: { api, endpoints, hedgeAfter: '150ms', circuit: { failures: 2, openFor: '2s' } },
      },
    },
    agents: { entries: { alone: { model: 'alone/m', default: true }, balanced: { model: 'balanced/m' } } },
  },
});

async function measure(agentId: string): Promise<{ readonly failed: number; readonly sorted: readonly number[] }> {
  const times: number[] = [];
  let failed = 0;
  let next = 0;
  const one = async (worker: number) => {
    while (next++ < turns) {
      const startedAt = performance.now();
      const body = JSON.stringify({ from: `${agentId}${worker}`, text: 'ping', agentId });
      const answer = await gateway
        .json<{ status?: string; reply?: string }>('/api/messages?wait=30s', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body,
        })
        .catch(() => undefined);
      times.push(performance.now() - startedAt);
      if (answer?.status !== 'delivered' || answer.reply !== 'pong') failed += 1;
    }
  };
  await Promise.all(Array.from({ length: parallel }, (_, worker) => one(worker)));
  return { failed, sorted: times.toSorted((a, b) => a - b) };
}

const percentile = (sorted: readonly number[], share: number) =>
  Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);

const alone = await measure('alone');
await delay(100);
const balanced = await measure('balanced');
const row = (name: string, { failed, sorted }: typeof alone) =>
  console.log(
    `${name.padEnd(28)} ${turns} turns, ${failed} failed, p50 ${percentile(sorted, 0.5)} ms, p99 ${percentile(sorted, 0.99)} ms, most ${percentile(sorted, 1)} ms`,
  );
row('the good endpoint alone', alone);
row('with a slow and a dying one', balanced);
const ratio = percentile(balanced.sorted, 0.99) / percentile(alone.sorted, 0.99);
console.log(
  `p99 ratio ${ratio.toFixed(2)} (at most ${MOST_RATIO}); asked: good ${good.requests.length}, slow ${slow.requests.length}, dying ${asked}`,
);
await Promise.all([good.close(), slow.close(), dying.close()]);
if (balanced.failed > 0 || ratio > MOST_RATIO) process.exitCode = 1;
