/** What the open event log does while events are committed: how soon they are seen, and whether the page stays quick. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { GatewayProcess } from '../../e2e/gateway-process.ts';
import type { Result } from '../report.ts';
import { quantile } from '../statistics.ts';
import { untilInPage, type World } from './world.ts';

const ROW_WATCH = readFileSync(join(import.meta.dirname, '../../e2e/browser/row-watch.js'), 'utf8');
const MESSAGES = 24;
const EVENTS_A_MESSAGE = 12;
const EVENTS_A_SECOND = 2_000;
/** So many people write at a time, and others after so many messages each. */
const PEOPLE = 50;
const A_CONVERSATION = 20;
const WARM_UP_MS = 3_000;
const MB = 1_000_000;

const FRAMES = `(() => {
  const frames = []; const tasks = [];
  let before = performance.now();
  const next = (now) => { frames.push(now - before); before = now; requestAnimationFrame(next); };
  requestAnimationFrame(next);
  new PerformanceObserver((list) => list.getEntries().forEach((entry) => tasks.push(entry.duration))).observe({ type: 'longtask' });
  window.framesOfBench = frames; window.tasksOfBench = tasks;
})()`;

export async function measureVisible(world: World): Promise<Result[]> {
  const { page, context } = await world.signedIn();
  await page.addInitScript(ROW_WATCH);
  await page.goto(`${world.gateway.url()}/events/`);
  await page.locator('[data-position]').first().waitFor();
  const committed = new Map<number, number>();
  for (let message = 0; message < MESSAGES; message++) {
    const { position } = await post(world.gateway, `seen ${message}`);
    const event = await world.gateway.json<{ readonly time: number }>(`/api/events/${position}`);
    committed.set(position, event.time);
    await delay(150);
  }
  await page.locator(`[data-position="${[...committed.keys()].at(-1)}"]`).waitFor();
  const shownAt = await page.evaluate<Record<string, number>>('window.rowsShownAt');
  await context.close();
  const delays = [...committed].map(([position, time]) => (shownAt[position] ?? Number.POSITIVE_INFINITY) - time);
  return [{ name: `from commit to its row, p95 of ${MESSAGES}`, value: quantile(delays, 0.95), unit: 'ms', limit: { atMost: 300 } }];
}

export async function measureTail(world: World): Promise<Result[]> {
  const { page, context } = await world.signedIn();
  await page.addInitScript(FRAMES);
  await page.goto(`${world.gateway.url()}/events/`);
  await page.locator('[data-position]').first().waitFor();
  const before = (await world.gateway.json<{ readonly head: number }>('/api/events?limit=1')).head;
  await load(world.gateway, WARM_UP_MS);
  const heap = () => page.evaluate<number>('(window.gc?.(), performance.memory.usedJSHeapSize)');
  const heapBefore = await heap();
  await page.evaluate('window.framesOfBench.length = 0, window.tasksOfBench.length = 0');
  const startedAt = performance.now();
  await load(world.gateway, world.tailSeconds * 1_000);
  const seconds = (performance.now() - startedAt) / 1_000;
  const { frames, tasks } = await page.evaluate<{ frames: number[]; tasks: number[] }>(
    '({ frames: window.framesOfBench, tasks: window.tasksOfBench })',
  );
  const heapGrowth = ((await heap()) - heapBefore) / MB;
  const { head } = await world.gateway.json<{ readonly head: number }>('/api/events?limit=1');
  // What was taken last is still being answered: the page may be past this position already.
  await untilInPage(
    page,
    `Number(document.querySelector('[data-testid=live-indicator]').textContent.match(/[\\d,]+/)?.[0].replaceAll(',', '')) >= ${head}`,
  );
  await context.close();
  return [
    { name: `live tail: events a second, for ${Math.round(seconds)} s`, value: (head - before) / seconds, unit: '/s' },
    { name: 'live tail: frames a second, p50', value: 1_000 / quantile(frames, 0.5), unit: '/s', limit: { atLeast: 50 } },
    { name: 'live tail: longest task', value: Math.max(0, ...tasks), unit: 'ms', limit: { atMost: 200 } },
    { name: 'live tail: growth of the heap', value: heapGrowth, unit: 'MB', limit: { atMost: 20 } },
  ];
}

let said = 0;

/** Messages that together make about 2,000 events a second. */
async function load(gateway: GatewayProcess, forMs: number): Promise<void> {
  const everyMs = (1_000 * EVENTS_A_MESSAGE) / EVENTS_A_SECOND;
  const startedAt = performance.now();
  const underWay = new Set<Promise<unknown>>();
  for (let sent = 0; performance.now() - startedAt < forMs; sent++) {
    const from = `p${Math.floor(said / (PEOPLE * A_CONVERSATION))}-${said % PEOPLE}`;
    said += 1;
    const sending: Promise<unknown> = post(gateway, `tail ${sent}`, from)
      .catch(() => undefined)
      .finally(() => underWay.delete(sending));
    underWay.add(sending);
    if (underWay.size > 64) await Promise.race(underWay);
    const aheadMs = sent * everyMs - (performance.now() - startedAt);
    if (aheadMs > 0) await delay(aheadMs);
  }
  await Promise.all(underWay);
}

function post(gateway: GatewayProcess, text: string, from = 'bench'): Promise<{ readonly position: number }> {
  return gateway.json('/api/messages', { method: 'POST', body: JSON.stringify({ from, text }) });
}
