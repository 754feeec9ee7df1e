import type { Page } from '@playwright/test';
import { sayByHttp } from './doors.ts';
import { expect, test } from './gateway.ts';

test('B15 Events: a query is written with suggestions, refused with its place, and its chips and text are one', async ({
  page,
  gateway,
  signIn,
}) => {
  await sayByHttp(gateway, 'how far is the lighthouse?');
  await signIn();
  await page.goto(`${gateway.url()}/events/`);
  const field = page.getByRole('combobox', { name: 'Filter events' });
  await expect(page.getByTestId('live-indicator')).toHaveText(/^Live/);
  await page.keyboard.press('/');
  await expect(field).toBeFocused();
  await page.keyboard.type('chan');
  await expect(page.getByRole('option', { name: /^channel:/ })).toBeVisible();
  await page.keyboard.press('Tab');
  await expect(field).toHaveValue('channel:');
  await page.keyboard.type('http');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/[?&]q=channel:http/);
  await expect(page.getByRole('button', { name: 'Remove channel:http' })).toBeVisible();

  await field.fill('channel:http tyype:x');
  await page.keyboard.press('Enter');
  const refusal = page.getByRole('main').getByRole('alert');
  await expect(refusal).toContainText('There is no field tyype. Did you mean type?');
  await expect(refusal.locator('pre')).toContainText('^^^^');
  await expect(page).toHaveURL(/[?&]q=channel:http(&|$)/);

  await page.getByRole('button', { name: 'Remove channel:http' }).click();
  await expect(page).not.toHaveURL(/[?&]q=/);
  await expect(field).toHaveValue('');
  await page.keyboard.press('Escape');
  await page.locator('h1').click();
  await page.keyboard.press('Control+z');
  await expect(page).toHaveURL(/[?&]q=channel:http/);
});

test('B15 Events: facets narrow and exclude, an empty list names the clause that empties it', async ({ page, gateway, signIn }) => {
  await sayByHttp(gateway, 'which buoy is lit?');
  await signIn();
  await page.goto(`${gateway.url()}/events/`);
  const facets = page.getByRole('complementary', { name: 'Facets' });
  await facets
    .getByRole('group', { name: 'Type' })
    .getByRole('button', { name: / more$/ })
    .click();
  await facets.getByRole('button', { name: /^message\.received/ }).click();
  await expect(page).toHaveURL(/q=type:message\.received/);
  const row = facets.locator('[data-value="message.received"]');
  await row.hover();
  await row.getByRole('button', { name: 'Without message.received' }).click();
  await expect(page).toHaveURL(/q=-type:message\.received/);
  const sessions = facets.getByRole('group', { name: 'Session' });
  await sessions.getByRole('searchbox').fill('nobody');
  await expect(sessions.getByText('No session fits.')).toBeVisible();
  await expect(sessions.locator('[data-value]')).toHaveCount(0);
  await page.goto(`${gateway.url()}/events/?q=type:message.received+channel:nowhere`);
  await expect(page.getByText('No event fits these filters')).toBeVisible();
  await page.getByRole('button', { name: /^Without channel:nowhere/ }).click();
  await expect(page.locator('[data-position]').first()).toBeVisible();
});

test('B16 Events: a view is saved, marked when it is changed, reset, and read by the command line', async ({ page, gateway, signIn }) => {
  await sayByHttp(gateway, 'who has the night watch?');
  await signIn();
  await page.goto(`${gateway.url()}/events/?q=type:message.received`);
  await page.getByRole('button', { name: 'Save view' }).click();
  const form = page.getByRole('region', { name: 'Save view' });
  await form.getByLabel('Name').fill('Who wrote');
  await form.getByLabel('For everybody').check();
  await form.getByRole('button', { name: 'Save view' }).click();
  const tab = page.getByRole('navigation', { name: 'Saved views' }).getByRole('button', { name: /Who wrote/ });
  await expect(tab).toHaveAttribute('aria-current', 'true');
  await page.getByRole('combobox', { name: 'Filter events' }).fill('type:message.received channel:http');
  await page.keyboard.press('Enter');
  await expect(tab.getByRole('img', { name: 'Changed since it was saved' })).toBeVisible();
  await page.getByRole('button', { name: 'Reset' }).click();
  await expect(tab.getByRole('img')).toHaveCount(0);

  const from = Date.now() - 3_600_000;
  await page.goto(`${gateway.url()}/events/?q=type:message.received&view=who-wrote&range=custom&from=${from}`);
  await page.getByRole('button', { name: 'Save view' }).click();
  await form.getByRole('button', { name: 'Replace' }).click();
  await expect(page.getByText('The view is saved')).toBeVisible();
  await page.goto(`${gateway.url()}/events/`);
  await tab.click();
  await expect(page).toHaveURL(/range=custom/);
  await expect(page).toHaveURL(new RegExp(`from=${from}`));

  const listed = await gateway.command(['events', 'list', '--view', 'who-wrote', '--json']);
  expect(listed.code, listed.stderr).toBe(0);
  const { rows } = JSON.parse(listed.stdout) as { rows: readonly { type: string }[] };
  expect(new Set(rows.map(({ type }) => type))).toEqual(new Set(['message.received']));
  const unknown = await gateway.command(['events', 'list', '--view', 'nothing', '--json']);
  expect(unknown.stdout + unknown.stderr).toContain('VIEW_UNKNOWN');
});

