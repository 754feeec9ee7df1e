import AxeBuilder from '@axe-core/playwright';
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
