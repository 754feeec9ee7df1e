import type { Page } from '@playwright/test';
import { startGateway } from '../gateway-process.ts';
import { sayByHttp } from './doors.ts';
import { expect, signInTo, test } from './gateway.ts';

test.describe.configure({ timeout: 180_000 });

/** The gateway measures itself every ten seconds, the page looks as often, and a minute is shown when it is over. */
const MEASURED = { timeout: 90_000 };

const chart = (page: Page, title: string) => page.getByRole('main').getByRole('region', { name: title, exact: true });

test('B15 C2 Metrics: what was said is in the charts, in the table and in the events of its time', async ({ page, gateway, signIn }) => {
  for (const text of ['first', 'second', 'third']) await sayByHttp(gateway, `${text}: is the lock open?`);
  await signIn();
  await page.goto(`${gateway.url()}/metrics/`);
  const table = page.getByRole('main').getByRole('table', { name: 'Channels: rate, errors and duration' });
  await expect(table.locator('[data-row=http]').getByRole('cell').nth(1)).not.toHaveText('0', MEASURED);
  await expect(page.locator('[data-objective=answered]')).toHaveAttribute('data-state', 'met', MEASURED);
  await expect(chart(page, 'Rate').locator('canvas')).toBeVisible();

  await page.getByRole('radio', { name: 'Models' }).check();
  const events = page.locator('[data-row^="echo"]').getByRole('link').first();
  await expect(events).toHaveAttribute('href', /\/events\/\?q=model:echo.*&range=1h$/, MEASURED);

  await page.getByRole('radio', { name: 'Agents' }).check();
  await expect(page).toHaveURL(/kind=agent/);
  await expect(page.locator('[data-row=main]')).toBeVisible(MEASURED);

  // The chart by keyboard: its end, a step back, and the time there.
  const slider = chart(page, 'Rate').getByRole('slider');
  await slider.focus();
  await page.keyboard.press('End');
  await page.keyboard.press('ArrowLeft');
  await expect(slider).toHaveAttribute('aria-valuetext', /main /);
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/[?&]at=\d+/);
  await expect(chart(page, 'Duration').getByRole('link', { name: /^Events of / })).toBeVisible();

  await chart(page, 'Rate').getByRole('button', { name: 'Show as a table' }).click();
  const rows = chart(page, 'Rate').getByRole('table').getByRole('row');
  await expect(rows.nth(1)).toBeVisible();
  const busy = rows.filter({ has: page.getByRole('cell', { name: /[1-9]/ }) }).first();
  await busy.getByRole('link').click();
  await expect(page).toHaveURL(/\/events\/\?.*range=custom/);
  await expect(page.locator('[data-position]').first()).toBeVisible();
});

test('B15 C2 Metrics: a time of the charts leads to the conversation that waited longest in it', async ({ page, gateway, signIn }) => {
  const { sessionId } = await sayByHttp(gateway, 'who waited for this?');
  const at = Date.now();
  await signIn();
  await page.goto(`${gateway.url()}/metrics/?kind=agent&at=${at}`);
  await expect(page.locator('[data-row=main]')).toBeVisible(MEASURED);
  const waited = page.getByRole('region', { name: /^Slowest answers of / }).locator(`a[href*="${sessionId}"]`);
  await waited.click();
  await expect(page).toHaveURL(new RegExp(`/sessions/\\?id=${sessionId}&turn=msg_`));
});

test('B15 C2 Metrics: the process is drawn, the span stands in the address, and the page opens the same again', async ({
  page,
  gateway,
  signIn,
}) => {
  await signIn();
  await page.goto(`${gateway.url()}/metrics/`);
  await page.getByRole('tab', { name: 'Process' }).click();
  const memory = chart(page, 'Memory');
  await expect(memory.locator('canvas')).toBeVisible(MEASURED);
  await expect(memory).toContainText(/process\s*\d/);
  await page.keyboard.press('t');
  await expect(page.getByRole('button', { name: 'Last hour', exact: true })).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/range=6h/);
  await page.reload();
  await expect(page.getByRole('button', { name: 'Time range: Last 6 hours' })).toBeVisible();
  await expect(chart(page, 'Lag of the main thread').locator('canvas')).toBeVisible(MEASURED);
});

test('B15 C2 Metrics: what Prometheus and Grafana take is copied and downloaded, and the scrape stays where it is', async ({
  page,
  gateway,
  signIn,
}) => {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await signIn();
  await page.goto(`${gateway.url()}/metrics/`);
  await page.getByRole('button', { name: 'Copy scrape config' }).click();
  await expect(page.getByText('The scrape config for Prometheus is copied.')).toBeVisible();
  const copied = await page.evaluate<string>('navigator.clipboard.readText()');
  expect(copied).toContain(`targets: ["${new URL(gateway.url()).host}"]`);
  expect(copied).toContain('metrics_path: "/metrics"');

  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Grafana JSON' }).click();
  const stream = await (await downloading).createReadStream();
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  expect(JSON.parse(text)).toMatchObject({ uid: 'openclaw-gateway' });

  const scraped = await (await gateway.request('/metrics')).text();
  expect(scraped).toMatch(/^openclaw_runs_total\{agent="main",result="completed"\}|^# TYPE openclaw_runs_total counter/m);
  expect(scraped).toContain('openclaw_trpc_requests_total{procedure="frame.me",code="ok"}');
});

test('B15 B10 Metrics: the parts are well, and the doctor finds a fault, repairs it when told to, and the trail says who', async ({
  page,
}) => {
  await using gateway = await startGateway();
  const { chmod } = await import('node:fs/promises');
  await chmod(gateway.stateDir, 0o755);
  await signInTo(gateway, page);
  await page.goto(`${gateway.url()}/metrics/?view=health`);
  const parts = page.getByRole('main').getByRole('table', { name: 'Parts of the gateway' });
  await expect(parts.locator('[data-row=log]')).toContainText('Well', MEASURED);
  await expect(parts.locator('[data-row=messages]')).toContainText('Well');
  await page.getByRole('button', { name: 'Run the doctor' }).click();
  await expect(page.getByTestId('diagnosis')).toBeVisible(MEASURED);
  const fault = page.locator('[data-finding="state.permissions"]').first();
  await expect(fault).toBeVisible();
  await page.getByRole('button', { name: /^Repair \d+ fault/ }).click();
  const dialog = page.getByRole('dialog', { name: 'Repair what can be repaired?' });
  await dialog.getByRole('button', { name: 'Repair' }).click();
  await expect(fault).toContainText('Repaired', MEASURED);
  const { rows } = await gateway.json<{ rows: readonly { summary: string }[] }>('/api/audit?limit=50');
  expect(JSON.stringify(rows)).toContain('doctor.repair');
});
