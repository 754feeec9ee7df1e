/** The access page: users and what they may see, tokens that are shown once, logins that end at once. */
import type { Page } from '@playwright/test';
import type { GatewayProcess } from '../gateway-process.ts';
import { expect, signInLink, test } from './gateway.ts';

const PASSWORD = 'three green kettles sing';

async function signInAs(page: Page, gateway: GatewayProcess, name: string): Promise<void> {
  await page.goto(`${gateway.url()}/sign-in/`);
  await page.getByLabel('User name').fill(name);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByLabel('Password').press('Enter');
  await expect(page.getByRole('navigation').first()).toBeVisible();
}

test('B15 Access: a user is made by keyboard, signs in, and is told what he may not see', async ({ page, gateway, signIn, browser }) => {
  await signIn();
  await page.goto(`${gateway.url()}/access/`);
  const name = `ida-${Date.now() % 100_000}`;
  await page.getByRole('button', { name: 'New user' }).press('Enter');
  const dialog = page.getByRole('dialog', { name: 'New user' });
  await expect(dialog.getByLabel('Name')).toBeFocused();
  await page.keyboard.type(name);
  await dialog.getByLabel('Password').focus();
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press('Enter');
  await expect(dialog).toHaveCount(0);
  await expect(page.locator(`[data-user="${name}"]`)).toContainText('viewer');

  const context = await browser.newContext();
  const other = await context.newPage();
  await signInAs(other, gateway, name);
  await other.goto(`${gateway.url()}/access/?tab=users`);
  await expect(other.getByRole('main').getByRole('alert')).toContainText('needs the role auditor or admin');
  await other.goto(`${gateway.url()}/access/`);
  await expect(other.getByRole('region', { name: 'Second factor' })).toBeVisible();
  await context.close();
});

test('B15 Access: a token is shown once, works with what it was given, and not after it was revoked', async ({ page, gateway, signIn }) => {
  await signIn();
  await page.goto(`${gateway.url()}/access/?tab=tokens`);
  const name = `backup-${Date.now() % 100_000}`;
  await page.getByRole('button', { name: 'New token' }).click();
  const making = page.getByRole('dialog', { name: 'New token' });
  await making.getByLabel('Name').fill(name);
  await making.getByRole('button', { name: 'Create' }).click();
  const shown = page.getByRole('dialog', { name: `Token ${name}` });
  const token = (await shown.locator('pre').textContent()) ?? '';
  await shown.getByRole('button', { name: 'I have kept it' }).click();
  await expect(page.locator('body')).not.toContainText(token);
  const ask = async (path: string) => (await fetch(gateway.url() + path, { headers: { authorization: `Bearer ${token}` } })).status;
  expect(await ask('/api/events?limit=1')).toBe(200);
  expect(await ask('/api/config')).toBe(403);
  await page.getByRole('button', { name: `Revoke ${name}` }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
  await expect(page.getByRole('row', { name: new RegExp(name) })).toContainText('Revoked');
  expect(await ask('/api/events?limit=1')).toBe(401);
});

test('B15 Access: a login that is ended loses its open page by itself', async ({ page, gateway, signIn, browser }) => {
  await signIn();
  const context = await browser.newContext();
  const other = await context.newPage();
  await other.goto(await signInLink(gateway));
  await expect(other.getByRole('navigation').first()).toBeVisible();
  await other.goto(`${gateway.url()}/events/`);
  await expect(other.getByTestId('live-indicator')).toHaveText(/^Live/);

  await page.goto(`${gateway.url()}/access/?tab=logins`);
  await expect(page.locator('[data-login]').filter({ hasText: 'This browser' })).toHaveCount(1);
  await page.goto(`${gateway.url()}/access/?tab=account`);
  await page.getByRole('button', { name: 'End all others' }).click();
  await expect(other.getByLabel('User name')).toBeVisible();
  await context.close();
});

test('B15 Access: what gives access to others asks for a proof that is not old, and goes on with it', async ({ page, gateway, signIn }) => {
  await signIn();
  await page.route('**/api/access/bans', async (route) => {
    const body = { error: { code: 'STEP_UP_REQUIRED', message: 'Prove who you are.', remedy: 'Do.', retryable: false } };
    await route.fulfill({ status: 403, json: body });
    await page.unroute('**/api/access/bans');
  });
  await page.goto(`${gateway.url()}/access/?tab=bans`);
  await page.getByRole('button', { name: 'Ban an address' }).click();
  await page.getByRole('dialog').getByLabel('Address', { exact: true }).fill('203.0.113.77');
  await page.getByRole('dialog').getByRole('button', { name: 'Ban', exact: true }).click();
  const proof = page.getByRole('dialog', { name: 'Prove that it is you' });
  await proof.getByLabel('Gateway token').fill('not the token');
  await proof.getByRole('button', { name: 'Go on' }).click();
  await expect(proof.getByRole('alert')).toBeVisible();
  await proof.getByLabel('Gateway token').fill(await gateway.token());
  await proof.getByRole('button', { name: 'Go on' }).click();
  await expect(page.getByText('203.0.113.77', { exact: true })).toBeVisible();
  await page.getByRole('button', { name: 'Lift 203.0.113.77' }).click();
  await expect(page.getByText('No address is banned')).toBeVisible();
});
