/** A gateway with a long past, and a browser that is signed in to it. */
import { type Browser, type BrowserContext, chromium, type Page } from '@playwright/test';
import { type GatewayProcess, prepareGateway } from '../../e2e/gateway-process.ts';
import { findBrowser, LAUNCH_ARGS } from '../../scripts/browser.mjs';
import { type History, makeHistory } from '../log/history.ts';

export type World = AsyncDisposable & {
  readonly history: History;
  readonly gateway: GatewayProcess;
  readonly tailSeconds: number;
  /** A tab of a browser profile of its own, signed in. */
  readonly signedIn: () => Promise<{ readonly page: Page; readonly context: BrowserContext }>;
};

export async function openWorld(options: { readonly events: number; readonly tailSeconds: number }): Promise<World> {
  const history = makeHistory(options.events);
  const gateway = await prepareGateway({
    stateDir: history.stateDir,
    config: { gateway: { logging: { level: 'error' }, network: { rateLimit: { enabled: false } } } },
    readyMs: 600_000,
  });
  await gateway.start();
  const { executablePath, env } = await findBrowser();
  const browser: Browser = await chromium.launch({
    executablePath,
    args: [...LAUNCH_ARGS, '--enable-precise-memory-info', '--js-flags=--expose-gc'],
    env: { ...process.env, ...env },
  });
  return {
    history,
    gateway,
    tailSeconds: options.tailSeconds,
    signedIn: async () => {
      const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
      const page = await context.newPage();
      const { stdout } = await gateway.command(['dashboard', '--json', '--no-open']);
      await page.goto((JSON.parse(stdout) as { readonly url: string }).url);
      await page.getByTestId('live-indicator').filter({ hasText: /^Live/ }).waitFor();
      return { page, context };
    },
    [Symbol.asyncDispose]: async () => {
      await browser.close();
      await gateway.stop();
      history[Symbol.dispose]();
    },
  };
}

/** Resolves once an expression is true in the page: looked at by the page itself, whose policy lets nobody evaluate text later on. */
export async function untilInPage(page: Page, expression: string): Promise<void> {
  await page.evaluate(`new Promise((resolve) => {
    const look = () => (${expression} ? resolve() : requestAnimationFrame(look));
    look();
  })`);
}
