import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from '@playwright/test';
import { startGateway } from '../gateway-process.ts';
import { expect, signInLink, test } from './gateway.ts';

/** The one command that each failure shows, and that the other ways in stand on the same page. */
async function expectFailure(page: Page, sentence: string | RegExp, command: string): Promise<void> {
  const alert = page.getByRole('main').getByRole('alert');
  await expect(alert).toContainText(sentence);
  await expect(alert.locator('code')).toHaveText(command);
  await expect(page.getByLabel('User name')).toBeVisible();
  await expect(page.getByLabel('Gateway token')).toBeVisible();
  await expect(page).not.toHaveURL(/#c=/);
}

test('B15 a link that was used says so', async ({ page, gateway }) => {
  const link = await signInLink(gateway);
  await gateway.request('/api/sign-in', { method: 'POST', body: JSON.stringify({ code: link.split('#c=')[1] }) });
  await page.goto(link);
  await expectFailure(page, 'This sign-in link was used already.', 'openclaw dashboard');
});

test('B15 a link that has expired says so, and a clock that is wrong is told apart from it', async ({ page, gateway, browser }) => {
  test.setTimeout(150_000);
  const link = await signInLink(gateway);
  const expiresAt = Date.now() + 60_500;
  await expect.poll(() => Date.now(), { timeout: 90_000 }).toBeGreaterThan(expiresAt);
  await page.goto(link);
  await expectFailure(page, 'This sign-in link has expired.', 'openclaw dashboard');

  const context = await browser.newContext();
  const early = await context.newPage();
  await early.clock.setFixedTime(Date.now() - 600_000);
  await early.goto(link);
  await expectFailure(early, /The clock of this device is (10|9)m behind the gateway/, 'sudo timedatectl set-ntp true');
  await context.close();
});

test('B15 a link of another gateway says so', async ({ page, gateway }) => {
  await using other = await startGateway();
  const link = await signInLink(other);
  await page.goto(link.replace(other.url(), gateway.url()));
  await expectFailure(page, 'Another gateway made this sign-in link.', 'openclaw dashboard');
});

test('B15 a browser that keeps no cookie says so', async ({ page, gateway }) => {
  await page.route('**/api/sign-in', async (route) => {
    const response = await route.fetch();
    const { 'set-cookie': _, ...headers } = response.headers();
    await page.context().clearCookies();
    await route.fulfill({ response, headers });
  });
  await page.goto(await signInLink(gateway));
  await expectFailure(page, 'Your browser did not keep the sign-in cookie.', 'openclaw dashboard');
});

test('B15 an address that may not sign in, such as that of a proxy that hides it, says so', async ({ page, gateway }) => {
  const { port, hostname, host } = new URL(gateway.url());
  const proxy = createServer((incoming, outgoing) => {
    const headers = { ...incoming.headers, host };
    const onward = request({ port, hostname, path: incoming.url, method: incoming.method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(onward);
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  try {
    const link = await signInLink(gateway);
    await page.goto(link.replace(port, String((proxy.address() as AddressInfo).port)));
    await expectFailure(page, 'This address may not sign in.', 'openclaw dashboard');
  } finally {
    proxy.closeAllConnections();
    proxy.close();
  }
});

test('B15 a gateway that is down is told apart, and the page goes on when it is back', async ({ page }) => {
  const gateway = await startGateway();
  try {
    await page.goto(`${gateway.url()}/sign-in/`);
    const token = await gateway.token();
    await gateway.kill();
    await page.getByLabel('Gateway token').fill(token);
    await page.getByLabel('Gateway token').press('Enter');
    await expectFailure(page, 'The gateway cannot be reached.', 'openclaw gateway status');
  } finally {
    await gateway[Symbol.asyncDispose]();
  }
});
