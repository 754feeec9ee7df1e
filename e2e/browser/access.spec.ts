/** The access page: users and what they may see, tokens that are shown once, logins that end at once. */
import type { Page } from '@playwright/test';
import { Secret, TOTP } from 'otpauth';
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

test('B15 Access: a token that is rotated has a new secret, shown once, and the old one ends at once', async ({
  page,
  gateway,
  signIn,
}) => {
  const name = `nightly-${Date.now() % 100_000}`;
  const body = JSON.stringify({ name, roles: ['viewer'], expiresInMs: 86_400_000 });
  const { token: old } = await gateway.json<{ token: string }>('/api/access/tokens', { method: 'POST', body });
  const ask = async (token: string) =>
    (await fetch(`${gateway.url()}/api/events?limit=1`, { headers: { authorization: `Bearer ${token}` } })).status;
  expect(await ask(old)).toBe(200);
  await signIn();
  await page.goto(`${gateway.url()}/access/?tab=tokens`);
  await page.getByRole('button', { name: `Rotate ${name}` }).click();
  const asked = page.getByRole('dialog', { name: `Rotate ${name}?` });
  await asked.getByRole('button', { name: 'Rotate' }).click();
  const shown = page.getByRole('dialog', { name: `Token ${name}` });
  const made = (await shown.locator('pre').textContent()) ?? '';
  await shown.getByRole('button', { name: 'I have kept it' }).click();
  await expect(shown).toHaveCount(0);
  await expect(page.locator('body')).not.toContainText(made);
  expect(made).not.toBe(old);
  expect([await ask(made), await ask(old)]).toEqual([200, 401]);
});

test('B15 Access: an authenticator app is set up in the page, and its code is asked for from then on', async ({ page, gateway }) => {
  const name = `tom-${Date.now() % 100_000}`;
  await gateway.json('/api/access/users', { method: 'POST', body: JSON.stringify({ name, roles: ['viewer'], password: PASSWORD }) });
  await signInAs(page, gateway, name);
  await page.goto(`${gateway.url()}/access/`);
  await page.getByRole('button', { name: 'Set up an app' }).click();
  const dialog = page.getByRole('dialog', { name: 'Set up an app' });
  const secret = ((await dialog.getByRole('figure', { name: 'Secret' }).locator('pre').textContent()) ?? '').replaceAll(' ', '');
  const totp = new TOTP({ secret: Secret.fromBase32(secret) });
  await dialog.getByLabel('Code of the app').fill('000000');
  await dialog.getByRole('button', { name: 'Confirm' }).click();
  await expect(
    page
      .getByText(/code/i)
      .filter({ hasText: /wrong|not/i })
      .first(),
  ).toBeVisible();
  await dialog.getByLabel('Code of the app').fill(totp.generate({ timestamp: Date.now() - 30_000 }));
  await dialog.getByRole('button', { name: 'Confirm' }).click();
  await expect(dialog).toHaveCount(0);
  await expect(page.getByRole('region', { name: 'Second factor' })).toContainText('with an app’s code');

  await page.context().clearCookies();
  await page.goto(`${gateway.url()}/sign-in/`);
  await page.getByLabel('User name').fill(name);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByLabel('Password').press('Enter');
  await page.getByLabel('Code').fill(totp.generate());
  await page.getByLabel('Code').press('Enter');
  await expect(page.getByRole('navigation').first()).toBeVisible();
});

test('B15 Access: a page that a role may not see says what it needs and what gives it, and is there once the role has it', async ({
  page,
  gateway,
}) => {
  const name = `vic-${Date.now() % 100_000}`;
  await gateway.json('/api/access/users', { method: 'POST', body: JSON.stringify({ name, roles: ['viewer'], password: PASSWORD }) });
  await signInAs(page, gateway, name);
  await page.goto(`${gateway.url()}/audit/`);
  const main = page.getByRole('main');
  await expect(main.getByText('Your role does not allow this')).toBeVisible();
  await expect(main.getByText(/^It needs the permission audit\.read\. These roles have it: .*auditor/)).toBeVisible();
  await expect(main.getByText('Yours: viewer.')).toBeVisible();
  await expect(main.getByText('openclaw users set-roles <name> viewer auditor')).toBeVisible();
  await expect(main.locator('[data-position]')).toHaveCount(0);

  const changed = await gateway.command(['users', 'set-roles', name, 'viewer', 'auditor']);
  expect(changed.code, changed.stderr).toBe(0);
  await page.goto(`${gateway.url()}/audit/`);
  await expect(main.locator('[data-position]').first()).toBeVisible();
});