test('B15 Events: one event tells its place in the chain, what it led to, and how others differ', async ({ page, gateway, signIn }) => {
  await sayByHttp(gateway, 'how many ships today?');
  await signIn();
  await page.goto(`${gateway.url()}/events/?q=type:message.received`);
  await page.locator('[data-position]').first().click();
  const drawer = page.getByRole('dialog', { name: /^Event / });
  await drawer.getByRole('tab', { name: 'Causality' }).click();
  await expect(drawer.getByRole('button', { name: /run\.completed/ })).toBeVisible();
  await drawer.getByRole('tab', { name: 'Integrity' }).click();
  await expect(drawer.getByText(/^(Covered: the newest one is over|No checkpoint covers)/)).toBeVisible();
  await drawer.getByRole('button', { name: 'Verify now' }).click();
  await expect(drawer.getByRole('status').filter({ hasText: /Proven|No checkpoint covers/ })).toBeVisible();
  await page.keyboard.press('Escape');
  await page
    .locator('[data-position]')
    .first()
    .click({ modifiers: ['Control'] });
  await page.getByRole('button', { name: 'What is different about them?' }).click();
  await expect(
    page
      .getByRole('region', { name: 'What is different' })
      .getByRole('heading', { name: /% different/ })
      .first(),
  ).toBeVisible();
});

