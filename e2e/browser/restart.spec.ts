import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { type GatewayProcess, startGateway } from '../gateway-process.ts';
import { sayByHttp } from './doors.ts';
import { expect, signInTo, test } from './gateway.ts';

// Every row of these tests is in the page at once, not only those in sight.
test.use({ viewport: { width: 1280, height: 2000 } });

test('A6 B15 the open event log goes on by itself after the gateway was killed, and no event is missing in it', async ({ page }) => {
  await using gateway = await startGateway({ args: ['--port', String(await freePort())] });
  await signInTo(gateway, page);
  await page.goto(`${gateway.url()}/events/`);
  const live = page.getByTestId('live-indicator');
  await expect(live).toHaveText(/^Live/);
  await sayByHttp(gateway, 'before the crash');
  await expect(rows(page).filter({ hasText: 'before the crash' }).first()).toBeVisible();

  await gateway.kill();
  await expect(live).toHaveText('Reconnecting');
  await gateway.start();
  await expect(live).toHaveText(/^Live/, { timeout: 15_000 });
  await sayByHttp(gateway, 'after the crash');
  await expect(rows(page).filter({ hasText: 'after the crash' }).first()).toBeVisible();
  await expectEvery(page, gateway);
});

test('A3 B15 a gateway whose views were deleted shows the same events and the same conversation', async ({ page }) => {
  await using gateway = await startGateway({ args: ['--port', String(await freePort())] });
  await signInTo(gateway, page);
  await sayByHttp(gateway, 'where is the pilot station?');
  const { sessionId } = await sayByHttp(gateway, 'and when does it open?');
  const read = async () => {
    await page.goto(`${gateway.url()}/events/?q=session:${sessionId}&range=all`);
    await expect(rows(page).filter({ hasText: 'where is the pilot station?' }).first()).toBeVisible();
    const events = await rows(page).allInnerTexts();
    await page.goto(`${gateway.url()}/sessions/?id=${sessionId}`);
    await expect(page.getByRole('list', { name: 'Timeline' })).toBeVisible();
    await expect(page.getByRole('table', { name: 'Rules in the order they were tried' })).toBeVisible();
    await expect(page.getByRole('main')).toContainText('Shown to the model');
    return { events, session: withoutAge(await page.getByRole('main').innerText()) };
  };
  const before = await read();
  expect(before.events.length).toBeGreaterThan(10);
  expect(before.session).toContain('echo: and when does it open?');

  expect(await gateway.stop()).toBe(0);
  for (const file of ['views.db', 'words.db']) await rm(join(gateway.stateDir, 'state', file));
  for (const rest of ['views.db-wal', 'views.db-shm', 'words.db-wal', 'words.db-shm'])
    await rm(join(gateway.stateDir, 'state', rest), { force: true });
  await gateway.start();
  expect(await read()).toEqual(before);
});

test('A6 B15 eight tabs share one stream, go on within three seconds of the return, and when the tab that reads goes', async ({
  page,
  context,
}) => {
  test.setTimeout(180_000);
  await using gateway = await startGateway({ args: ['--port', String(await freePort())] });
  const streams: string[] = [];
  context.on('request', (request) => {
    if (request.url().includes('/trpc/events.live')) streams.push(request.url());
  });
  await signInTo(gateway, page);
  await page.goto(`${gateway.url()}/events/`);
  await expect(page.getByTestId('live-indicator')).toHaveText(/^Live/);
  const others: Page[] = [];
  for (let count = 1; count < 8; count++) {
    const tab = await context.newPage();
    others.push(tab);
    await tab.goto(`${gateway.url()}/events/`);
    await expect(tab.getByTestId('live-indicator')).toHaveText(/^Live/);
  }
  // One for each load of the first tab, none for the others.
  expect(streams.length).toBeLessThanOrEqual(2);
  await sayByHttp(gateway, 'to all eight');
  for (const tab of [page, ...others]) await expect(rows(tab).filter({ hasText: 'to all eight' }).first()).toBeVisible();

  await gateway.kill();
  for (const tab of [page, ...others]) await expect(tab.getByTestId('live-indicator')).toHaveText('Reconnecting');
  await gateway.start();
  const backAt = performance.now();
  await expect(page.getByTestId('live-indicator')).toHaveText(/^Live/);
  expect(performance.now() - backAt).toBeLessThan(3_000);
  for (const tab of others) await expect(tab.getByTestId('live-indicator')).toHaveText(/^Live/);

  await page.close();
  await sayByHttp(gateway, 'after the reader went');
  for (const tab of others) {
    await expect(rows(tab).filter({ hasText: 'after the reader went' }).first()).toBeVisible();
    await expectEvery(tab, gateway);
  }
});

/** The page shows every event there is, the newest first, each once. */
async function expectEvery(page: Page, gateway: GatewayProcess): Promise<void> {
  const every = async () => {
    const { head } = await gateway.json<{ head: number }>('/api/events?limit=1');
    return Array.from({ length: head }, (_, index) => head - index);
  };
  await expect(async () => expect(await positions(page)).toEqual(await every())).toPass({ timeout: 10_000 });
}

const rows = (page: Page) => page.locator('[data-position]');

async function positions(page: Page): Promise<readonly number[]> {
  const found = await rows(page).evaluateAll((elements) => elements.map((element) => Number(element.getAttribute('data-position'))));
  return found.toSorted((a, b) => b - a);
}

/** How long ago the session was active is another sentence a second later. */
function withoutAge(text: string): string {
  return text.replace(/(?<=Last active\s*\n).*/, '…');
}

/** The page must find the gateway again, so its port stays the same over the restart. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
