import { fileURLToPath } from 'node:url';
import type { BrowserContext, Page } from '@playwright/test';
import type { GatewayProcess } from '../gateway-process.ts';
import { openWebSocket, type Say, sayByCommand, sayByHttp, sayInConsole } from './doors.ts';
import { expect, test } from './gateway.ts';

const DOORS = ['HTTP', 'the command line', 'the WebSocket', 'the Console'] as const;
const ROUNDS = 6;
const LIVE_P95_MS = 300;

for (const door of DOORS) {
  test(`A10 B15 a message by ${door} is answered, and its row appears in the open event log`, async ({ page, gateway, signIn }) => {
    await signIn();
    await openEvents(page, gateway);
    await using doors = await openDoors(gateway, page.context());
    const text = `a question by ${door} ${Date.now()}`;
    const answer = await doors.say[door](text);
    expect(answer).toContain(`echo: ${text}`);
    await expect(page.locator('[data-position]').filter({ hasText: text }).first()).toBeVisible();
    await expect(page.getByTestId('tail-state')).toHaveCount(0);
  });
}

test(`A10 B15 messages stand on the screen at most ${LIVE_P95_MS} ms after they were taken (p95), whatever the door`, async ({
  page,
  gateway,
  signIn,
}) => {
  await page.addInitScript({ path: fileURLToPath(new URL('row-watch.js', import.meta.url)) });
  await signIn();
  await openEvents(page, gateway);
  await using doors = await openDoors(gateway, page.context());
  const { head: before } = await gateway.json<{ head: number }>('/api/events?limit=1');
  for (let round = 0; round < ROUNDS; round++) {
    for (const door of DOORS) await doors.say[door](`measured ${round} by ${door}`);
  }
  const events = await eventsAfter(gateway, before);
  const received = events.filter(({ type }) => type === 'message.received');
  expect(received).toHaveLength(ROUNDS * DOORS.length);

  const shownAt = await expect
    .poll(() => page.evaluate<Record<string, number>>('window.rowsShownAt'), 'every event gets its row')
    .toEqual(expect.objectContaining(Object.fromEntries(events.map(({ position }) => [position, expect.any(Number)]))))
    .then(() => page.evaluate<Record<string, number>>('window.rowsShownAt'));
  const delays = (some: readonly Event[]) => some.map(({ position, time }) => (shownAt[position] ?? Number.POSITIVE_INFINITY) - time);
  const ofMessages = quantiles(delays(received));
  const ofAll = quantiles(delays(events));
  console.log(`committed → visible: ${received.length} messages ${inWords(ofMessages)}; ${events.length} events ${inWords(ofAll)}`);
  expect(ofMessages.p95).toBeLessThanOrEqual(LIVE_P95_MS);
});

type Event = { readonly position: number; readonly time: number; readonly type: string };
type Quantiles = { readonly p50: number; readonly p95: number; readonly max: number };

async function openEvents(page: Page, gateway: GatewayProcess): Promise<void> {
  await page.goto(`${gateway.url()}/events/`);
  await expect(page.getByTestId('live-indicator')).toHaveText(/^Live/);
  await expect(page.locator('[data-position]').first()).toBeVisible();
}

/** All four doors of a gateway; the Console in a tab of its own. */
async function openDoors(gateway: GatewayProcess, context: BrowserContext) {
  const socket = await openWebSocket(gateway);
  const tab = await context.newPage();
  await tab.goto(`${gateway.url()}/console/`);
  const say: Record<(typeof DOORS)[number], Say> = {
    HTTP: async (text) => (await sayByHttp(gateway, text)).reply ?? '',
    'the command line': (text) => sayByCommand(gateway, text),
    'the WebSocket': socket.say,
    'the Console': (text) => sayInConsole(tab, text),
  };
  return { say, [Symbol.asyncDispose]: () => socket[Symbol.asyncDispose]() };
}

async function eventsAfter(gateway: GatewayProcess, position: number): Promise<readonly Event[]> {
  const found: Event[] = [];
  for (;;) {
    const after = found.at(-1)?.position ?? position;
    const { rows } = await gateway.json<{ rows: readonly Event[] }>(`/api/events?limit=500&after=${after}`);
    if (rows.length === 0) return found;
    found.push(...rows);
  }
}

function quantiles(values: readonly number[]): Quantiles {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
  return { p50: at(0.5), p95: at(0.95), max: at(1) };
}

const inWords = ({ p50, p95, max }: Quantiles) => `p50 ${p50} ms, p95 ${p95} ms, max ${max} ms`;
