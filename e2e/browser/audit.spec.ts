import { join } from 'node:path';
import Database from 'better-sqlite3';
import { startGateway } from '../gateway-process.ts';
import { sayByHttp } from './doors.ts';
import { expect, signInTo, test } from './gateway.ts';

test('B16 Audit: who did what is listed, narrowed by kind and actor, and the address opens the same again', async ({
  page,
  gateway,
  signIn,
}) => {
  await gateway.json('/api/access/tokens', { method: 'POST', body: JSON.stringify({ name: `ci-${Date.now()}`, roles: ['viewer'] }) });
  await signIn();
  await page.goto(`${gateway.url()}/audit/`);
  const rows = page.locator('[data-position]');
  await expect(rows.first()).toBeVisible();
  await page.getByRole('button', { name: 'Administration', exact: true }).click();
  await expect(page).toHaveURL(/class=admin/);
  await expect(rows.filter({ hasText: 'signed in' })).toHaveCount(0);
  await rows
    .first()
    .getByRole('button', { name: /^Open event/ })
    .click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await expect(page).toHaveURL(/[?&]sel=\d+/);
  const address = page.url();
  await page.goto(address);
  await expect(page.getByRole('dialog')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Administration', exact: true })).toHaveAttribute('aria-pressed', 'true');
});

test('B15 Audit: where newer rows cannot be had, those that are shown say how old they are', async ({ page, gateway, signIn }) => {
  await signIn();
  await page.goto(`${gateway.url()}/audit/`);
  const rows = page.locator('[data-position]');
  await expect(rows.first()).toBeVisible();
  await expect(page.getByTestId('live-indicator')).toHaveText(/^Live/);
  await page.route(/audit\.list/, (route) => route.abort());
  await gateway.json('/api/access/tokens', { method: 'POST', body: JSON.stringify({ name: `old-${Date.now()}`, roles: ['viewer'] }) });
  const stale = page.getByRole('main').getByRole('status').filter({ hasText: 'The gateway does not answer.' });
  await expect(stale).toBeVisible({ timeout: 30_000 });
  await expect(rows.first()).toBeVisible();
  await stale.getByRole('button', { name: 'Try again' }).click();
  await page.unroute(/audit\.list/);
  await expect(stale).toHaveCount(0, { timeout: 30_000 });
});

test('B16 Audit: on a phone who and what are folded above the trail, and narrow it', async ({ page, gateway, signIn }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await signIn();
  await page.goto(`${gateway.url()}/audit/`);
  const main = page.getByRole('main');
  await main.getByText('Who and what').click();
  await main.getByRole('region', { name: 'Who' }).getByRole('button').first().click();
  await expect(page).toHaveURL(/[?&]actor=/);
});

test('B16 Audit: a report is printed also where the checkpoints cannot be read, and says so', async ({ page, gateway, signIn }) => {
  await page.addInitScript('window.print = () => { window.printed = document.querySelector("[data-print=report]")?.textContent; };');
  await signIn();
  await page.goto(`${gateway.url()}/audit/`);
  await page.route(/audit\.checkpoints/, (route) =>
    route.continue({ url: route.request().url().replace('audit.checkpoints', 'audit.unknown') }),
  );
  await page.getByRole('button', { name: 'Print report' }).click();
  await expect.poll(() => page.evaluate('window.printed'), { timeout: 30_000 }).toContain('Could not be read');
});

test('B16 Audit: the log is verified with the keyboard alone, and the check is recorded', async ({ page, gateway, signIn }) => {
  await sayByHttp(gateway, 'is the log good?');
  await signIn();
  await page.goto(`${gateway.url()}/audit/`);
  await page.getByRole('tab', { name: 'Trail' }).focus();
  await page.keyboard.press('ArrowRight');
  await expect(page.getByRole('tab', { name: 'Verify' })).toBeFocused();
  await page.getByRole('combobox', { name: 'What to check' }).waitFor();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await expect(page.getByRole('button', { name: 'Verify' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('check-result')).toContainText('The chain is good up to seq');
  await expect(page.getByTestId('check-result')).toContainText('detectable only against a checkpoint kept elsewhere');
  const { rows } = await gateway.json<{ rows: readonly { summary: string }[] }>('/api/events?type=audit.verified&limit=1');
  expect(rows[0]?.summary).toContain('Chain verified from 1');
});

test('B16 Audit: a log that was tampered with is shown with its first bad position and what to do', async ({ page }) => {
  await using gateway = await startGateway();
  await sayByHttp(gateway, 'the crane lifts ten tons');
  const { rows } = await gateway.json<{ rows: readonly { position: number }[] }>('/api/events?type=route.decided&limit=1');
  const position = rows[0]?.position ?? 0;
  const database = new Database(join(gateway.stateDir, 'state', 'events.db'));
  database.exec('DROP TRIGGER events_are_final_on_update');
  database.prepare('UPDATE events SET time = time + 1 WHERE position = ?').run(position);
  database.close();
  await signInTo(gateway, page);
  await page.goto(`${gateway.url()}/audit/?view=verify`);
  await page.getByRole('button', { name: 'Verify' }).click();
  const result = page.getByTestId('check-result');
  await expect(result.getByTestId('first-bad')).toHaveText(new RegExp(`^${position}`));
  await expect(result.getByRole('alert')).toContainText(`The chain is broken at seq ${position}.`);
  await expect(result).toContainText('openclaw gateway stop');
});

test('B16 Audit: what the gateway verifies by itself is shown as it happens, and leads to its event', async ({ page, gateway, signIn }) => {
  await signIn();
  await page.goto(`${gateway.url()}/audit/?view=verify`);
  const schedule = page.getByRole('region', { name: 'By itself' });
  await expect(schedule).toContainText('Every 6h: what is new since the last good check');
  await gateway.command(['config', 'set', 'gateway.logging.audit.verifyEvery', '1s', '--reason', 'to see it happen']);
  await expect(schedule).toContainText('Every 1s');
  const found = schedule.getByRole('link', { name: /^The chain is good/ });
  // The first check begins at the first event, however many there are.
  await expect(found).toBeVisible({ timeout: 60_000 });
  await gateway.command(['config', 'set', 'gateway.logging.audit.verifyEvery', '6h', '--reason', 'seen']);
  await expect(schedule).toContainText('Every 6h');
  await found.click();
  await expect(page.getByRole('dialog')).toContainText('scheduled-check');
});

test('B16 Audit: where nothing fits, each clause says how much it hides, and goes by itself', async ({ page, gateway, signIn }) => {
  await gateway.json('/api/access/tokens', { method: 'POST', body: JSON.stringify({ name: `hint-${Date.now()}`, roles: ['viewer'] }) });
  await signIn();
  await page.goto(`${gateway.url()}/audit/?q=type:auth.token_issued+data.name:nothing&class=admin`);
  const main = page.getByRole('main');
  await expect(main.getByText('Nothing in the trail fits this')).toBeVisible();
  await expect(main.getByRole('button', { name: 'Without Administration' })).toHaveCount(0);
  await main.getByRole('button', { name: /^Without data\.name:nothing \d+\+? events?$/ }).click();
  await expect(page).toHaveURL(/q=type:auth\.token_issued(&|$)/);
  await expect(page.locator('[data-position]').first()).toBeVisible();
});

test('B16 Audit: i keeps only the value under the pointer, x leaves it out', async ({ page, gateway, signIn }) => {
  await gateway.json('/api/access/tokens', { method: 'POST', body: JSON.stringify({ name: `keys-${Date.now()}`, roles: ['viewer'] }) });
  await signIn();
  await page.goto(`${gateway.url()}/audit/?q=type:auth.*`);
  const cell = page.locator('[data-position] [data-field="type"][data-value="auth.token_issued"]').first();
  await cell.hover();
  await page.keyboard.press('i');
  await expect(page).toHaveURL(/q=type:auth\.\*(\+|%20)type:auth\.token_issued/);
  await page.goto(`${gateway.url()}/audit/?q=type:auth.token_issued`);
  await cell.hover();
  await page.keyboard.press('x');
  await expect(page).toHaveURL(/[?&]q=-type:auth\.token_issued/);
  await expect(page.locator('[data-position]').first()).toBeVisible();
  await expect(cell).toHaveCount(0);
});
