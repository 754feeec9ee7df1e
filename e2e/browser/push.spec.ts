import { fileURLToPath } from 'node:url';
import type { Page } from '@playwright/test';
import { type GatewayProcess, startGateway, until } from '../gateway-process.ts';
import { startOpenAi } from '../stand-ins/openai.ts';
import { type PushService, type StandInSubscription, startPushService } from '../stand-ins/push-service.ts';
import { expect, signInTo, test } from './gateway.ts';

test.describe.configure({ timeout: 60_000 });

/** The scopes of the service workers. */
const WORKERS = 'navigator.serviceWorker.getRegistrations().then((all) => all.map(({ scope }) => scope))';
const SWITCH = 'Notify me in this browser';

const notifySwitch = (page: Page) => page.getByRole('main').getByRole('switch', { name: SWITCH });

function configFor(modelUrl: string) {
  return {
    models: { providers: { local: { api: 'openai-completions', baseUrl: modelUrl, apiKey: 'none' } } },
    agents: { defaults: { model: 'local/one', tools: ['exec.run'] } },
    tools: { allow: ['exec.run'] },
    gateway: { security: { networkIsolation: { allowedOutbound: ['127.0.0.1/32'] } } },
  };
}

/** What the page gets when it subscribes; nothing where its push service cannot be reached. */
async function giveSubscription(page: Page, subscription: StandInSubscription | undefined): Promise<void> {
  await page.addInitScript({ content: `window.standInSubscription = ${JSON.stringify(subscription ?? null)};` });
  await page.addInitScript({ path: fileURLToPath(new URL('push-stand-in.js', import.meta.url)) });
}

/** Gives the service worker what its push service would, and answers what it has shown then. */
async function deliver(page: Page, gateway: GatewayProcess, data: string): Promise<unknown> {
  const context = page.context();
  const worker = context.serviceWorkers()[0] ?? (await context.waitForEvent('serviceworker'));
  await worker.evaluate(`void (self.shown = new Promise((resolve) => {
    registration.showNotification = async (title, { body, tag, data }) => resolve({ title, body, tag, data });
  }))`);
  const session = await context.newCDPSession(page);
  const registered = new Promise<string>((resolve) => {
    session.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      const found = registrations.find(({ scopeURL, isDeleted }) => scopeURL === `${gateway.url()}/` && !isDeleted);
      if (found) resolve(found.registrationId);
    });
  });
  await session.send('ServiceWorker.enable');
  await session.send('ServiceWorker.deliverPushMessage', { origin: gateway.url(), registrationId: await registered, data });
  return await worker.evaluate('self.shown');
}

async function ask(gateway: GatewayProcess, from: string): Promise<void> {
  await gateway.json('/api/messages', { method: 'POST', body: JSON.stringify({ from, text: 'go on' }) });
}

async function stands(): Promise<{ readonly model: Awaited<ReturnType<typeof startOpenAi>>; readonly push: PushService }> {
  const [model, push] = await Promise.all([startOpenAi(), startPushService()]);
  return { model, push };
}

