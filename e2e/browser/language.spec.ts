import { sayByHttp } from './doors.ts';
import { expect, test } from './gateway.ts';

test('B15 an event opens with what its type means, in the language of the page, and in Chinese a refusal is said by its code', async ({
  page,
  gateway,
  signIn,
}) => {
  await sayByHttp(gateway, 'what does the lantern say?');
  await signIn();
  await page.goto(`${gateway.url()}/events/?q=type:message.received`);
  await page
    .getByRole('button', { name: /^Open event .*message\.received/ })
    .first()
    .click();
  const drawer = page.getByRole('dialog');
  await expect(drawer).toContainText('A message came in and is durable. Committed before the channel is told that it arrived.');

  await page.context().addCookies([{ name: 'openclaw_language', value: 'zh-CN', url: gateway.url() }]);
  await page.goto(`${gateway.url()}/events/?q=type:message.received`);
  await page
    .getByRole('button', { name: /^打开事件 .*message\.received/ })
    .first()
    .click();
  await expect(drawer).toContainText('一条消息到达并已持久化；之后才告知渠道已收到。');
  await drawer.getByRole('button', { name: '关闭' }).click();
  await expect(drawer).toHaveCount(0);
  const type = page.getByRole('complementary', { name: '分面' }).locator('[data-value="message.received"] button').first();
  await expect(type).toHaveAttribute('title', /^message\.received\n一条消息到达/);

  const field = page.getByRole('combobox', { name: '筛选事件' });
  await field.fill('tyype:x');
  await field.press('Enter');
  const refusal = page.getByRole('main').getByRole('alert');
  await expect(refusal).toContainText('无法读懂此查询。 请修正标出的地方；字段和值的写法见 docs/query-language.md。');
  await expect(refusal.locator('[lang="en"]')).toHaveText('There is no field tyype. Did you mean type?');

  await field.fill('');
  await page.getByRole('button', { name: '保存视图' }).first().click();
  await page.getByLabel('名称').fill('Errors');
  await page.getByLabel('名称').press('Enter');
  await expect(page.getByRole('status').filter({ hasText: '此名称属于他人的视图，或属于一个固有的视图。' })).toBeVisible();

  await page.goto(`${gateway.url()}/sessions/?id=ses_00000000000000000000000000`);
  const unknown = page.getByRole('main').getByRole('alert');
  await expect(unknown).toContainText('没有此 ID 的会话。');
  await expect(unknown).toContainText('请用 `openclaw sessions list` 列出会话。');
  await expect(unknown.locator('[lang="en"]')).toHaveCount(0);
});
