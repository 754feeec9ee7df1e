/** What strangers and models write is shown as text: nothing of it runs, nothing of it is fetched. */
import type { Page } from '@playwright/test';
import { startGateway, until } from '../gateway-process.ts';
import { CASES } from '../injection/cases.ts';
import { configOf, startObedientModels } from '../injection/model.ts';
import { startHttpServer } from '../stand-ins/http-server.ts';
import { expect, signInTo, test } from './gateway.ts';

/** One of each way of hiding is as good as another in a browser; these are those with something to run or to fetch, and what surrounds them. */
const HOSTILE = (url: string): readonly string[] => [
  ...CASES.filter(({ number }) => number % 19 >= 8)
    .slice(0, 44)
    .map(({ text }) => text(url)),
  `<iframe src="${url}/frame"></iframe><object data="${url}/object"></object><embed src="${url}/embed">`,
  `<link rel="stylesheet" href="${url}/style.css"><style>@import "${url}/import.css"; body{background:url(${url}/bg.png)}</style>`,
  `<video src="${url}/v.mp4" autoplay onerror="window.__ran=1"></video><audio src="${url}/a.mp3"></audio>`,
  `"><img src=x onerror=window.__ran=1>'><svg/onload=window.__ran=1>`,
  `{{constructor.constructor("window.__ran=1")()}} \${window.__ran=1}`,
  `<meta http-equiv="refresh" content="0;url=${url}/refresh"><base href="${url}/">`,
  `[![pixel](${url}/nested.png)](javascript:window.__ran=1) <a href="data:text/html,<script>window.__ran=1</script>">x</a>`,
  `<form action="${url}/form"><button autofocus onfocus="window.__ran=1">x</button></form>`,
  `javascript:window.__ran=1 ${url}/plain vbscript:x \u202egnp.exe\u202c`,
  `<math><mtext><table><mglyph><style><img src=x onerror="window.__ran=1"></style></mglyph></table></mtext></math>`,
];

test('A5 B15 hostile texts in Overview, Events, Session and Console: no script runs and no request leaves for anywhere else', async ({
  page,
}) => {
  test.setTimeout(240_000);
  const visits: string[] = [];
  const trap = await startHttpServer((request, _body, response) => {
    visits.push(request.url ?? '');
    response.end();
  });
  await using models = await startObedientModels({ url: trap.origin, file: '/tmp/openclaw-hostile-never' });
  await using gateway = await startGateway({ config: configOf(models) });
  const elsewhere: string[] = [];
  const dialogs: string[] = [];
  page.on('request', (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol.startsWith('http') && origin !== gateway.url()) elsewhere.push(request.url());
  });
  page.on('dialog', (dialog) => {
    dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  const texts = HOSTILE(trap.origin);
  const from = '<img src=x onerror="window.__ran=1">';
  for (const text of texts) await gateway.json('/api/messages', { method: 'POST', body: JSON.stringify({ from, text }) });
  await until(
    'every message to end',
    async () => {
      const { rows } = await gateway.json<{ rows: readonly unknown[] }>('/api/messages?settled=false&limit=1');
      return rows.length === 0 || undefined;
    },
    120_000,
  );
  const { rows } = await gateway.json<{ rows: readonly { sessionId: string }[] }>('/api/sessions?limit=1');
  const sessionId = rows[0]?.sessionId ?? '';

  await signInTo(gateway, page);
  await page.goto(gateway.url());
  await expect(page.locator('main a[href^="/sessions/?id="]').first()).toBeVisible();
  await harmless(page);

  await page.goto(`${gateway.url()}/events/?q=type:message.received`);
  await expect(page.locator('[data-position]').first()).toBeVisible();
  await harmless(page);
  const received = await gateway.json<{ rows: readonly { position: number }[] }>(
    '/api/events?type=message.received,model.responded,tool.requested&limit=12',
  );
  for (const { position } of received.rows) {
    await page.goto(`${gateway.url()}/events/?sel=${position}`);
    const drawer = page.getByRole('dialog');
    await drawer.getByRole('tab', { name: 'Payload' }).click();
    await expect(drawer.getByRole('tabpanel')).toBeVisible();
    await harmless(page);
  }

  await page.goto(`${gateway.url()}/sessions/?id=${sessionId}`);
  await expect(page.locator('main [data-message]').first()).toContainText('[case-');
  await harmless(page);
  await page.locator('main [data-message]').last().getByRole('button', { name: 'Trace' }).click();
  await harmless(page);

  await page.goto(`${gateway.url()}/console/?mode=live`);
  for (const text of [texts[0] ?? '', texts.at(-3) ?? '']) {
    await page.getByLabel('Message', { exact: true }).fill(text);
    await page.getByRole('button', { name: 'Send' }).click();
    await expect(page.getByRole('log').locator('[data-message]').last()).toContainText('Delivered');
    await harmless(page);
  }

  expect(elsewhere).toEqual([]);
  expect(visits).toEqual([]);
  expect(dialogs).toEqual([]);
  await trap.close();
});

/** Nothing ran, and no element stands in the page that could fetch or run something of a stranger's. */
async function harmless(page: Page): Promise<void> {
  expect(await page.evaluate('window.__ran')).toBeUndefined();
  const foreign = await page.evaluate<readonly string[]>(FOREIGN);
  expect(foreign).toEqual([]);
}

/** Runs in the page: elements that lead elsewhere, and those with a script of their own. */
const FOREIGN = `(() => {
  const found = [];
  for (const element of document.querySelectorAll('*')) {
    for (const { name, value } of element.attributes) {
      if (name.startsWith('on')) found.push(element.tagName + ' ' + name);
      if (!['src', 'href', 'data', 'action', 'srcset', 'formaction', 'xlink:href'].includes(name)) continue;
      const { protocol, origin } = new URL(value, location.href);
      if (element.tagName === 'LINK' && protocol === 'data:') continue;
      if (!/^https?:$/.test(protocol) || origin !== location.origin) found.push(element.tagName + ' ' + name + '=' + value);
    }
  }
  return found;
})()`;
