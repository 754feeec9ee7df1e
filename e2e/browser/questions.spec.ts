/** What somebody new asks first. Each answer is at most three clicks from the overview. */
import type { Page } from '@playwright/test';
import { type GatewayProcess, startGateway, until } from '../gateway-process.ts';
import type { ModelServer } from '../stand-ins/model-server.ts';
import { startOpenAi } from '../stand-ins/openai.ts';
import { startTelegram } from '../stand-ins/telegram.ts';
import { expect, signInTo, test } from './gateway.ts';

test.describe.configure({ timeout: 180_000 });

const MOST_CLICKS = 3;

function configFor(model: ModelServer, more: object = {}) {
  return {
    models: { providers: { local: { api: 'openai-completions', baseUrl: model.url, apiKey: 'none' } } },
    agents: { defaults: { model: 'local/one', ...more } },
  };
}

async function send(gateway: GatewayProcess, text: string): Promise<string> {
  const init = { method: 'POST', body: JSON.stringify({ from: 'anna', text }) };
  return (await gateway.json<{ messageId: string }>('/api/messages', init)).messageId;
}

function settled(gateway: GatewayProcess, messageId: string): Promise<string> {
  return until(`the end of ${messageId}`, async () => {
    const { status, settled: isOver } = await gateway.json<{ status: string; settled: boolean }>(`/api/messages/${messageId}`);
    return isOver ? status : undefined;
  });
}

/** The overview, and a hand that counts its clicks. */
async function startAtOverview(page: Page, gateway: GatewayProcess) {
  await signInTo(gateway, page);
  await page.goto(gateway.url());
  await expect(page.getByTestId('verdict')).toBeVisible();
  let clicks = 0;
  return {
    click: async (target: ReturnType<Page['locator']>) => {
      clicks += 1;
      await target.click();
    },
    expectFew: () => expect(clicks).toBeLessThanOrEqual(MOST_CLICKS),
  };
}

test('B15 Overview answers: why did this message get no reply?', async ({ page }) => {
  await using gateway = await startGateway({
    config: {
      models: { providers: { local: { api: 'openai-completions', baseUrl: 'http://127.0.0.1:9/v1', apiKey: 'none' } } },
      agents: { defaults: { model: 'local/one' } },
    },
  });
  const messageId = await send(gateway, 'is the harbour open?');
  expect(await settled(gateway, messageId)).toBe('dead_lettered');
  const hand = await startAtOverview(page, gateway);
  const main = page.getByRole('main');
  await expect(page.getByTestId('verdict')).toContainText('1 thing needs you.');
  const item = main
    .getByRole('region', { name: 'Needs attention' })
    .getByRole('link', { name: /Gave up on a message.*is the harbour open\?/ });
  await hand.click(item);
  const turn = main.locator(`[data-message="${messageId}"]`);
  await expect(turn).toContainText('is the harbour open?');
  await expect(main.getByText(/MODEL_[A-Z_]+/).first()).toBeVisible();
  hand.expectFew();
});

test('B15 Overview answers: what exactly did the agent run, and who allowed it?', async ({ page }) => {
  const model = await startOpenAi();
  await using gateway = await startGateway({
    config: { ...configFor(model, { tools: ['exec.run'] }), tools: { allow: ['exec.run'], approvals: {} } },
  });
  model.script({ toolCalls: [{ name: 'exec_run', arguments: { argv: ['echo', 'the tide table'] } }] }, { text: 'done' });
  const messageId = await send(gateway, 'print the tide table');
  const code = await until('the call to wait', async () => {
    const { stdout } = await gateway.command(['approvals', 'list', '--json']);
    return /"code": ?"([A-Z2-9]+)"/.exec(stdout)?.[1];
  });
  const approved = await gateway.command(['approvals', 'approve', code, '--reason', 'the pilot asked']);
  expect(approved.code).toBe(0);
  await settled(gateway, messageId);

  const hand = await startAtOverview(page, gateway);
  await hand.click(page.getByRole('navigation').first().getByRole('link', { name: 'Events' }));
  await hand.click(page.getByRole('button', { name: 'Tool calls' }));
  const rows = page.locator('[data-position]');
  await expect(rows.filter({ hasText: 'tool.requested' })).toContainText('exec.run');
  await hand.click(rows.filter({ hasText: 'tool.approved' }).first());
  const drawer = page.getByRole('dialog', { name: /^Event / });
  await expect(drawer).toContainText('tool.approved');
  await expect(drawer.getByText('Actor')).toBeVisible();
  hand.expectFew();
  // The arguments stand in the event that is one step back.
  await drawer.getByRole('tab', { name: 'Causality' }).click();
  await drawer.getByRole('button', { name: /tool\.requested/ }).click();
  await drawer.getByRole('tab', { name: 'Payload' }).click();
  await expect(drawer.getByRole('tabpanel')).toContainText('the tide table');
  await model.close();
});

test('B15 Overview answers: what changed before it broke?', async ({ page, gateway }) => {
  for (const most of ['9', '7']) {
    const changed = await gateway.command(['config', 'set', 'gateway.sessions.maxConcurrent', most, '--reason', 'a quieter night']);
    expect(changed.code, changed.stderr).toBe(0);
  }
  const hand = await startAtOverview(page, gateway);
  const changes = page.getByRole('region', { name: 'Last configuration changes' });
  await expect(changes.getByRole('link', { name: /gateway\.sessions\.maxConcurrent/ }).first()).toContainText('a quieter night');
  await hand.click(changes.getByRole('link', { name: /gateway\.sessions\.maxConcurrent/ }).first());
  const drawer = page.getByRole('dialog', { name: /^Event / });
  await expect(drawer.getByRole('tabpanel')).toContainText('gateway.sessions.maxConcurrent');
  await expect(drawer.getByRole('tabpanel')).toContainText(/before\W*9\W*after\W*7/);
  hand.expectFew();
});

test('B15 Overview answers: why was this message rejected? And on a phone a command of the list can be read', async ({ page }) => {
  const model = await startOpenAi();
  const telegram = await startTelegram();
  const account = { botToken: telegram.token, apiRoot: telegram.url, dmPolicy: 'allowlist', allowFrom: ['42'] };
  await using gateway = await startGateway({
    config: { ...configFor(model, { tools: ['exec.run'] }), tools: { allow: ['exec.run'] }, channels: { telegram: account } },
  });
  model.script({ toolCalls: [{ name: 'exec_run', arguments: { argv: ['date'] } }] });
  await send(gateway, 'what day is it?');
  telegram.say({ fromId: 77, text: 'let me in' });
  await until('a rejection', async () => {
    const { rows } = await gateway.json<{ rows: readonly unknown[] }>('/api/events?type=message.rejected&limit=1');
    return rows[0];
  });
  const hand = await startAtOverview(page, gateway);
  const list = page.getByRole('region', { name: 'Needs attention' });
  await page.setViewportSize({ width: 360, height: 800 });
  await expect(list.getByText(/^openclaw approvals approve [A-Z2-9]{6}$/)).toBeInViewport();
  await page.setViewportSize({ width: 1280, height: 800 });
  await expect(list.getByRole('link', { name: /1 message was rejected in the last day/ })).toBeVisible();
  await hand.click(list.getByRole('link', { name: 'Why the newest' }));
  await expect(page).toHaveURL(/\/events\/\?.*sel=\d+/);
  const drawer = page.getByRole('dialog', { name: /^Event / });
  await expect(drawer).toContainText('message.rejected');
  await expect(drawer).toContainText(/allowFrom|allowlist/);
  hand.expectFew();
  await Promise.all([telegram.close(), model.close()]);
});
