import { startGateway } from '../gateway-process.ts';
import { sayByHttp } from './doors.ts';
import { expect, signInTo, test } from './gateway.ts';

test('B15 Session: the slider goes through every event by the keyboard alone, and every pane stands at the same one', async ({
  page,
  gateway,
  signIn,
}) => {
  const from = `emil-${Date.now()}`;
  const { sessionId } = await sayByHttp(gateway, 'is the ferry late?', from);
  await sayByHttp(gateway, 'and the train?', from);
  await signIn();
  await page.goto(`${gateway.url()}/sessions/?channel=nowhere`);
  await expect(page.getByText('No session fits these filters')).toBeVisible();
  await page.getByRole('button', { name: /^Without Channel: nowhere/ }).click();
  await expect(page.getByRole('table', { name: 'Sessions' }).getByRole('link').first()).toBeVisible();
  await page.goto(`${gateway.url()}/sessions/?id=${sessionId}`);
  const slider = page.getByRole('slider', { name: 'Event of this session' });
  const count = Number(await slider.getAttribute('aria-valuemax'));
  expect(count).toBeGreaterThan(20);
  await slider.focus();
  await page.keyboard.press('Home');
  await expect(slider).toHaveAttribute('aria-valuetext', /^event 1 of \d+, message\.received .*, \d\d:\d\d:\d\d/);
  for (let step = 0; step < 4; step++) await page.keyboard.press('ArrowRight');
  await expect(slider).toHaveAttribute('aria-valuenow', '5');
  await page.keyboard.press('Shift+ArrowRight');
  await expect(slider).toHaveAttribute('aria-valuenow', '15');
  await page.keyboard.press('Home');
  await page.keyboard.press('PageDown');
  await expect(slider).toHaveAttribute('aria-valuetext', /^event \d\d of \d+, message\.received/);
  await expect(page).toHaveURL(/[?&]at=\d+/);

  const main = page.getByRole('main');
  await expect(main.getByText('turn 1', { exact: true })).toBeVisible();
  await expect(main.getByText('turn 2', { exact: true })).toBeVisible();
  await expect(main.getByText(/^Total .* · \d+ tokens in, \d+ out/)).toBeVisible();
  const state = main.getByRole('region', { name: /^At event \d+$/ });
  await expect(state.getByRole('tabpanel')).toContainText('transcript');
  await state.getByRole('tab', { name: 'Changes' }).click();
  await expect(state.getByRole('tabpanel')).toContainText(/What changed from event \d+ to event \d+:/);
  await expect(state.getByRole('tabpanel')).toContainText('and the train?');
  await expect(main.locator('[data-message][aria-current=true]')).toContainText('and the train?');

  const [position = ''] = /\d+/.exec((await state.getByRole('heading').first().textContent()) ?? '') ?? [];
  await expect(page).toHaveURL(new RegExp(`[?&]at=${position}(&|$)`));
  const address = page.url();
  const valueText = await slider.getAttribute('aria-valuetext');
  const other = await page.context().newPage();
  await other.goto(address);
  await expect(other.getByRole('slider')).toHaveAttribute('aria-valuetext', valueText ?? '');
});

test('B15 Session: what the model was shown is what was sent, to the letter', async ({ page, gateway, signIn }) => {
  const { sessionId } = await sayByHttp(gateway, 'how high is the tide?', `fenja-${Date.now()}`);
  await signIn();
  await page.goto(`${gateway.url()}/sessions/?id=${sessionId}`);
  const state = page.getByRole('main').getByRole('region', { name: /^At event \d+$/ });
  await state.getByRole('tab', { name: 'Shown to the model' }).click();
  await expect(state.getByRole('tabpanel')).toContainText('exact');
  await expect(state.getByRole('tabpanel')).toContainText('how high is the tide?');
});

test('A2 B15 Session: would it be routed the same now, and what would change it', async ({ page }) => {
  await using gateway = await startGateway();
  const { sessionId } = await sayByHttp(gateway, 'who is on duty?', 'gerd');
  await signInTo(gateway, page);
  await page.goto(`${gateway.url()}/sessions/?id=${sessionId}`);
  const route = page.getByRole('main').getByRole('region', { name: 'Why was it routed so?' });
  await route.getByRole('button', { name: 'Would it be routed the same now?' }).click();
  await expect(route).toContainText('Yes: the configuration in force decides the same.');
  await route.getByRole('button', { name: 'Show the configuration at that time' }).click();
  await expect(route).toContainText('Nothing was set: every key had its default.');

  const changed = await gateway.command(['config', 'set', 'agents.entries.main.default', 'true']);
  expect(changed.code, changed.stderr).toBe(0);
  const rules = route.getByRole('table', { name: 'Rules in the order they were tried' });
  await rules.getByRole('link', { name: 'agents.default' }).click();
  await expect(page).toHaveURL(/\/config\/\?tab=source&key=agents\.entries\.main\.default&under=/);
  await expect(page.getByRole('main')).toContainText('The decision was made under version');
  await page.getByRole('button', { name: 'Compare the two' }).click();
  await expect(page.getByRole('list', { name: 'Changes' })).toContainText('agents.entries');
});

