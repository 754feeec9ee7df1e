import { startGateway } from '../gateway-process.ts';
import { sayByHttp } from './doors.ts';
import { expect, signInTo, test } from './gateway.ts';

test.describe.configure({ timeout: 180_000 });

const CONFIG = {
  agents: { entries: { main: { default: true, tools: ['exec.run', 'clock.now'] }, quiet: { systemPrompt: 'Say little.' } } },
  tools: {
    allow: ['exec.run', 'clock.now'],
    rules: [{ tools: ['exec.run'], when: { 'argv.0': ['ls'] }, action: 'allow' }],
  },
  budgets: { perDay: { tokens: 1_000_000 }, perAgent: { tokens: 500_000 } },
  schedules: { morning: { cron: '0 9 * * *', text: 'What is new?', channel: 'http', to: { id: 'anna' } } },
};

test('Agents: what each is and used, who may call what by which rule, and the tools with what they take', async ({ page }) => {
  await using gateway = await startGateway({ config: CONFIG });
  await sayByHttp(gateway, 'hello');
  await signInTo(gateway, page);
  await page.goto(`${gateway.url()}/agents/`);
  const main = page.getByRole('main');
  await expect(main.getByRole('article', { name: 'main' })).toContainText('1 answer');
  await main.getByRole('article', { name: 'quiet' }).getByText('What it is told first').click();
  await expect(main.getByRole('article', { name: 'quiet' })).toContainText('Say little.');
  await main.getByRole('tab', { name: 'Who may call what' }).click();
  const cell = main.locator('td[data-standing="main exec.run"]');
  await expect(cell).toContainText('ask');
  await expect(cell).toContainText('unless tools.rules[0]: allow');
  await expect(main.locator('td[data-standing="quiet exec.run"]')).toContainText('deny');
  await expect(main.locator('td[data-standing="quiet exec.run"]')).toContainText('agents.tools');
  await main.getByRole('tab', { name: 'Models' }).click();
  await expect(main.getByRole('progressbar', { name: 'Everybody' })).toBeVisible();
});

test('Agents: a tool is opened and a schedule run by the keyboard alone', async ({ page }) => {
  await using gateway = await startGateway({ config: CONFIG });
  await signInTo(gateway, page);
  await page.goto(`${gateway.url()}/agents/?tab=tools`);
  const main = page.getByRole('main');
  await main.locator('[data-row="exec.run"]').focus();
  await page.keyboard.press('Enter');
  const drawer = page.getByRole('dialog', { name: 'exec.run' });
  await expect(drawer).toContainText('"argv"');
  await expect(drawer).toContainText('It is not locked in');
  await page.keyboard.press('Escape');
  await expect(drawer).toHaveCount(0);
  await main.getByRole('tab', { name: 'Tools' }).focus();
  for (let press = 0; press < 3; press++) await page.keyboard.press('ArrowRight');
  const schedules = main.getByRole('table', { name: 'Schedules' });
  await expect(schedules).toContainText('0 9 * * *');
  await schedules.getByRole('button', { name: 'Run now' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('dialog', { name: 'Run morning now?' }).getByRole('button', { name: 'Run now' }).focus();
  await page.keyboard.press('Enter');
  await expect(schedules).toContainText('sent');
});