test('B15 A5 Approvals: notifications are turned on, come by push as the gateway sealed them, are listed, and are turned off', async ({
  page,
}) => {
  const { model, push } = await stands();
  await using gateway = await startGateway({ config: configFor(model.url) });
  await giveSubscription(page, push.subscribe());
  await signInTo(gateway, page);
  await page.goto(`${gateway.url()}/approvals/`);
  const toggle = notifySwitch(page);
  await expect(toggle).not.toBeChecked();
  await expect(toggle).toHaveAccessibleDescription('Off');
  expect(await page.evaluate(WORKERS)).toEqual([]);
  await toggle.focus();
  await page.keyboard.press('Space');
  await expect(toggle).toBeChecked();
  await expect(toggle).toHaveAccessibleDescription('On, also while no page is open');
  expect(await page.evaluate(WORKERS)).toEqual([`${gateway.url()}/`]);

  model.script({ toolCalls: [{ name: 'exec_run', arguments: { argv: ['echo', 'hidden'] } }] });
  await ask(gateway, 'anna');
  const message = await until('the message', () => push.messages[0]);
  expect(message.text).not.toContain('hidden');
  expect(await deliver(page, gateway, message.text)).toEqual({
    title: 'A tool call waits for you',
    body: 'exec.run · main',
    tag: 'approvals',
    data: { url: expect.stringMatching(/^\/approvals\/\?id=[A-Z2-9]{6}$/) },
  });

  await page.reload();
  await expect(toggle).toBeChecked();
  await page.goto(`${gateway.url()}/access/?tab=account`);
  const list = page.getByRole('region', { name: 'Browsers that are notified of approvals' });
  await expect(list.getByRole('listitem')).toHaveCount(1);
  await expect(list).toContainText('This browser');
  await expect(list).toContainText(new URL(push.origin).host);

  await page.goto(`${gateway.url()}/approvals/`);
  await toggle.uncheck();
  await expect(toggle).toHaveAccessibleDescription('Off');
  expect(await page.evaluate(WORKERS)).toEqual([]);
  await page.goto(`${gateway.url()}/access/?tab=account`);
  await expect(list).toContainText('None of your browsers is.');
  expect(push.statuses).toEqual([201]);
  await Promise.all([model.close(), push.close()]);
});

test('B15 Access: a browser is removed from the list and its switch is off then', async ({ page }) => {
  const { model, push } = await stands();
  await using gateway = await startGateway({ config: configFor(model.url) });
  await giveSubscription(page, push.subscribe());
  await page.setViewportSize({ width: 390, height: 844 });
  await signInTo(gateway, page);
  await page.goto(`${gateway.url()}/approvals/`);
  await notifySwitch(page).check();
  await expect(notifySwitch(page)).toHaveAccessibleDescription('On, also while no page is open');
  await page.goto(`${gateway.url()}/access/?tab=account`);
  const list = page.getByRole('region', { name: 'Browsers that are notified of approvals' });
  await list.getByRole('button', { name: /^Stop notifying/ }).click();
  await expect(list).toContainText('None of your browsers is.');
  expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
  await page.goto(`${gateway.url()}/approvals/`);
  await expect(notifySwitch(page)).not.toBeChecked();
  await Promise.all([model.close(), push.close()]);
});

test('B15 Approvals: the switch says what keeps this browser from notifying, and works without a push service while a page is open', async ({
  page,
  browser,
}) => {
  const { model, push } = await stands();
  await using gateway = await startGateway({ config: configFor(model.url) });
  await signInTo(gateway, page);
  const { cookies } = await page.context().storageState();
  const obstacles = [
    ["Object.defineProperty(window, 'isSecureContext', { get: () => false })", 'Needs HTTPS, or the dashboard on localhost.'],
    ["Reflect.deleteProperty(window, 'PushManager')", 'This browser cannot be notified by web pages.'],
    [
      "Object.defineProperty(Notification, 'permission', { get: () => 'denied' })",
      /^The browser blocks notifications of this page\. Allow them/,
    ],
  ] as const;
  for (const [script, text] of obstacles) {
    const context = await browser.newContext();
    await context.addCookies(cookies);
    await context.addInitScript({ content: script });
    const other = await context.newPage();
    await other.goto(`${gateway.url()}/approvals/`);
    await expect(notifySwitch(other)).toBeDisabled();
    await expect(notifySwitch(other)).toHaveAccessibleDescription(text);
    await context.close();
  }
  await giveSubscription(page, undefined);
  await page.goto(`${gateway.url()}/approvals/`);
  await notifySwitch(page).check();
  await expect(notifySwitch(page)).toHaveAccessibleDescription(
    'On while a page of the dashboard is open: no push service could be reached.',
  );
  await Promise.all([model.close(), push.close()]);
});
