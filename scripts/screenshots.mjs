/** Makes the pictures of the documentation from the built product: `node scripts/run-ts.mjs scripts/screenshots.mjs`. */
import { join } from 'node:path';
import { chromium } from '@playwright/test';
import { startGateway, until } from '../e2e/gateway-process.ts';
import { findBrowser, LAUNCH_ARGS } from './browser.mjs';
import { root } from './process.mjs';

const MESSAGES = [
  ['anna', 'Which berth is free tonight?'],
  ['ben', 'Summarise the weather report for the crew'],
  ['clara', 'When does the lock open tomorrow?'],
  ['david', 'Translate the customs note into English'],
  ['eva', 'How deep is the northern basin?'],
  ['farid', 'Remind the pilot of the six o’clock arrival'],
];
const ROUNDS = 5;

await using gateway = await startGateway();
for (let round = 0; round < ROUNDS; round++) {
  for (const [from, text] of MESSAGES) await gateway.json('/api/messages', { method: 'POST', body: JSON.stringify({ from, text }) });
}
await until('every message to be answered', async () => {
  const { rows } = await gateway.json('/api/messages?settled=false');
  return rows.length === 0 || undefined;
});

const { executablePath, env } = await findBrowser();
const browser = await chromium.launch({ executablePath, args: LAUNCH_ARGS, env: { ...process.env, ...env } });
try {
  const page = await browser.newPage({
    viewport: { width: 1280, height: 800 },
    deviceScaleFactor: 1,
    locale: 'en',
    colorScheme: 'light',
    reducedMotion: 'reduce',
  });
  const { stdout } = await gateway.command(['dashboard', '--json', '--no-open']);
  await page.goto(JSON.parse(stdout).url);
  await page.locator('main a[href^="/sessions/?id="]').first().waitFor();
  await page.getByTestId('live-indicator').filter({ hasText: 'Live' }).waitFor();
  await page.screenshot({ path: join(root, 'docs/images/overview.png') });
} finally {
  await browser.close();
}
