import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { startGateway, until } from '../gateway-process.ts';
import { startTelegram, type TelegramServer } from '../stand-ins/telegram.ts';
import { expect, signInTo, test } from './gateway.ts';
import { readQrCode } from './qr-code.ts';

test.describe.configure({ timeout: 180_000 });

const channelsOf = (telegram: TelegramServer, botToken = telegram.token) => ({
  channels: { telegram: { botToken, apiRoot: telegram.url, dmPolicy: 'open' } },
});

const account = (page: Page) => page.getByRole('main').getByRole('article', { name: 'telegram/default' });

test('C1 B12 Channels: a probe with a wrong token names the step and the cause, and stands in the history', async ({ page }) => {
  const telegram = await startTelegram();
  await using gateway = await startGateway({ config: channelsOf(telegram, '1234:wrong-token-wrong-token-wrong') });
  await signInTo(gateway, page);
  await page.goto(`${gateway.url()}/channels/`);
  await expect(account(page)).toContainText('Disconnected');
  await account(page).getByRole('button', { name: 'Probe' }).click();
  const steps = account(page).getByRole('list', { name: 'Probe' });
  await expect(steps.locator('[data-step=connect][data-ok=true]')).toBeVisible();
  const failed = steps.locator('[data-ok=false]');
  await expect(failed).toHaveCount(1);
  await expect(failed).toContainText('Sign in');
  await expect(failed).toContainText(/token/i);
  await page.getByRole('link', { name: 'telegram/default' }).click();
  await expect(page.getByRole('region', { name: 'Earlier probes' })).toContainText('Failed: auth');
  const main = page.getByRole('main');
  await expect(main).toContainText('openclaw channels status --probe --channel telegram');
  await expect(main.getByRole('link', { name: 'Run the doctor' })).toHaveAttribute('href', /^\/metrics\/\?view=health/);
  await main.getByRole('link', { name: 'channels.telegram', exact: true }).click();
  await expect(page.locator('[data-key="channels.telegram.enabled"]')).toBeVisible();
  await telegram.close();
});

