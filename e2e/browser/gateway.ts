/** Browser tests against the built product: a gateway of its own for every worker, and pages that are signed in. */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test as base, expect, type Page } from '@playwright/test';
import { type GatewayProcess, startGateway } from '../gateway-process.ts';

type WorkerParts = { readonly gateway: GatewayProcess };
type TestParts = {
  /** Opens a page signed in, by a link as `openclaw dashboard` prints it. */
  readonly signIn: () => Promise<void>;
};

export const test = base.extend<TestParts, WorkerParts>({
  gateway: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads from the pattern that nothing is needed
    async ({}, use) => {
      await using past = await copyOfPast();
      await using gateway = await startGateway(past);
      await use(gateway);
    },
    { scope: 'worker' },
  ],
  /** A page that does, or is made to do, what its content security policy forbids fails its test. */
  page: async ({ page }, use) => {
    const violations: string[] = [];
    page.on('console', (message) => {
      if (/content security policy/i.test(message.text())) violations.push(message.text());
    });
    await use(page);
    expect(violations, 'what the content security policy stopped').toEqual([]);
  },
  signIn: async ({ page, gateway }, use) => {
    await use(() => signInTo(gateway, page));
  },
});

export { expect } from '@playwright/test';

/** A copy of the state directory that the gateway is to begin with, if there is one (`npm run test:journeys`). */
async function copyOfPast(): Promise<AsyncDisposable & { readonly stateDir?: string }> {
  const past = process.env['OPENCLAW_PAST'];
  if (past === undefined) return { [Symbol.asyncDispose]: async () => {} };
  const stateDir = await mkdtemp(join(tmpdir(), 'openclaw-journeys-'));
  await cp(past, stateDir, { recursive: true });
  return { stateDir, [Symbol.asyncDispose]: () => rm(stateDir, { recursive: true, force: true }) };
}

/** Signs a page in to a gateway. The frame stands before the scripts run: only then does it follow the gateway and hear keys. */
export async function signInTo(gateway: GatewayProcess, page: Page): Promise<void> {
  await page.goto(await signInLink(gateway));
  await page
    .getByTestId('live-indicator')
    .filter({ hasText: /^(Live|实时)/ })
    .waitFor();
}

/** A single-use sign-in link. */
export async function signInLink(gateway: GatewayProcess): Promise<string> {
  const { code, stdout, stderr } = await gateway.command(['dashboard', '--json', '--no-open']);
  if (code !== 0) throw new Error(`openclaw dashboard: ${stdout}${stderr}`);
  const { url } = JSON.parse(stdout) as { url: string };
  return url;
}
