import { sayByHttp } from './doors.ts';
import { expect, test } from './gateway.ts';

test('B15 what finds everything leads to pages, events, sessions and actions, by keyboard only, in both languages', async ({
  page,
  gateway,
  signIn,
}) => {
  const { sessionId } = await sayByHttp(gateway, 'a word to be found');
  await signIn();
  const field = page.getByRole('combobox', { name: 'Find and do' });
  await page.keyboard.press('Control+k');
  await field.fill('logs');
  await expect(page.getByRole('option').first()).toContainText('Logs');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/logs\//);

  await page.keyboard.press('Control+k');
  await field.fill('3');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/events\/\?.*sel=3/);

  await page.keyboard.press('Control+k');
  await field.fill(sessionId);
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(new RegExp(`/sessions/\\?id=${sessionId}`));

  await page.keyboard.press('Control+k');
  await field.fill('chinese');
  await page.keyboard.press('Enter');
  await expect(page.locator('html')).toHaveAttribute('lang', 'zh-CN');
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: '查找与操作' }).fill('gl');
  await expect(page.getByRole('option').first()).toContainText('概览');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('combobox', { name: '查找与操作' })).toHaveCount(0);
});

test('B15 what finds everything leads to saved views and config keys, and begins what the role allows', async ({ page, signIn }) => {
  await signIn();
  const field = page.getByRole('combobox', { name: 'Find and do' });
  const choose = async (text: string) => {
    await page.keyboard.press('Control+k');
    await expect(field).toBeFocused();
    await page.keyboard.type(text);
  };
  await choose('deliveries failed');
  await expect(page.getByRole('option').first()).toContainText('Saved view');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/events\/\?.*view=deliveries-failed/);

  await choose('requestTimeout');
  await expect(page.getByRole('option').first()).toContainText('gateway.network.connections.requestTimeout');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/config\/\?key=gateway\.network\.connections\.requestTimeout/);
  await expect(page.locator('[data-key="gateway.network.connections.requestTimeout"]')).toBeInViewport();

  await choose('verify the chain');
  await expect(page.getByRole('option', { name: /^Verify the chain/ })).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/audit\/\?view=verify/);
  await expect(page.getByTestId('check-result')).toContainText('The chain is good up to seq');

  await choose('new replay');
  await expect(page.getByRole('option', { name: /^New replay/ })).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/replay\/\?create=1/);
});

