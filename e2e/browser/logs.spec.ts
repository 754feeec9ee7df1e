import { startGateway } from '../gateway-process.ts';
import { expect, signInTo, test } from './gateway.ts';

test('B15 Logs: what the gateway says is there, found by level and text, and comes by itself', async ({ page }) => {
  await using gateway = await startGateway({ config: { gateway: { logging: { level: 'info' } } } });
  await signInTo(gateway, page);
  await page.goto(`${gateway.url()}/logs/`);
  const lines = page.getByRole('table', { name: 'Log lines, newest first' }).locator('[data-log-row]');
  await expect(lines.filter({ hasText: 'gateway ready' })).toHaveCount(1, { timeout: 20_000 });

  await page.getByRole('combobox', { name: 'Level', exact: true }).selectOption('error');
  await expect(page).toHaveURL(/level=error/);
  await expect(page.getByText('No line fits')).toBeVisible();
  await expect(page.getByRole('button', { name: /^Without Errors and above/ })).toContainText(/\d\+? lines?$/);
  await page.getByRole('button', { name: 'Show all lines' }).click();
  await expect(lines.filter({ hasText: 'gateway ready' })).toHaveCount(1);

  await page.getByLabel('Search the log').fill('re.dy$');
  await page.getByLabel('Search the log').press('Enter');
  await expect(page.getByText('No line fits')).toBeVisible();
  await page.getByLabel('Search the log').fill('"gateway re.dy"');
  await page.getByLabel('Search the log').press('Enter');
  await page.getByLabel('Regular expression').check();
  await expect(lines.filter({ hasText: 'gateway ready' })).toHaveCount(1);
  await expect(page).toHaveURL(/regex=true/);
  await page.getByLabel('Search the log').fill('(');
  await page.getByLabel('Search the log').press('Enter');
  await expect(page.getByRole('main').getByRole('alert')).toContainText('regular expression');
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.getByRole('button', { name: 'Copy diagnostics' }).click();
  await expect.poll(() => page.evaluate<string>('navigator.clipboard.readText()')).toMatch(/\/logs\/\n[\s\S]*QUERY_INVALID/);

  await page.goto(`${gateway.url()}/logs/`);
  await expect(lines.filter({ hasText: 'gateway ready' })).toHaveCount(1);
  process.kill(gateway.pid(), 'SIGHUP');
  await expect(lines.filter({ hasText: 'read again' })).toHaveCount(1);
});

test('B15 Logs by keyboard only: a line is opened, and the level is raised for 15 minutes, which is an event', async ({
  page,
  gateway,
  signIn,
}) => {
  await signIn();
  await page.goto(`${gateway.url()}/logs/?q=gateway+ready`);
  const list = page.getByRole('region', { name: 'Log lines, newest first' });
  await expect(list.locator('[data-log-row]').first()).toBeVisible();
  await list.focus();
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await expect(list.getByRole('figure', { name: 'Details' })).toContainText('version');

  await page.getByRole('button', { name: 'Change the level' }).focus();
  await page.keyboard.press('Enter');
  const sheet = page.getByRole('dialog', { name: 'Change the level' });
  await expect(sheet.getByLabel('Level for 15 minutes')).toBeVisible();
  await page.keyboard.press('Tab');
  await expect(sheet.getByLabel('Level for 15 minutes')).toBeFocused();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('log-level')).toHaveText(/Writes Debug and above until .*, then Info again/);
  const { rows } = await gateway.json<{ rows: readonly { summary: string }[] }>('/api/events?type=gateway.log_level_changed&limit=1');
  expect(rows[0]?.summary).toContain('debug');
});

test('a range of the log is downloaded as it stands in the file', async ({ page, gateway, signIn }) => {
  await signIn();
  await page.goto(`${gateway.url()}/logs/?level=info&component=gateway&q=gateway+re.dy&regex=true`);
  const downloading = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download' }).click();
  const stream = await (await downloading).createReadStream();
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  const lines = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { level: number; component: string; msg: string });
  expect(lines.length).toBeGreaterThan(0);
  for (const { level, component, msg } of lines) expect([level >= 30, component, msg]).toEqual([true, 'gateway', 'gateway ready']);
});

test('B15 Logs: columns are hidden, moved, widened, kept in sight and in the address by the keyboard alone, and lines wrap', async ({
  page,
  gateway,
  signIn,
}) => {
  await signIn();
  await page.goto(`${gateway.url()}/logs/?q=gateway+ready`);
  const main = page.getByRole('main');
  const headers = main.getByRole('columnheader');
  await expect(headers).toHaveText(['Details', 'Time', 'Level', 'Component', 'Message']);
  await page.getByRole('slider', { name: 'Width of the column Component' }).focus();
  await page.keyboard.press('ArrowRight');
  await expect(page).toHaveURL(/cols=[^&]*component~112/);
  await page.getByRole('button', { name: 'Columns' }).focus();
  await page.keyboard.press('Enter');
  const press = async (role: 'button' | 'checkbox', name: string) => {
    await page.getByRole(role, { name, exact: true }).focus();
    await page.keyboard.press('Space');
  };
  await press('checkbox', 'Level');
  await press('checkbox', 'Date');
  await press('button', 'Move Date to the left');
  await press('button', 'Keep Component in sight');
  await expect(headers).toHaveText(['Details', 'Component', 'Time', 'Date', 'Message']);
  await page.keyboard.press('Escape');
  await expect(page).toHaveURL(/cols=[^&]*component~112(!|%21)/);

  await page.reload();
  await expect(headers).toHaveText(['Details', 'Component', 'Time', 'Date', 'Message']);
  const line = main.locator('[data-log-row]').first();
  const component = line.getByRole('cell', { name: 'gateway', exact: true });
  await expect(component).toHaveCSS('position', 'sticky');
  await expect(component).toHaveCSS('left', '40px');
  const message = line.getByRole('cell').nth(4);
  await expect(message).toHaveCSS('white-space', 'nowrap');
  await page.keyboard.press('w');
  await expect(page).toHaveURL(/wrap=true/);
  await expect(message).toHaveCSS('white-space', 'pre-wrap');

  await page.goto(`${gateway.url()}/logs/?q=nothing+says+this&cols=time,message`);
  await page.getByRole('button', { name: 'Show all lines' }).click();
  await expect(headers).toHaveText(['Details', 'Time', 'Message']);
});