test('B15 Events: columns are hidden, widened and kept in the address by the keyboard alone', async ({ page, gateway, signIn }) => {
  await sayByHttp(gateway, 'is the bridge up?');
  await signIn();
  await page.goto(`${gateway.url()}/events/`);
  await page.getByRole('slider', { name: 'Width of the column Type' }).focus();
  await page.keyboard.press('ArrowRight');
  await expect(page).toHaveURL(/cols=[^&]*type~186/);
  await page.getByRole('button', { name: 'Columns' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('checkbox', { name: 'Agent' }).focus();
  await page.keyboard.press('Space');
  await expect(page.getByRole('columnheader', { name: 'Agent' })).toHaveCount(0);
  await page.keyboard.press('Escape');
  await page.keyboard.press('j');
  await expect(page.getByRole('dialog', { name: /^Event / })).toBeVisible();
});

test('B15 Events: an event shows when it was, how long after the one before, and how long it took', async ({ page, gateway, signIn }) => {
  await sayByHttp(gateway, 'is the lock open?');
  await signIn();
  await page.goto(`${gateway.url()}/events/?q=type:run.*&range=all&cols=seq,date,delta,type,duration,summary`);
  const completed = page.locator('[data-position]').filter({ hasText: 'run.completed' }).first();
  await expect(completed.getByRole('cell')).toHaveText([
    /^\d/,
    /^\w{3} \d+, \d\d:\d\d:\d\d$/,
    /^\+\d[\d.]*m?s$/,
    'run.completed',
    /^\d[\d.]*m?s$/,
    /./,
    '',
  ]);
});

test('B15 Events: the menu of a row narrows, opens the session here, replays and copies, by pointer and by keyboard', async ({
  page,
  context,
  gateway,
  signIn,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await sayByHttp(gateway, 'is the harbour open?');
  await signIn();
  await page.goto(`${gateway.url()}/events/?q=type:route.decided&range=all`);
  const row = page.locator('[data-position]').first();
  const position = await row.getAttribute('data-position');
  const menu = page.getByRole('menu', { name: /^What to do with event/ });
  await row.getByRole('button', { name: /^What to do with event/ }).click();
  await expect(menu.getByRole('menuitem').first()).toBeFocused();
  await menu.getByRole('menuitem', { name: 'Copy JSON' }).click();
  await expect(menu).toBeHidden();
  expect(JSON.parse(await clipboardOf(page))).toMatchObject({ position: Number(position), type: 'route.decided' });

  await row.getByRole('button', { name: /^What to do with event/ }).focus();
  await page.keyboard.press('m');
  await menu.getByRole('menuitem', { name: 'Copy as CloudEvent' }).press('Enter');
  expect(JSON.parse(await clipboardOf(page))).toMatchObject({ specversion: '1.0', sequence: position });
  await page.keyboard.press('m');
  await menu.getByRole('menuitem', { name: 'Copy link' }).press('Enter');
  expect(await clipboardOf(page)).toContain(`sel=${position}`);
  await page.keyboard.press('m');
  await expect(menu).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(menu).toBeHidden();
  await expect(row.getByRole('button', { name: /^What to do with event/ })).toBeFocused();

  await page.keyboard.press('m');
  await menu.getByRole('menuitem', { name: 'Replay from here' }).click();
  await expect(page).toHaveURL(/\/replay\/\?.*session=ses_.*to=\d+/);
  await expect(page.getByLabel('Up to event')).toHaveValue(/^\d+$/);
  await expect(page.getByRole('status').filter({ hasText: /messages?, \d+ events/ })).toBeVisible();

  await page.goBack();
  await row.getByRole('button', { name: /^What to do with event/ }).click();
  await menu.getByRole('menuitem', { name: 'Open the session here' }).click();
  await expect(page).toHaveURL(new RegExp(`/sessions/\\?id=ses_.*at=${position}`));

  await page.goBack();
  await row.getByRole('button', { name: /^What to do with event/ }).click();
  await menu.getByRole('menuitem', { name: 'Without route.decided' }).click();
  await expect(page).toHaveURL(/[?&]q=-type:route\.decided(&|$)/);
});

const clipboardOf = (page: Page) => page.evaluate<string>('navigator.clipboard.readText()');

test('B15 Events: bars by type with a legend, the age of events, and what was done with an event later', async ({
  page,
  gateway,
  signIn,
}) => {
  const { messageId } = await sayByHttp(gateway, `who looked at me? ${Date.now()}`, 'mina');
  const { rows } = await gateway.json<{ rows: readonly { position: number; type: string }[] }>(`/api/events?message=${messageId}&limit=50`);
  const position = rows.find(({ type }) => type === 'message.received')?.position;
  await signIn();
  await page.goto(`${gateway.url()}/events/?cols=seq,ago,type,summary`);
  const main = page.getByRole('main');
  await expect(main.getByRole('columnheader', { name: 'Age' })).toBeVisible();
  await main.getByRole('button', { name: 'By type' }).click();
  await expect(page).toHaveURL(/bars=family/);
  const activity = main.getByRole('region', { name: 'Events over time' });
  await expect(activity.getByText('message.*')).toBeVisible();
  await activity.getByRole('button', { name: 'Show as a table' }).click();
  await expect(activity.getByRole('columnheader', { name: 'message.*' })).toBeVisible();

  await page.goto(`${gateway.url()}/events/?range=all&sel=${position}&tab=history`);
  const seen = page.getByRole('region', { name: 'Who looked at it' });
  const looks = `/api/events?limit=1&q=${encodeURIComponent(`type:audit.accessed data.target.id:${position}`)}`;
  await expect.poll(async () => (await gateway.json<{ rows: readonly unknown[] }>(looks)).rows.length).toBe(1);
  await page.reload();
  await expect(seen).toContainText('audit.accessed');
});

test('B15 an event is found by its id, as exports name it', async ({ page, gateway, signIn }) => {
  const { messageId } = await sayByHttp(gateway, `find me by my id ${Date.now()}`, 'mina');
  const { rows } = await gateway.json<{ rows: readonly { position: number; type: string }[] }>(`/api/events?message=${messageId}&limit=50`);
  const position = rows.find(({ type }) => type === 'route.decided')?.position;
  const { id } = await gateway.json<{ id: string }>(`/api/events/${position}`);
  await signIn();
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: 'Find' }).fill(id);
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(new RegExp(`q=id(:|%3A)${id}`));
  const table = page.getByRole('main').getByRole('table');
  await expect(table.getByText('route.decided')).toBeVisible();
  await expect(table.locator('[data-position]')).toHaveCount(1);
});

test('D B15 Events: what is masked is revealed to an administrator who has just signed in, and that is recorded', async ({
  page,
  gateway,
  signIn,
}) => {
  const { messageId } = await sayByHttp(gateway, 'my card is 4111 1111 1111 1111', 'mona');
  const { rows } = await gateway.json<{ rows: readonly { position: number; type: string }[] }>(`/api/events?message=${messageId}&limit=50`);
  const position = rows.find(({ type }) => type === 'message.received')?.position;
  await signIn();
  await page.goto(`${gateway.url()}/events/?range=all&sel=${position}&tab=payload`);
  const drawer = page.getByRole('dialog', { name: /^Event/ });
  await expect(drawer).toContainText('***');
  await expect(drawer).not.toContainText('4111 1111 1111 1111');
  await drawer.getByRole('button', { name: 'Reveal' }).press('Enter');
  const masked = drawer.getByRole('region', { name: 'What is masked' });
  await expect(masked).toContainText('4111 1111 1111 1111');
  await expect(masked).toContainText('That you saw this is recorded.');
  const revealed = `/api/events?limit=1&q=${encodeURIComponent(`type:audit.revealed data.target.id:${position}`)}`;
  await expect.poll(async () => (await gateway.json<{ rows: readonly unknown[] }>(revealed)).rows.length).toBe(1);
  await masked.getByRole('button', { name: 'Hide' }).click();
  await expect(drawer).not.toContainText('4111 1111 1111 1111');
});
