/** The configuration page: changed by keyboard alone, mended in the source, brought together, rolled back, undone by itself. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { type GatewayProcess, startGateway } from '../gateway-process.ts';
import { sayByHttp } from './doors.ts';
import { expect, signInTo, test } from './gateway.ts';

const CONFIG = {
  agents: { defaults: { systemPrompt: 'Be brief.' }, entries: { main: { default: true }, ada: {} } },
  bindings: [{ agentId: 'main', match: { channel: 'http' } }],
  channels: { telegram: { enabled: false } },
};
const fileOf = (gateway: GatewayProcess) => join(gateway.stateDir, 'openclaw.json');

async function openConfig(page: Page, query = ''): Promise<GatewayProcess> {
  const gateway = await startGateway({ config: CONFIG });
  await signInTo(gateway, page);
  await page.goto(`${gateway.url()}/config/${query}`);
  return gateway;
}

test('B14 B15 Config: with the keyboard alone a value is changed, its effect on messages seen, and saved with a reason', async ({
  page,
}) => {
  await using gateway = await openConfig(page, '?key=bindings[0].agentId');
  await sayByHttp(gateway, 'which agent answers?');
  const field = page.locator('[data-key="bindings[0].agentId"] input');
  await expect(field).toBeFocused();
  await page.keyboard.press('Control+a');
  await page.keyboard.type('ada');
  await page.keyboard.press('Enter');
  await expect(page.getByText('Not saved')).toBeVisible();
  await page.keyboard.press('Control+Enter');
  const drawer = page.getByRole('dialog', { name: 'Review and save' });
  await expect(drawer.getByRole('list', { name: 'Changes' })).toContainText('bindings');
  await expect(drawer.getByTestId('impact')).toHaveText('1 of 1 messages would be decided otherwise.', { timeout: 20_000 });
  await drawer.getByLabel('Why (kept with the version)').focus();
  await page.keyboard.type('Ada answers now');
  await page.keyboard.press('Enter');
  await expect(drawer).toHaveCount(0);
  await expect.poll(() => readFile(fileOf(gateway), 'utf8')).toContain('"agentId": "ada"');
  await page.getByRole('button', { name: 'History' }).press('Enter');
  const newest = page.getByRole('list', { name: 'Versions, the newest first' }).getByRole('listitem').first();
  await expect(newest).toContainText('Ada answers now');
});

test('B14 B15 Config: a mistake in the source is shown where it stands, and secrets never are', async ({ page }) => {
  await using gateway = await openConfig(page);
  await gateway.command(['config', 'set', 'channels.telegram.botToken', '12345:abcdefabcdefabcdefabcdefabcdefabcde']);
  await page.goto(`${gateway.url()}/config/?tab=source`);
  const editor = page.getByRole('textbox', { name: 'Configuration file, JSON5' });
  await expect(editor).toContainText('"botToken": "***"');
  await expect(page.locator('body')).not.toContainText('abcdefabcdef');
  await editor.getByText('"Be brief."').click();
  await page.keyboard.press('Home');
  await page.keyboard.type('maxSteps: "many", ');
  const faults = page.getByRole('list', { name: 'What is wrong' });
  await expect(faults).toContainText(/line \d+.*agents\.defaults\.maxSteps/);
  await expect(page.getByRole('button', { name: 'Review and save' })).toBeEnabled();
  await expect(page.getByText('Has mistakes')).toBeVisible();
});

test('B15 Config: what another saved meanwhile is brought together key by key', async ({ page }) => {
  await using gateway = await openConfig(page, '?key=agents.defaults.systemPrompt');
  const prompt = page.locator('[data-key="agents.defaults.systemPrompt"] input');
  await prompt.fill('Be mine.');
  await prompt.press('Enter');
  await expect(page.getByText('Not saved')).toBeVisible();
  await gateway.command(['config', 'set', 'agents.defaults.systemPrompt', 'Be theirs.']);
  await page.getByRole('button', { name: 'Bring both together' }).click();
  await page.getByRole('radio', { name: /Yours.*Be mine\./ }).check();
  await page.getByRole('button', { name: 'Go on with this' }).click();
  await page.getByRole('button', { name: 'Review and save' }).click();
  const drawer = page.getByRole('dialog');
  await expect(drawer.getByRole('list', { name: 'Changes' })).toContainText(/Be theirs\..*Be mine\./);
  await drawer.getByRole('button', { name: 'Save', exact: true }).click();
  await expect.poll(() => readFile(fileOf(gateway), 'utf8')).toContain('Be mine.');
});

test('B15 Config: a draft outlives a reload, and an earlier version is put in force again', async ({ page }) => {
  await using gateway = await openConfig(page, '?key=agents.defaults.systemPrompt');
  await gateway.command(['config', 'set', 'agents.defaults.systemPrompt', 'Be long.', '--reason', 'a try']);
  const prompt = page.locator('[data-key="agents.defaults.systemPrompt"] input');
  await expect(prompt).toHaveValue('Be long.');
  await prompt.fill('Be kept.');
  await prompt.press('Enter');
  await expect(page.getByText('Not saved')).toBeVisible();
  await expect.poll(() => page.evaluate<string | null>('sessionStorage.getItem("openclaw.config.draft")')).toContain('Be kept.');
  await page.reload();
  await expect(prompt).toHaveValue('Be kept.');
  await page.getByRole('button', { name: 'Discard' }).click();
  await page.getByRole('button', { name: 'History' }).click();
  const under = page.getByRole('link', { name: /events under it$/ }).last();
  await expect(under).toHaveAttribute('href', /^\/events\/\?q=seq:\d+\.\.\d+&range=all$/);
  await page.getByRole('button', { name: 'Roll back to this' }).first().click();
  const drawer = page.getByRole('dialog');
  await expect(drawer.getByRole('list', { name: 'Changes' })).toContainText(/Be long\..*Be brief\./);
  await drawer.getByRole('button', { name: 'Save', exact: true }).click();
  await expect.poll(() => readFile(fileOf(gateway), 'utf8')).toContain('Be brief.');
  await expect(page.getByRole('list', { name: 'Versions, the newest first' }).getByRole('listitem').first()).toContainText('Rollback');
});

test('B15 Config: a risky change is on trial; kept it stays, left alone it is undone by itself', async ({ page }) => {
  test.setTimeout(180_000);
  await using gateway = await openConfig(page, '?key=gateway.network.connections.maxHttpConnections');
  const field = page.locator('[data-key="gateway.network.connections.maxHttpConnections"] input');
  const saveOnTrial = async (value: string) => {
    await field.fill(value);
    await field.press('Enter');
    await page.getByRole('button', { name: 'Review and save' }).click();
    const drawer = page.getByRole('dialog');
    await expect(drawer.getByRole('checkbox', { name: /On trial/ })).toBeChecked();
    await drawer.getByRole('button', { name: 'Save', exact: true }).click();
    await expect(page.getByTestId('trial')).toContainText(/On trial: undone in \d+ s/);
  };
  await saveOnTrial('777');
  await page.getByRole('button', { name: 'Keep it' }).click();
  await expect(page.getByTestId('trial')).toHaveCount(0);
  await saveOnTrial('778');
  await expect(page.getByTestId('trial')).toHaveCount(0, { timeout: 90_000 });
  await expect.poll(() => readFile(fileOf(gateway), 'utf8')).toContain('777');
  const { rows } = await gateway.json<{ rows: readonly { summary: string }[] }>('/api/events?type=config.reverted&limit=1');
  expect(rows[0]?.summary).toContain('unconfirmed');
});

test('B15 Config: who may only read sees the form and is told which role changes it', async ({ page }) => {
  await using gateway = await startGateway({ config: CONFIG });
  const password = 'three green kettles sing';
  await gateway.json('/api/access/users', { method: 'POST', body: JSON.stringify({ name: 'otto', roles: ['operator'], password }) });
  await page.goto(`${gateway.url()}/sign-in/?next=${encodeURIComponent('/config/?key=agents.defaults.systemPrompt')}`);
  await page.getByLabel('User name').fill('otto');
  await page.getByLabel('Password').fill(password);
  await page.getByLabel('Password').press('Enter');
  await expect(page.getByText('Changing it needs the role admin.')).toBeVisible();
  await page.goto(`${gateway.url()}/config/?key=agents.defaults.systemPrompt`);
  await expect(page.locator('[data-key="agents.defaults.systemPrompt"] input')).toHaveAttribute('readonly', '');
  await expect(page.getByRole('button', { name: 'Review and save' })).toHaveCount(0);
});

test('B14 B15 Config: two versions are compared, and what is in force with the draft; the address keeps which', async ({ page }) => {
  await using gateway = await openConfig(page);
  await gateway.command(['config', 'set', 'agents.defaults.systemPrompt', 'Be long.', '--reason', 'a try']);
  await page.goto(`${gateway.url()}/config/?tab=history`);
  const newest = page.getByRole('list', { name: 'Versions, the newest first' }).getByRole('listitem').first();
  await newest.getByRole('button', { name: 'Compare with the one before' }).click();
  await expect(page).toHaveURL(/[?&]tab=diff&v=\w{12,}&diff=\w{12,}/);
  await expect(page.getByRole('list', { name: 'Changes' })).toContainText(/Be brief\..*Be long\./);
  const comparison = page.getByTestId('comparison');
  await expect(comparison).toContainText('Be brief.');
  await expect(comparison).toContainText('Be long.');
  await page.reload();
  await expect(page.getByRole('list', { name: 'Changes' })).toContainText(/Be brief\..*Be long\./);

  await page.goto(`${gateway.url()}/config/?key=agents.defaults.systemPrompt`);
  const prompt = page.locator('[data-key="agents.defaults.systemPrompt"] input');
  await prompt.fill('Be drafted.');
  await prompt.press('Enter');
  await expect(page.getByText('Not saved')).toBeVisible();
  await page.getByRole('button', { name: 'Compare', exact: true }).click();
  await expect(comparison).toContainText('Be long.');
  await expect(comparison).toContainText('Be drafted.');
  await page.getByLabel('compared with').selectOption({ label: 'In force' });
  await expect(page).toHaveURL(/[?&]diff=running/);
  await expect(comparison).not.toContainText('Be drafted.');
});
