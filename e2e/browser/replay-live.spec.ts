import type { Page } from '@playwright/test';
import { type GatewayProcess, startGateway } from '../gateway-process.ts';
import { startOpenAi } from '../stand-ins/openai.ts';
import { sayByHttp } from './doors.ts';
import { expect, signInTo, test } from './gateway.ts';

const PROCESSES_MS = 240_000;
/** 11 tokens in and 7 out each time; a million of them cost 1,000 and 2,000 dollars. */
const PRICES = { 'in-1': { input: 1_000, output: 2_000 } };

/** A gateway whose model says how often it was asked; from the `holdFrom`th request on it is never done. */
async function startWithModel({ prices = {}, holdFrom = Number.POSITIVE_INFINITY }: { prices?: object; holdFrom?: number } = {}) {
  let asked = 0;
  const model = await startOpenAi({
    answer: () => {
      asked += 1;
      return asked >= holdFrom ? { fault: 'hang' } : { text: `answer ${asked}` };
    },
  });
  const stand = { api: 'openai-completions', baseUrl: model.url, apiKey: 'sk-of-this-test', prices };
  const gateway = await startGateway({
    config: { agents: { defaults: { model: 'stand/in-1' } }, models: { providers: { stand } } },
  });
  return {
    gateway,
    asked: () => asked,
    [Symbol.asyncDispose]: async () => {
      await gateway[Symbol.asyncDispose]();
      await model.close();
    },
  };
}

async function openLiveForm(page: Page, gateway: GatewayProcess, sessionId: string, runs: number) {
  await signInTo(gateway, page);
  await page.goto(`${gateway.url()}/replay/?create=1&session=${sessionId}`);
  const main = page.getByRole('main');
  await main.getByLabel('Live model').check();
  await main.getByLabel(/^Runs/).fill(String(runs));
  return main;
}

test('B16 Replay: a live model is asked several times, the cost said before and the spread of the answers after', async ({ page }) => {
  test.setTimeout(PROCESSES_MS);
  await using standing = await startWithModel({ prices: PRICES });
  const { gateway } = standing;
  const { sessionId } = await sayByHttp(gateway, 'who keeps the light?');
  const main = await openLiveForm(page, gateway, sessionId, 3);
  await expect(main.getByRole('status', { name: 'Estimate' })).toContainText('3 runs would take 3 requests, 33 tokens in and 21 out');
  await expect(main.getByRole('status', { name: 'Estimate' })).toContainText('$0.0750');
  expect(standing.asked()).toBe(1);
  await main.getByRole('button', { name: 'Start' }).click();
  const spread = main.getByRole('region', { name: 'Spread over the runs' });
  await expect(spread).toContainText('3 of 3 runs came to the end', { timeout: 60_000 });
  await expect(spread).toContainText('3 answers in 3 runs');
  await expect(spread.getByRole('row', { name: /A whole run/ })).toContainText('18');
  const answers = main.getByRole('region', { name: 'Answers of the runs' });
  await expect(answers.getByRole('listitem')).toHaveText([/answer 2/, /answer 3/, /answer 4/]);
  expect(standing.asked()).toBe(4);
});

test('B16 Replay: a budget in dollars stops the runs where it is spent, and says so; without a price the cost is unknown', async ({
  page,
}) => {
  test.setTimeout(PROCESSES_MS);
  await using standing = await startWithModel();
  const { gateway } = standing;
  const { sessionId } = await sayByHttp(gateway, 'how deep is the well?');
  const main = await openLiveForm(page, gateway, sessionId, 2);
  const estimate = main.getByRole('status', { name: 'Estimate' });
  await expect(estimate).toContainText('What it would cost is unknown');
  await expect(estimate).toContainText('stand/in-1');
  await main.getByLabel('Budget in US dollars').fill('0.5');
  await expect(estimate).toContainText('cannot be kept for a model without a price');
  await main.getByRole('button', { name: 'Start' }).click();
  await expect(main.getByRole('region', { name: 'Stopped by the budget' })).toContainText('has no price', { timeout: 60_000 });
  expect(standing.asked()).toBe(1);
});

test('B16 Replay: live runs that are cancelled keep what whole runs gave', async ({ page }) => {
  test.setTimeout(PROCESSES_MS);
  await using standing = await startWithModel({ holdFrom: 4 });
  const { gateway } = standing;
  const { sessionId } = await sayByHttp(gateway, 'is it raining?');
  const main = await openLiveForm(page, gateway, sessionId, 10);
  await main.getByRole('button', { name: 'Start' }).click();
  await expect(main.getByText('Run 3: message 0 of 1')).toBeVisible({ timeout: 60_000 });
  await expect.poll(() => standing.asked(), { timeout: 30_000 }).toBe(4);
  await main.getByRole('button', { name: 'Cancel' }).click();
  await expect(main.getByRole('region', { name: 'Spread over the runs' })).toContainText('cancelled after 2 of 10 runs', {
    timeout: 60_000,
  });
  await expect(main.getByText('This run was cancelled.')).toBeVisible();
});