test('Channels: an account is paused and resumed by the keyboard alone, and says why in the trail', async ({ page }) => {
  const telegram = await startTelegram();
  await using gateway = await startGateway({ config: channelsOf(telegram) });
  await signInTo(gateway, page);
  await page.goto(`${gateway.url()}/channels/?channel=telegram`);
  const main = page.getByRole('main');
  await expect(main.getByText('Connected', { exact: true })).toBeVisible();
  await main.getByRole('button', { name: 'Pause' }).focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Pause telegram/default?' });
  await dialog.getByLabel('Reason').focus();
  await page.keyboard.type('The bot is being moved.');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(main.getByText('Paused', { exact: true })).toBeVisible();
  const { rows } = await gateway.json<{ rows: readonly { summary: string }[] }>('/api/audit?limit=50');
  expect(JSON.stringify(rows)).toContain('channel.hold');
  await main.getByRole('button', { name: 'Resume' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').getByRole('button', { name: 'Resume' }).focus();
  await page.keyboard.press('Enter');
  await expect(main.getByText('Connected', { exact: true })).toBeVisible();
  await main.getByRole('tab', { name: 'Connection log' }).click();
  await expect(main.getByRole('tabpanel')).toContainText('telegram/default paused');
  await telegram.close();
});

test('C1 Channels: each account of a channel has its own traffic, deliveries and dead letters, also after a restart', async ({ page }) => {
  const [one, two] = [await startTelegram(), await startTelegram({ token: '654321:another-stand-in-token' })];
  await using gateway = await startGateway({
    config: { channels: { telegram: { accounts: { one: channelsOf(one).channels.telegram, two: channelsOf(two).channels.telegram } } } },
  });
  one.say({ text: 'first for one' });
  one.say({ text: 'second for one' });
  await one.until(() => one.sent.length === 2);
  two.fail('sendMessage', { fault: 'status', status: 400, description: 'Bad Request: message is not good' });
  two.say({ text: 'for two alone' });
  await until('a dead letter', async () => {
    const { rows } = await gateway.json<{ rows: readonly unknown[] }>('/api/dead-letters?channel=telegram');
    return rows.length > 0 || undefined;
  });
  await gateway.stop();
  await gateway.start();
  await signInTo(gateway, page);
  await page.goto(`${gateway.url()}/channels/`);
  const card = (name: string) => page.getByRole('article', { name });
  await expect(card('telegram/one')).toContainText('2 in, 2 out, 0 failed');
  await expect(card('telegram/one')).toContainText('In use since');
  one.say({ text: 'third for one' });
  await expect(card('telegram/one')).toContainText('update_id 1002');
  await expect(card('telegram/one')).toContainText('3 in, 3 out, 0 failed');
  await expect(card('telegram/two')).toContainText(/1 in, 0 out, [12] failed/);
  await expect(card('telegram/two').getByText('none yet')).toHaveCount(1);
  const list = (name: string) => page.getByRole('main').getByRole('list', { name });
  await page.goto(`${gateway.url()}/channels/?channel=telegram&account=two&tab=deliveries`);
  await expect(list('Deliveries').getByRole('listitem')).toHaveCount(1);
  await expect(list('Deliveries')).toContainText('for two alone');
  await page.goto(`${gateway.url()}/channels/?channel=telegram&account=two&tab=deadLetters`);
  await expect(list('Dead letters')).toContainText('for two alone');
  await page.goto(`${gateway.url()}/channels/?channel=telegram&account=one&tab=deadLetters`);
  await expect(page.getByRole('main').getByText('No reply was given up')).toBeVisible();
  await page.goto(`${gateway.url()}/channels/?channel=telegram&account=one&tab=deliveries`);
  await expect(list('Deliveries').locator('[data-message]')).toHaveCount(3);
  await Promise.all([one.close(), two.close()]);
});

test('B12 Channels: with an explicit choice a probe also sends one test message, to somebody who is listed alone', async ({ page }) => {
  const telegram = await startTelegram();
  const { channels } = channelsOf(telegram);
  await using gateway = await startGateway({ config: { channels: { telegram: { ...channels.telegram, allowFrom: ['42'] } } } });
  await signInTo(gateway, page);
  await page.goto(`${gateway.url()}/channels/?channel=telegram`);
  const main = page.getByRole('main');
  const probe = main.getByRole('button', { name: 'Probe', exact: true });
  const steps = main.getByRole('list', { name: 'Probe' });
  const earlier = page.getByRole('region', { name: 'Earlier probes' }).getByRole('listitem');
  await probe.click();
  await expect(earlier).toHaveCount(1);
  expect(telegram.sent).toEqual([]);
  await main.getByLabel('Also send a message to myself').check();
  await expect(probe).toBeDisabled();
  await main.getByLabel('My id on this service').fill('43');
  await probe.click();
  await expect(steps.locator('[data-step=send][data-ok=false]')).toContainText('allowFrom');
  await expect(probe).toBeEnabled();
  expect(telegram.sent).toEqual([]);
  await main.getByLabel('My id on this service').fill('42');
  await probe.click();
  await expect(steps.locator('[data-step=send][data-ok=true]')).toContainText('dlv_');
  await expect(earlier.first()).toContainText('Passed');
  expect(telegram.sent).toMatchObject([{ chatId: '42', text: expect.stringContaining('Test message') }]);
  await telegram.close();
});

test('Channels: a reply that was given up is sent again, once', async ({ page }) => {
  const telegram = await startTelegram();
  await using gateway = await startGateway({ config: channelsOf(telegram) });
  telegram.fail('sendMessage', { fault: 'status', status: 400, description: 'Bad Request: message is not good' });
  telegram.say({ text: 'hello there', fromId: 7 });
  await until('a dead letter', async () => {
    const { rows } = await gateway.json<{ rows: readonly unknown[] }>('/api/dead-letters?channel=telegram');
    return rows.length > 0 || undefined;
  });
  await signInTo(gateway, page);
  await page.goto(`${gateway.url()}/channels/?channel=telegram&tab=deadLetters`);
  const row = page.getByRole('main').getByRole('list', { name: 'Dead letters' }).getByRole('listitem').first();
  await expect(row).toContainText('hello there');
  await expect(row).toContainText('message is not good');
  await row.getByRole('button', { name: 'Send again' }).click();
  await expect(page.getByRole('main').getByText('No reply was given up')).toBeVisible();
  await until('the reply', () => telegram.sent.some(({ text }) => text.includes('hello there')) || undefined);
  expect(telegram.sent.filter(({ text }) => text.includes('hello there'))).toHaveLength(1);
  await telegram.close();
});

test('Channels: a bot is connected in three steps, its token is in a file and nowhere else', async ({ page }) => {
  const telegram = await startTelegram({ token: '123456:abcdefghijklmnopqrstuvwxyz' });
  await using gateway = await startGateway();
  await signInTo(gateway, page);
  await page.goto(`${gateway.url()}/channels/`);
  await page.getByRole('main').getByRole('button', { name: 'Connect Telegram' }).click();
  const dialog = page.getByRole('dialog', { name: 'Connect Telegram' });
  await dialog.getByLabel('Token of the bot').fill(telegram.token);
  await dialog.getByLabel(/^Address of the Bot API/).fill(telegram.url);
  await dialog.getByRole('button', { name: 'Next' }).click();
  await dialog.getByRole('button', { name: 'Write it and check' }).click();
  await expect(dialog.getByText('It works. Write to the bot.')).toBeVisible();
  await dialog.getByRole('button', { name: 'Show the account' }).click();
  await expect(page.getByRole('main').getByText('Connected', { exact: true })).toBeVisible();
  const { path, ...config } = await gateway.json<{ readonly path: string }>('/api/config');
  expect(JSON.stringify(config)).not.toContain('abcdefghijklmnopqrstuvwxyz');
  expect(await readFile(join(dirname(path), 'secrets', 'telegram-default.token'), 'utf8')).toBe(telegram.token);
  await telegram.close();
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`Channels: who connects a bot opens @BotFather and then the bot by a phone that reads the screen, ${colorScheme}`, async ({
    page,
  }) => {
    const username = 'the_bot_with_a_name_of_32_letter';
    const telegram = await startTelegram({ username });
    await using gateway = await startGateway();
    await page.emulateMedia({ colorScheme });
    await signInTo(gateway, page);
    await page.goto(`${gateway.url()}/channels/?connect=true`);
    const dialog = page.getByRole('dialog', { name: 'Connect Telegram' });
    const leadsTo = async (name: string) => {
      const address = `https://t.me/${name}`;
      await expect(dialog.getByRole('link', { name: `Open @${name}` })).toHaveAttribute('href', address);
      await expect.poll(() => readQrCode(dialog.getByRole('img', { name: `QR code of ${address}` }))).toBe(address);
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id }) => id)).toEqual([]);
    };
    await leadsTo('BotFather');
    await dialog.getByLabel('Token of the bot').fill(telegram.token);
    await dialog.getByLabel(/^Address of the Bot API/).fill(telegram.url);
    await dialog.getByRole('button', { name: 'Next' }).click();
    await dialog.getByRole('button', { name: 'Write it and check' }).click();
    await leadsTo(username);
    await telegram.close();
  });
}