test('B15 Session: what is shown of each type of event is chosen, counted and kept in the address', async ({ page, gateway, signIn }) => {
  const { sessionId } = await sayByHttp(gateway, 'how deep is the harbour?', `heike-${Date.now()}`);
  await signIn();
  await page.goto(`${gateway.url()}/sessions/?id=${sessionId}&machinery=true`);
  const main = page.getByRole('main');
  const way = main.getByRole('region', { name: 'The way of this message' });
  const bars = way.getByRole('list', { name: 'Timeline' }).getByRole('button');
  await expect(bars.filter({ hasText: 'Model' })).toHaveCount(1);
  const machinery = main.locator('[data-message]');
  await expect(machinery.locator('summary').filter({ hasText: 'delivery.requested' })).toBeVisible();

  await way.getByRole('button', { name: 'Importance of events' }).click();
  const sheet = page.getByRole('dialog', { name: 'Importance of events' });
  await sheet.getByLabel('model.requested').selectOption('hidden');
  await sheet.getByLabel('auth.accepted').selectOption('collapsed');
  await page.keyboard.press('Escape');
  await expect(page).toHaveURL(/importance=auth\.accepted:collapsed,model\.requested:hidden/);
  await expect(bars.filter({ hasText: 'Model' })).toHaveCount(0);
  await expect(way.getByRole('button', { name: 'Show 1 hidden' })).toBeVisible();
  await expect(way.locator('summary').filter({ hasText: 'auth.accepted' })).toBeVisible();
  await expect(machinery.getByRole('button', { name: /model\.requested/ })).toHaveCount(0);

  await page.reload();
  await way.getByRole('button', { name: 'Show 1 hidden' }).click();
  await expect(bars.filter({ hasText: 'Model' })).toHaveCount(1);
  await machinery.locator('summary').filter({ hasText: 'auth.accepted' }).click();
  await expect(machinery.getByRole('button', { name: /auth\.accepted/ })).toBeVisible();
});

test('A2 A3 B15 Session: where the session key, the agent and the model came from', async ({ page }) => {
  const config = {
    agents: { entries: { main: {}, desk: { model: 'echo/loud' } } },
    bindings: [{ agentId: 'desk', match: { channel: 'http' } }],
  };
  await using gateway = await startGateway({ config });
  const { sessionId } = await sayByHttp(gateway, 'who is at the desk?', 'irma');
  await signInTo(gateway, page);
  await page.goto(`${gateway.url()}/sessions/?id=${sessionId}`);
  const route = page.getByRole('main').getByRole('region', { name: 'Why was it routed so?' });
  const layers = route.getByRole('table').filter({ hasText: 'Layer' }).getByRole('row');
  await expect(layers.filter({ hasText: 'Binding or router' })).toContainText('desk (this one counts)');
  await expect(layers.filter({ hasText: 'Binding or router' }).getByRole('link', { name: 'bindings[0]' })).toBeVisible();
  await expect(layers.filter({ hasText: 'agents.entries.desk.model' })).toContainText('echo/loud');
  const key = route.getByRole('region', { name: 'How the session key came about' });
  await expect(key).toContainText('agent:desk:http:direct:irma');
  await expect(key.getByRole('listitem').filter({ hasText: 'irma' })).toContainText('session.dmScope=per-channel-peer');
});

test('B15 Session: a note and a reset ask for words, and both are in the log', async ({ page, gateway, signIn }) => {
  const { sessionId } = await sayByHttp(gateway, 'open the sluice', `hanna-${Date.now()}`);
  await signIn();
  await page.goto(`${gateway.url()}/sessions/?id=${sessionId}`);
  const main = page.getByRole('main');
  await main.getByRole('button', { name: 'Add note' }).click();
  await page.getByRole('dialog').getByLabel('Note').fill('Called back at noon.');
  await page.getByRole('dialog').getByRole('button', { name: 'Add note' }).click();
  await expect(main.getByRole('list', { name: 'Notes' })).toContainText('Called back at noon.');
  await main.getByRole('button', { name: 'More actions' }).click();
  await main.getByRole('button', { name: 'Reset' }).click();
  await page
    .getByRole('dialog')
    .getByLabel(/^Reason/)
    .fill('a new customer');
  await page.getByRole('dialog').getByRole('button', { name: 'Reset' }).click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  const { rows } = await gateway.json<{ rows: readonly { type: string; summary: string }[] }>(`/api/events?session=${sessionId}&limit=5`);
  expect(rows.map(({ type }) => type)).toEqual(expect.arrayContaining(['session.noted', 'session.closed']));
});

test('B16 Session: its bundle comes down as a file', async ({ page, gateway, signIn }) => {
  const { sessionId } = await sayByHttp(gateway, 'keep this', `ida-${Date.now()}`);
  await signIn();
  await page.goto(`${gateway.url()}/sessions/?id=${sessionId}`);
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('link', { name: 'Download as a bundle' }).click();
  expect((await download).suggestedFilename()).toBe(`${sessionId}.ocb`);
});
