import AxeBuilder from '@axe-core/playwright';
import { startGateway } from '../gateway-process.ts';
import { expect, test } from './gateway.ts';

const config = {
  gateway: {
    network: { trustedProxies: ['127.0.0.1'] },
    security: { ddos: { enabled: true, rateLimit: { maxPerIp: 10_000 }, anomalyDetection: { threshold: 0, response: 'captcha' } } },
  },
};

for (const [locale, title] of [
  ['en-GB', 'One moment'],
  ['zh-CN', '请稍候'],
] as const) {
  test(`D a browser whose traffic is unusual solves a puzzle by itself and gets the page (${locale})`, async ({ browser }) => {
    await using gateway = await startGateway({ config });
    const context = await browser.newContext({ locale, extraHTTPHeaders: { 'x-forwarded-for': '203.0.113.9' } });
    const page = await context.newPage();
    const looked = Promise.withResolvers<void>();
    const faults: string[] = [];
    page.on('console', (message) => {
      if (/Content Security Policy/.test(message.text())) faults.push(message.text());
    });
    await page.route('**/api/access/proof', async (route) => {
      await looked.promise;
      await route.continue();
    });
    expect((await page.goto(`${gateway.url()}/`))?.status()).toBe(403);
    await expect(page.getByRole('heading', { name: title })).toBeVisible();
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id }) => id)).toEqual([]);
    expect(faults).toEqual([]);
    const opened = page.waitForResponse((response) => response.url() === `${gateway.url()}/` && response.status() === 200);
    looked.resolve();
    await opened;
    await expect(page.getByRole('heading', { name: title })).toHaveCount(0);
    await context.close();
  });
}
