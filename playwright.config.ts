import { defineConfig } from '@playwright/test';
import { findBrowser, LAUNCH_ARGS } from './scripts/browser.mjs';

// Every worker reads this file again; the browser is looked for once and handed on.
process.env['OPENCLAW_BROWSER'] ??= JSON.stringify(await findBrowser());
const browser = JSON.parse(process.env['OPENCLAW_BROWSER']) as { executablePath: string; env: Record<string, string> };

export default defineConfig({
  testDir: 'e2e/browser',
  projects: [
    { name: 'journeys', testMatch: '*.spec.ts', grepInvert: /@unproven/ },
    // Written, and not yet seen to pass on the built product: they are no proof, and are looked at one by one.
    { name: 'unproven', testMatch: '*.spec.ts', grep: /@unproven/ },
    { name: 'measurements', testMatch: '*.measure.ts' },
  ],
  outputDir: 'test-results',
  forbidOnly: true,
  retries: 0,
  // One at a time: what measures how long a person waits shares the machine with nobody.
  workers: 1,
  timeout: 60_000,
  reporter: 'list',
  use: {
    browserName: 'chromium',
    launchOptions: { executablePath: browser.executablePath, args: LAUNCH_ARGS, env: { ...process.env, ...browser.env } },
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
  },
});