test('B15 shortcuts go to pages, do nothing while one types, and can be changed and switched off', async ({ page, gateway, signIn }) => {
  await signIn();
  await expect(page.getByTestId('live-indicator')).toHaveText(/^Live/);
  await page.keyboard.press('g');
  await page.keyboard.press('e');
  await expect(page).toHaveURL(/\/events\//);
  await page.getByRole('combobox', { name: 'Filter events' }).focus();
  await page.keyboard.type('l?u');
  await expect(page.getByRole('combobox', { name: 'Filter events' })).toHaveValue('l?u');
  await expect(page.getByTestId('live-indicator')).toHaveText(/^Live/);

  await page.goto(`${gateway.url()}/`);
  await expect(page.getByTestId('live-indicator')).toHaveText(/^Live/);
  await page.keyboard.press('?');
  const help = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await help.getByRole('button', { name: 'Change the keys of “Live updates on or off”' }).click();
  await page.keyboard.press('u');
  await expect(help.getByRole('alert')).toContainText('Those keys are “UTC or local time” already.');
  await page.keyboard.press('p');
  await expect(help.getByRole('button', { name: 'Change the keys of “UTC or local time”' })).toBeVisible();
  await help.getByRole('button', { name: 'Change the keys of “UTC or local time”' }).click();
  await help.getByRole('button', { name: 'Switch off' }).click();
  await help.getByRole('button', { name: 'Change the keys of “Take back the last filter”' }).click();
  await help.getByRole('button', { name: 'Switch off' }).click();
  await help.getByRole('button', { name: 'Change the keys of “Next row”' }).click();
  await page.keyboard.press('d');
  await expect(help.getByRole('alert')).toContainText('Those keys are “Deny the call” already.');
  await page.keyboard.press('n');
  await page.keyboard.press('Escape');

  await page.keyboard.press('l');
  await page.keyboard.press('u');
  await expect(page.getByTestId('live-indicator')).toHaveText(/^Live/);
  await page.reload();
  await expect(page.getByTestId('live-indicator')).toHaveText(/^Live/);
  await page.keyboard.press('p');
  await expect(page.getByTestId('live-indicator')).toHaveText('Paused');
  await expect(page.getByRole('button', { name: 'Times are local. Show them in UTC' })).toHaveAttribute('aria-pressed', 'false');

  await page.goto(`${gateway.url()}/logs/?q=gateway+ready`);
  const lines = page.locator('[data-log-row]');
  await expect(lines.first()).toBeVisible();
  await page.keyboard.press('j');
  await expect(lines.locator(':focus')).toHaveCount(0);
  await page.keyboard.press('n');
  await expect(lines.locator(':focus')).toHaveCount(1);
  await page.goto(`${gateway.url()}/agents/?tab=tools`);
  const tools = page.locator('tr[data-row]');
  await tools.first().focus();
  await page.keyboard.press('j');
  await expect(tools.first()).toBeFocused();
  await page.keyboard.press('n');
  await expect(tools.nth(1)).toBeFocused();
  await page.goto(`${gateway.url()}/events/`);
  const filter = page.getByRole('combobox', { name: 'Filter events' });
  await filter.fill('type:run.*');
  await filter.press('Enter');
  await expect(page).toHaveURL(/q=type:run/);
  await filter.press('Escape');
  await page.keyboard.press('Control+z');
  await expect(page).toHaveURL(/q=type:run/);
});

test('B15 times are in UTC when one wants them so, and stay so', async ({ page, gateway, browser, signIn }) => {
  await signIn();
  const context = await browser.newContext({ timezoneId: 'Asia/Shanghai', storageState: await page.context().storageState() });
  const tab = await context.newPage();
  await tab.goto(`${gateway.url()}/logs/?q=gateway+ready`);
  const time = tab.locator('[data-log-row] time').first();
  const hour = async () => Number((await time.innerText()).slice(0, 2));
  await expect(time).toBeVisible();
  const local = await hour();
  await tab.keyboard.press('u');
  await expect.poll(async () => (local - (await hour()) + 24) % 24).toBe(8);
  await tab.reload();
  await expect.poll(hour).toBe((local + 16) % 24);
  await context.close();
});

test('B15 the time range is chosen in the header by the keyboard, also with times of one’s own, and stands in the address', async ({
  page,
  gateway,
  signIn,
}) => {
  await signIn();
  await page.goto(`${gateway.url()}/events/`);
  const header = page.getByRole('banner');
  await expect(header).toContainText(new URL(gateway.url()).host);
  await expect(header.getByRole('button', { name: 'Time range: Last 24 hours' })).toBeVisible();
  await page.keyboard.press('t');
  const sheet = page.getByRole('dialog', { name: /^Time range: / });
  await expect(sheet.getByRole('button', { name: 'Last 24 hours' })).toBeFocused();
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Enter');
  await expect(sheet).toHaveCount(0);
  await expect(page).toHaveURL(/range=6h/);

  await page.keyboard.press('t');
  await sheet.getByRole('switch', { name: 'Times in UTC' }).check();
  await sheet.getByLabel('From').fill('2026-01-02T03:04:05');
  await sheet.getByLabel('To', { exact: true }).fill('2026-01-02T03:04:05');
  await page.keyboard.press('Enter');
  await expect(sheet.getByRole('alert')).toHaveText('The end is not after the beginning.');
  await sheet.getByLabel('To', { exact: true }).fill('2026-01-02T03:05:05');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(new RegExp(`range=custom&from=${Date.UTC(2026, 0, 2, 3, 4, 5)}&to=${Date.UTC(2026, 0, 2, 3, 5, 5)}`));
  await expect(page.getByText('No event fits these filters')).toBeVisible();
  await page.reload();
  await expect(header.getByRole('button', { name: 'Time range: Jan 2, 03:04 – Jan 2, 03:05' })).toBeVisible();

  for (const [path, range] of [
    ['audit', 'Last 90 days'],
    ['logs', 'All time'],
    ['metrics', 'Last hour'],
  ]) {
    await page.goto(`${gateway.url()}/${path}/`);
    await expect(header.getByRole('button', { name: `Time range: ${range}` })).toBeVisible();
  }
  await page.goto(`${gateway.url()}/logs/?range=custom&from=1000&to=2000`);
  await expect(page.getByText('No line fits')).toBeVisible();
  await page.goto(`${gateway.url()}/channels/`);
  await expect(page.getByTestId('live-indicator')).toHaveText(/^Live/);
  await expect(header.getByRole('button', { name: /^Time range/ })).toHaveCount(0);
});

test('B15 a time range that was chosen goes along to other pages, by keyboard and by the navigation', async ({ page, gateway, signIn }) => {
  await signIn();
  await page.goto(`${gateway.url()}/events/`);
  const range = (text: string) => page.getByRole('banner').getByRole('button', { name: `Time range: ${text}` });
  await range('Last 24 hours').click();
  await page.getByRole('button', { name: 'Last 6 hours' }).click();
  await page.keyboard.press('g');
  await page.keyboard.press('l');
  await expect(page).toHaveURL(/\/logs\/\?range=6h$/);
  await expect(range('Last 6 hours')).toBeVisible();
  await page.getByRole('navigation').first().getByRole('link', { name: 'Channels' }).click();
  await expect(page).toHaveURL(/\/channels\/$/);
  await page.getByRole('navigation').first().getByRole('link', { name: 'Metrics' }).click();
  await expect(range('Last 6 hours')).toBeVisible();
});

test('B15 what is typed before the finder is there is not lost', async ({ page, gateway, signIn }) => {
  await signIn();
  // Nothing is loaded ahead, and what is loaded later takes its time.
  await page.addInitScript('window.requestIdleCallback = () => 0;');
  await page.goto(`${gateway.url()}/channels/`);
  await expect(page.getByTestId('live-indicator')).toHaveText(/^Live/);
  let letGo = () => {};
  const typed = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  await page.route('**/_next/static/chunks/*.js', async (route) => {
    await typed;
    await route.continue();
  });
  await page.keyboard.press('Control+k');
  await page.keyboard.type('logs');
  await expect(page.getByRole('combobox')).toHaveCount(0);
  letGo();
  await expect(page.getByRole('combobox', { name: 'Find and do' })).toHaveValue('logs');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/logs\//);
});

test('B15 on a phone the pages that are not in the bar are in a sheet', async ({ page, signIn }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await signIn();
  await page.getByRole('button', { name: 'More' }).click();
  const sheet = page.getByRole('dialog', { name: 'More pages' });
  await sheet.getByRole('link', { name: 'Logs' }).click();
  await expect(page).toHaveURL(/\/logs\//);
  await expect(sheet).toHaveCount(0);
});
