import AxeBuilder from '@axe-core/playwright';
import { Secret, TOTP } from 'otpauth';
import { expect, signInLink, test } from './gateway.ts';

test('B15 the link of `openclaw dashboard` signs a browser in once', async ({ page, gateway, browser }) => {
  const link = await signInLink(gateway);
  await page.goto(link);
  await expect(page.getByRole('navigation').first()).toBeVisible();
  await expect(page).not.toHaveURL(/#c=/);
  await page.reload();
  await expect(page.getByRole('navigation').first()).toBeVisible();

  const stranger = await browser.newContext();
  const second = await stranger.newPage();
  await second.goto(link);
  await expect(second.getByText('openclaw dashboard').first()).toBeVisible();
  await expect(second.getByRole('navigation')).toHaveCount(0);
  await stranger.close();
});

test('a user signs in by name, password and the code of an app; each failure is named with what mends it', async ({ page, gateway }) => {
  const password = 'three green kettles sing';
  await gateway.json('/api/access/users', { method: 'POST', body: JSON.stringify({ name: 'ana', roles: ['admin'], password }) });
  const begun = (await gateway.json('/api/access/users/ana/totp', { method: 'POST', body: '{}' })) as { secret: string };
  const totp = new TOTP({ secret: Secret.fromBase32(begun.secret) });
  const confirmed = totp.generate({ timestamp: Date.now() - 30_000 });
  await gateway.json('/api/access/users/ana/totp/confirm', { method: 'POST', body: JSON.stringify({ code: confirmed }) });

  await page.goto(`${gateway.url()}/sign-in/?next=${encodeURIComponent('/sessions/')}`);
  const type = async (typed: string) => {
    await page.getByLabel('User name').fill('ana');
    await page.getByLabel('Password').fill(typed);
    await page.getByLabel('Password').press('Enter');
  };
  await type('not the password');
  await expect(page.getByRole('main').getByRole('alert')).toContainText('openclaw users reset-password <name>');
  await type(password);
  await page.getByLabel('Code').fill('000000');
  await page.getByLabel('Code').press('Enter');
  await expect(page.getByRole('main').getByRole('alert')).toContainText('User name, password or code is wrong.');
  await page.getByLabel('Code').fill(totp.generate());
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id }) => id)).toEqual([]);
  await page.getByLabel('Code').press('Enter');
  await expect(page).toHaveURL(/\/sessions\/$/);
  await expect(page.getByRole('navigation').first()).toBeVisible();
});

test('A10 a message that came over HTTP stands in the event log a moment later, without a reload', async ({ page, gateway, signIn }) => {
  await signIn();
  await page.goto(`${gateway.url()}/events/`);
  const text = `a question for the harbour office ${Date.now()}`;
  await gateway.json('/api/messages', { method: 'POST', body: JSON.stringify({ from: 'anna', text }) });
  await expect(page.getByText(text).first()).toBeVisible();
});

test('the first page has no accessibility fault', async ({ page, signIn }) => {
  await signIn();
  await expect(page.getByRole('heading').first()).toBeVisible();
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`)).toEqual([]);
});
