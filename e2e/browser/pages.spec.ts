import { join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { type GatewayProcess, startGateway } from '../gateway-process.ts';
import { sayByHttp } from './doors.ts';
import { expect, signInTo, test } from './gateway.ts';
import { startHeldModel } from './held-model.ts';

/** The folder for a picture of each page in each look, by `npm run screenshots`. */
const SCREENSHOTS = process.env['OPENCLAW_SCREENSHOTS'];

const WIDTHS_PX = [1440, 390] as const;
const LOOKS = (['light', 'dark'] as const).flatMap((theme) =>
  (['en', 'zh-CN'] as const).flatMap((language) => WIDTHS_PX.map((width) => ({ theme, language, width }))),
);

/** What the usual looks leave out: high contrast, the narrowest phone, and a screen that two pages would fit on. */
const EXTREMES = [
  { theme: 'contrast', language: 'en', width: 1440 },
  { theme: 'light', language: 'en', width: 360 },
  { theme: 'contrast', language: 'zh-CN', width: 390 },
  { theme: 'dark', language: 'zh-CN', width: 2560 },
] as const;

/** Three looks, others from page to page: each page is judged in each theme of the usual ones, language and width, and each look on some page. */
const shortForm = (page: number) => [
  ...LOOKS.filter((_, index) => [page % 4, 7 - (page % 4)].includes(index)),
  ...EXTREMES.filter((_, index) => index === page % 4),
];

/** Each page at its fullest: its address, and what must be there before it is judged. */
const PAGES: Record<
  string,
  { readonly path: (sessionId: string, position: number) => string; readonly full: (page: Page) => Promise<void> }
> = {
  Overview: {
    path: () => '/',
    full: async (page) => {
      await expect(page.getByTestId('verdict')).toBeVisible();
      await expect(page.locator('main a[href^="/sessions/?id="]').first()).toBeVisible();
    },
  },
  Events: {
    path: () => '/events/?q=type:message.*',
    full: (page) => expect(page.locator('[data-position]').first()).toBeVisible(),
  },
  'Events with one open': {
    path: (_, position) => `/events/?sel=${position}`,
    full: (page) => expect(page.getByRole('dialog').getByRole('term').first()).toBeVisible(),
  },
  Sessions: {
    path: () => '/sessions/',
    full: (page) => expect(page.locator('main a[href^="/sessions/?id="]').first()).toBeVisible(),
  },
  Session: {
    path: (sessionId) => `/sessions/?id=${sessionId}`,
    full: async (page) => {
      await expect(page.locator('[data-message]').first()).toBeVisible();
      await expect(page.locator('main table').first()).toBeVisible();
      await expect(page.getByRole('main').getByRole('slider')).toBeVisible();
    },
  },
  Channels: {
    path: () => '/channels/',
    full: (page) => expect(page.getByRole('main').getByText('openclaw onboard')).toBeVisible(),
  },
  Routing: {
    path: () => '/routing/',
    full: (page) => expect(page.getByRole('main').locator('tbody tr').first()).toBeVisible(),
  },
  Agents: {
    path: () => '/agents/',
    full: (page) => expect(page.getByRole('main').locator('article')).toHaveCount(1),
  },
  'Agents, tools': {
    path: () => '/agents/?tab=tools&tool=clock.now',
    full: (page) => expect(page.getByRole('dialog')).toBeVisible(),
  },
  'Agents, matrix': {
    path: () => '/agents/?tab=matrix',
    full: (page) => expect(page.getByRole('main').locator('td[data-standing]').first()).toBeVisible(),
  },
  Replay: {
    path: () => '/replay/',
    full: (page) => expect(page.locator('main a[href^="/replay/?create=1"]').first()).toBeVisible(),
  },
  'A new replay': {
    path: (sessionId) => `/replay/?create=1&session=${sessionId}`,
    full: (page) => expect(page.getByRole('main').locator('form code')).toBeVisible(),
  },
  Logs: {
    path: () => '/logs/',
    full: (page) => expect(page.locator('[data-log-row]').first()).toBeVisible(),
  },
  Metrics: {
    path: () => '/metrics/',
    full: async (page) => {
      await expect(page.locator('[data-objective]').first()).toBeVisible();
      await expect(page.locator('main canvas').first()).toBeVisible({ timeout: 60_000 });
    },
  },
  'Metrics, process': {
    path: () => '/metrics/?view=process',
    full: (page) => expect(page.locator('main canvas').last()).toBeVisible({ timeout: 60_000 }),
  },
  'Metrics, health': {
    path: () => '/metrics/?view=health',
    full: (page) => expect(page.locator('[data-row=log]')).toBeVisible(),
  },
  Design: {
    path: () => '/design/',
    full: (page) => expect(page.getByRole('table').last()).toBeVisible(),
  },
  Approvals: {
    path: () => '/approvals/',
    full: (page) => expect(page.getByRole('main').locator('figure')).toBeVisible(),
  },
  Audit: {
    path: () => '/audit/',
    full: (page) => expect(page.locator('[data-position]').first()).toBeVisible(),
  },
  'Audit, checkpoints': {
    path: (_, position) => `/audit/?view=checkpoints&proof=${position}`,
    full: (page) => expect(page.getByTestId('proof')).toBeVisible(),
  },
  Exports: {
    path: () => '/exports/',
    full: (page) => expect(page.locator('main section').first()).toBeVisible(),
  },
  Retention: {
    path: () => '/exports/?view=retention',
    full: (page) => expect(page.locator('main form').first()).toBeVisible(),
  },
  Console: {
    path: () => '/console/?mode=live',
    full: async (page) => {
      const text = `is the harbour open? ${Date.now()}`;
      await page.getByRole('textbox').fill(text);
      await page.getByRole('textbox').press('Enter');
      await expect(page.getByRole('log').locator('[data-message]').last()).toContainText(`echo: ${text}`);
      await expect(page.getByRole('button', { name: /^(Save as regression case|存为回归用例)$/ })).toBeVisible();
    },
  },
  'Console, dry run': {
    path: (_, position) => `/console/?event=${position}`,
    full: (page) => expect(page.getByLabel(/^(Text|文本)$/)).toHaveValue(/harbour/),
  },
  Configuration: {
    path: () => '/config/?section=agents',
    full: (page) => expect(page.locator('[data-key]').first()).toBeVisible(),
  },
  'Configuration as text': {
    path: () => '/config/?tab=source',
    full: (page) => expect(page.getByTestId('source').getByRole('textbox')).toBeVisible(),
  },
  'Configuration, its versions': {
    path: () => '/config/?tab=history',
    full: (page) => expect(page.locator('[data-version]').first()).toBeVisible(),
  },
  Access: {
    path: () => '/access/?tab=users',
    full: (page) => expect(page.locator('[data-user]').first()).toBeVisible(),
  },
  'Access, the roles': {
    path: () => '/access/?tab=roles',
    full: (page) => expect(page.locator('main table').first()).toBeVisible(),
  },
  'Access, the own account': {
    path: () => '/access/?tab=account',
    full: (page) => expect(page.locator('[data-login]').first()).toBeVisible(),
  },
};

for (const [index, [name, { path, full }]] of Object.entries(PAGES).entries()) {
  test(`B15 ${name}: no accessibility fault, nothing wider than the window and nothing thrown, in each theme, language and width`, async ({
    page,
    gateway,
    signIn,
  }) => {
    test.setTimeout(240_000);
    const thrown: string[] = [];
    page.on('pageerror', ({ message }) => thrown.push(message));
    await signIn();
    const { sessionId } = await sayByHttp(gateway, `a longer question, so that lines must break: ${'harbour '.repeat(40)}`);
    const position = await newest(gateway, 'message.received');
    await page.emulateMedia({ reducedMotion: 'reduce' });
    for (const { theme, language, width } of SCREENSHOTS ? [...LOOKS, ...EXTREMES] : shortForm(index)) {
      await page.context().addCookies([
        { name: 'openclaw_theme', value: theme, url: gateway.url() },
        { name: 'openclaw_language', value: language, url: gateway.url() },
      ]);
      await page.setViewportSize({ width, height: 900 });
      await page.goto(gateway.url() + path(sessionId, position));
      await full(page);
      await expect(page.getByTestId('live-indicator')).toHaveText(language === 'en' ? /^Live/ : /^实时/);
      await expect(page.locator('html')).toHaveAttribute('lang', language);
      await expect(page.locator('html')).toHaveAttribute('data-theme', theme);
      expect.soft(await faults(page), `${theme}, ${language}, ${width} px`).toEqual([]);
      if (SCREENSHOTS) await page.screenshot({ path: join(SCREENSHOTS, `${fileName(name)}-${theme}-${language}-${width}.png`) });
    }
    await page.context().addCookies([{ name: 'openclaw_language', value: 'en', url: gateway.url() }]);
    for (const width of WIDTHS_PX) {
      await page.setViewportSize({ width, height: 900 });
      await page.goto(gateway.url() + path(sessionId, position));
      await full(page);
      await page.evaluate(STRETCH);
      expect.soft(await page.evaluate<readonly string[]>(CUT), `words longer by two fifths, ${width} px`).toEqual([]);
      if (SCREENSHOTS) await page.screenshot({ path: join(SCREENSHOTS, `${fileName(name)}-longer-${width}.png`) });
    }
    // Also what was built and what the browser makes of it must be the same, or React throws.
    expect(thrown).toEqual([]);
  });
}

test('B15 Overview says of a new gateway that nothing needs you', async ({ page }) => {
  await using gateway = await startGateway();
  await signInTo(gateway, page);
  await expect(page.getByTestId('verdict')).toContainText('Healthy.');
  await expect(page.getByRole('main').getByText('Nothing needs you.')).toBeVisible();
  await expect(page.getByTestId('verdict').getByRole('link')).toHaveAttribute('href', '/channels/');
  await page.getByRole('region', { name: 'Event log' }).getByRole('link', { name: 'up to date' }).click();
  await expect(page).toHaveURL(/\/metrics\/\?view=health/);
});

test('B15 Overview leads to the session and to the events of a bar', async ({ page, gateway, signIn }) => {
  const text = `who opens the lock tonight? ${Date.now()}`;
  await sayByHttp(gateway, text, 'otto');
  await signIn();
  const main = page.getByRole('main');
  await main.getByRole('group', { name: 'Events, last 24 hours' }).getByRole('button').last().click();
  await expect(page).toHaveURL(/\/events\/\?.*range=custom/);
  await expect(page.locator('[data-position]').first()).toBeVisible();
  await page.goBack();
  await main
    .getByRole('link', { name: text.slice(0, 20) })
    .first()
    .click();
  await expect(page).toHaveURL(/\/sessions\/\?id=ses_/);
  await expect(main.locator('[data-message]').first()).toContainText('who opens the lock tonight?');
});

test('B15 Events: filters stand in the address, a row opens with its payload, and the address opens the same again', async ({
  page,
  gateway,
  signIn,
}) => {
  const text = `how deep is the basin? ${Date.now()}`;
  await sayByHttp(gateway, text);
  await signIn();
  await page.goto(`${gateway.url()}/events/`);
  const rows = page.locator('[data-position]');
  const filter = page.getByRole('combobox', { name: 'Filter events' });
  await filter.fill('type:message.received');
  await filter.press('Enter');
  await expect(page).toHaveURL(/[?&]q=type:message\.received/);
  await expect(rows.filter({ hasText: text })).toHaveCount(1);
  await expect(rows.filter({ hasNotText: 'message.received' })).toHaveCount(0);

  await rows.filter({ hasText: text }).click();
  const drawer = page.getByRole('dialog', { name: /^Event / });
  await drawer.getByRole('tab', { name: 'Payload' }).click();
  await expect(drawer.getByRole('tabpanel')).toContainText(text);
  await expect(page).toHaveURL(/[?&]sel=\d+/);
  const address = page.url();
  await page.keyboard.press('Escape');
  await expect(drawer).toHaveCount(0);
  await expect(page).not.toHaveURL(/sel=/);

  const other = await page.context().newPage();
  await other.goto(address);
  await expect(other.getByRole('dialog', { name: /^Event / })).toContainText(text);
  await expect(other.getByRole('button', { name: 'Remove type:message.received' })).toBeVisible();
  await expect(other.locator('[aria-selected=true][data-position]')).toContainText(text);
});

test('A2 B15 Session: the conversation, the way of a message, and why it was routed so', async ({ page, gateway, signIn }) => {
  const from = `berta-${Date.now()}`;
  const { sessionId, messageId } = await sayByHttp(gateway, 'is the crane free?', from);
  await sayByHttp(gateway, 'and tomorrow?', from);
  await signIn();
  await page.goto(`${gateway.url()}/sessions/?id=${sessionId}`);
  const main = page.getByRole('main');
  await expect(main.locator('[data-message]')).toContainText([
    /is the crane free\?[\s\S]*echo: is the crane free\?/,
    /echo: and tomorrow\?/,
  ]);
  await main.locator(`[data-message="${messageId}"]`).getByRole('button', { name: 'Trace' }).click();
  await expect(page).toHaveURL(new RegExp(`turn=${messageId}`));
  const stages = main.getByRole('list', { name: 'Timeline' }).getByRole('listitem');
  await expect(stages).toContainText(['Receive', 'Authenticate', 'Route', 'Queue', 'Agent', 'Model', 'Deliver']);
  const rules = main.getByRole('table', { name: 'Rules in the order they were tried' });
  await expect(rules.getByRole('cell', { name: 'Matched', exact: true })).toHaveCount(1);
  await expect(main.getByText('As it was recorded then; nothing is worked out again.')).toBeVisible();
});

test('A1 B15 Console: an answer is shown while it is written, and the conversation is there after a reload', async ({ page }) => {
  await using model = await startHeldModel('The gate opens', ' at seven.');
  const providers = { local: { api: 'openai-completions', baseUrl: model.url, apiKey: 'none' } };
  await using gateway = await startGateway({ config: { models: { providers }, agents: { defaults: { model: 'local/any' } } } });
  await signInTo(gateway, page);
  await page.goto(`${gateway.url()}/console/?mode=live`);
  await page.getByLabel('Message', { exact: true }).fill('when does the gate open?');
  await page.getByRole('button', { name: 'Send' }).click();
  await expect(page.getByTestId('streaming')).toHaveText('The gate opens');
  model.release();
  const turn = page.getByRole('log').locator('[data-message]');
  await expect(turn).toContainText('The gate opens at seven.');
  await expect(turn).toContainText('Delivered');
  await expect(page.getByTestId('streaming')).toHaveCount(0);
  await page.reload();
  await expect(turn).toHaveCount(1);
  await expect(turn).toContainText(/when does the gate open\?[\s\S]*The gate opens at seven\./);
  await expect(page.getByRole('main').getByRole('alert')).toHaveCount(0);
});

const fileName = (name: string) => name.toLowerCase().replaceAll(' ', '-');

/** Makes each word of the page two fifths longer, as another language would. What comes from outside stays. */
const STRETCH = `{
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) texts.push(walker.currentNode);
  for (const text of texts) {
    if (text.parentElement.closest('script, style, code, pre, time, textarea, option, .foreign-text, .figures, .font-mono')) continue;
    text.data = text.data.replace(/[A-Za-z]{3,}/g, (word) => word + word.slice(0, Math.ceil(word.length * 0.4)));
  }
}`;

/** Words that are cut off without a sign of it, and by how much the page is wider than the window. */
const CUT = `(() => {
  const overflow = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  const cut = [...document.querySelectorAll('button, a, th, label, legend, summary, h1, h2, h3, [role=tab]')].filter((element) => {
    const { overflowX, textOverflow } = getComputedStyle(element);
    return element.offsetParent && !element.closest('.sr-only') && element.scrollWidth > element.clientWidth + 1 && overflowX !== 'visible' && textOverflow !== 'ellipsis';
  });
  return [...(overflow > 0 ? [overflow + ' px wider than the window'] : []), ...cut.map((element) => element.textContent.slice(0, 60))];
})()`;

async function faults(page: Page): Promise<readonly string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const overflowPx = await page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');
  return [
    ...violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`),
    ...(overflowPx > 0 ? [`${overflowPx} px wider than the window`] : []),
  ];
}

async function newest(gateway: GatewayProcess, type: string): Promise<number> {
  const { rows } = await gateway.json<{ rows: readonly { position: number }[] }>(`/api/events?type=${type}&limit=1`);
  const position = rows[0]?.position;
  if (position === undefined) throw new Error(`there is no ${type}`);
  return position;
}
