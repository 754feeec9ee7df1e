import { startGateway } from '../gateway-process.ts';
import { sayByHttp } from './doors.ts';
import { expect, signInTo, test } from './gateway.ts';

test.describe.configure({ timeout: 180_000 });

const CONFIG = {
  agents: { entries: { main: { default: true }, bills: {}, night: {} } },
  channels: { telegram: { enabled: false, botToken: 'x', dmPolicy: 'open' } },
  bindings: [
    { agentId: 'bills', match: { channel: 'telegram', text: '*invoice*' } },
    { agentId: 'night', match: { channel: 'telegram', text: '*invoice*' } },
  ],
};

test('A2 Routing: the rules as they are asked, with their hits, and one that is never reached', async ({ page }) => {
  await using gateway = await startGateway({ config: CONFIG });
  await sayByHttp(gateway, 'hello');
  await signInTo(gateway, page);
  await page.goto(`${gateway.url()}/routing/`);
  const rules = page.getByRole('main').getByRole('table', { name: 'Rules in the order they are asked' });
  await expect(rules.locator('[data-row="bindings[1]"]')).toContainText('Never reached: bindings[0] takes all of it');
  await expect(rules.locator('[data-row="bindings[0]"]')).toContainText('No hit in 24 hours');
  await expect(rules.locator('[data-row="bindings[0]"]')).toContainText('*invoice*');
  await expect(rules.locator('[data-row="agents.default"]')).toContainText(/main\s*1/);
});

test('A2 Routing: a message that did not come is explained by the keyboard alone, and the address asks the same again', async ({
  page,
}) => {
  await using gateway = await startGateway({ config: CONFIG });
  await signInTo(gateway, page);
  await page.goto(`${gateway.url()}/routing/`);
  const main = page.getByRole('main');
  await main.getByLabel('From').focus();
  await page.keyboard.type('42');
  await main.getByLabel(/^Text/).focus();
  await page.keyboard.type('where is my invoice?');
  await main.getByRole('button', { name: 'Explain' }).focus();
  await page.keyboard.press('Enter');
  await expect(main.getByText('It would go to bills.')).toBeVisible();
  await expect(main.getByText('It would be let in.')).toBeVisible();
  await expect(main.getByText("openclaw route explain --channel telegram --from 42 --text 'where is my invoice?'")).toBeVisible();
  const tried = main.getByRole('table', { name: 'Rules in the order they were tried' });
  await expect(tried.getByRole('cell', { name: 'Matched', exact: true })).toHaveCount(1);
  await page.reload();
  await expect(main.getByText('It would go to bills.')).toBeVisible();
  await main.getByLabel(/^Text/).fill('good morning');
  await page.keyboard.press('Control+Enter');
  await expect(main.getByText('It would go to main.')).toBeVisible();
});

test('A2 B15 Routing: a rule leads to its line of the configuration', async ({ page }) => {
  await using gateway = await startGateway({ config: CONFIG });
  await signInTo(gateway, page);
  await page.goto(`${gateway.url()}/routing/`);
  const main = page.getByRole('main');
  await main.getByRole('link', { name: 'bindings[1]' }).click();
  await expect(page).toHaveURL(/\/config\/\?tab=source&key=bindings/);
  const source = page.getByTestId('source');
  await expect(source.locator('.cm-activeLine + .cm-line')).toContainText('"night"', { timeout: 30_000 });
  await page.goto(`${gateway.url()}/config/?tab=source&key=session.dmScope`);
  await expect(main.getByText('session.dmScope is not in the file.')).toBeVisible({ timeout: 30_000 });
});
