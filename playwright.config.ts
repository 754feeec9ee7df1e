import { defineConfig } from '@playwright/test';
import { findBrowser, LAUNCH_ARGS } from './scripts/browser.mjs';

// Every worker reads this file again; the browser is looked for once and handed on.
process.env['OPENCLAW_BROWSER'] ??= JSON.stringify(await findBrowser());
const browser = JSON.parse(process.env['OPENCLAW_BROWSER']) as { executablePath: string; env: Record<string, string> };

// What a person waits for is measured on a quiet machine, and here it only has to come: other tests share this one, and what reads the whole log, as a
// check or an export does, takes longer over a long past.
const patience = process.env['OPENCLAW_PAST'] === undefined ? { test: 120_000, expect: 20_000 } : { test: 180_000, expect: 30_000 };

export default defineConfig({
  testDir: 'e2e/browser',
  projects: [
    { name: 'journeys', testMatch: '*.spec.ts' },
    { name: 'measurements', testMatch: '*.measure.ts' },
  ],
  outputDir: 'test-results',
  forbidOnly: true,
  retries: 0,
  // One at a time: what measures how long a person waits shares the machine with nobody.
  workers: 1,
  timeout: patience.test,
  expect: { timeout: patience.expect },
  reporter: 'list',
  use: {
    browserName: 'chromium',
    launchOptions: { executablePath: browser.executablePath, args: LAUNCH_ARGS, env: { ...process.env, ...browser.env } },
    // A trace makes every step slower, and nobody looks at one of a machine that is gone.
    trace: process.env['CI'] ? 'off' : 'retain-on-failure',
    screenshot: 'only-on-failure',
  },
});
