import { readFile } from 'node:fs/promises';
import { startGateway } from '../gateway-process.ts';
import { sayByHttp } from './doors.ts';
import { expect, signInTo, test } from './gateway.ts';

test('B15 Console: a dry run by the keyboard alone says where a message would go, and nothing is sent', async ({
  page,
  gateway,
  signIn,
}) => {
  await signIn();
  await page.goto(`${gateway.url()}/console/`);
  const main = page.getByRole('main');
  await expect(main.getByText('Nothing is sent and no model is asked.')).toBeVisible();
  const before = await received(gateway);
  await main.getByLabel('Sender').fill('berta');
  await main.getByLabel('Text').fill('is the crane free?');
  await page.keyboard.press('Control+Enter');
  const decided = main.getByRole('region', { name: 'What would be decided' });
  await expect(decided.getByText('let in')).toBeVisible();
  await expect(decided.getByText('main', { exact: true }).first()).toBeVisible();
  await expect(decided.getByRole('table', { name: 'Rules in the order they were tried' })).toBeVisible();
  expect(await received(gateway)).toBe(before);
});

test('B15 Console: a dry run takes over who wrote from an event', async ({ page, gateway, signIn }) => {
  const text = `how high is the water? ${Date.now()}`;
  const { messageId } = await sayByHttp(gateway, text, 'clara');
  const { rows } = await gateway.json<{ rows: readonly { position: number; type: string }[] }>(`/api/events?message=${messageId}&limit=50`);
  const position = rows.find(({ type }) => type === 'message.received')?.position;
  await signIn();
  await page.goto(`${gateway.url()}/console/?event=${position}`);
  await expect(page.getByLabel('Sender')).toHaveValue('clara');
  await expect(page.getByLabel('Text')).toHaveValue(text);
  const started = await gateway.json<{ rows: readonly { position: number }[] }>('/api/events?type=gateway.started&limit=1');
  await page.goto(`${gateway.url()}/console/?event=${started.rows[0]?.position}`);
  await expect(page.getByText('No message came in at this position.')).toBeVisible();
});

async function received(gateway: { json: <T>(path: string) => Promise<T> }): Promise<number> {
  const { rows } = await gateway.json<{ rows: readonly unknown[] }>('/api/events?type=message.received&limit=500');
  return rows.length;
}

test('B15 B16 Console: two agents answer the same message side by side, and one answer is kept as a case', async ({ page }) => {
  test.setTimeout(240_000);
  await using gateway = await startGateway({ config: { agents: { entries: { main: { default: true }, ada: { model: 'echo/echo' } } } } });
  await signInTo(gateway, page);
  await page.goto(`${gateway.url()}/console/`);
  const main = page.getByRole('main');
  const compare = main.getByRole('region', { name: 'Compare two agents or models' });
  await expect(compare.getByRole('button', { name: 'Ask both' })).toBeDisabled();
  await main.getByLabel('Text').fill('who answers this?');
  await compare.getByRole('group', { name: 'B' }).getByLabel('Agent').selectOption('ada');
  await compare.getByRole('button', { name: 'Ask both' }).press('Enter');
  const [a, b] = ['A', 'B'].map((name) => compare.getByRole('region', { name, exact: true }));
  await expect(a ?? compare).toContainText(/who answers this\?[\s\S]*main/, { timeout: 60_000 });
  await expect(b ?? compare).toContainText(/who answers this\?[\s\S]*ada/, { timeout: 60_000 });
  await b?.getByRole('button', { name: 'Save as regression case' }).click();
  const dialog = page.getByRole('dialog', { name: 'Save as regression case' });
  await dialog.getByRole('textbox').fill('who-answers');
  await dialog.getByRole('button', { name: 'Save as regression case' }).click();
  await expect(dialog).toHaveCount(0);
  await page.goto(`${gateway.url()}/replay/`);
  await expect(main).toContainText('who-answers');
  const { rows } = JSON.parse((await gateway.command(['events', 'list', '--query', 'type:message.received', '--json'])).stdout) as {
    rows: unknown[];
  };
  expect(rows).toEqual([]);
});

test('B15 B16 Console: an envelope that is written by hand is put to the agent, and its trace shows what would be in the log', async ({
  page,
}) => {
  test.setTimeout(120_000);
  await using gateway = await startGateway();
  await signInTo(gateway, page);
  await page.goto(`${gateway.url()}/console/`);
  const main = page.getByRole('main');
  await main.getByText('Write the envelope by hand').press('Enter');
  const envelope = main.getByLabel('Envelope, as JSON');
  await envelope.fill('{"channel":"http","sender":"carl"}');
  await expect(main.getByText('There is no “sender”.', { exact: false })).toBeVisible();
  const files = [{ name: 'plan.pdf', mimeType: 'application/pdf', size: 12_000 }];
  await envelope.fill(JSON.stringify({ channel: 'http', account: 'default', from: 'carl', name: 'Carl', text: 'what is in it?', files }));
  await expect(main.getByLabel('Sender', { exact: true })).toHaveValue('carl');
  await expect(main.getByLabel('Files')).toHaveValue('plan.pdf');
  await main.getByRole('button', { name: 'Ask the agent' }).press('Enter');
  const answer = main.getByRole('region', { name: 'The answer' }).last();
  await expect(answer).toContainText(/what is in it\?[\s\S]*main/, { timeout: 60_000 });
  await answer.getByText(/events of the trace/).press('Enter');
  await expect(answer).toContainText(/message\.received[\s\S]*route\.decided[\s\S]*model\.responded/);
  await answer.getByText('message.received').press('Enter');
  await expect(answer).toContainText('plan.pdf');
  expect(await received(gateway)).toBe(0);
});

test('A1 B15 Console: a message with a file is sent, the file stands in the conversation and is what was sent', async ({ page }) => {
  test.setTimeout(120_000);
  await using gateway = await startGateway();
  await signInTo(gateway, page);
  await page.goto(`${gateway.url()}/console/?mode=live`);
  const bytes = Buffer.from(`when the tide turns, ${'x'.repeat(1_500_000)}`);
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Add files' }).click();
  await (await chooser).setFiles([
    { name: 'tide.txt', mimeType: 'text/plain', buffer: bytes },
    { name: 'wrong.txt', mimeType: 'text/plain', buffer: Buffer.from('no') },
  ]);
  await page.getByRole('button', { name: 'Remove wrong.txt' }).click();
  await page.getByRole('button', { name: 'Send' }).click();
  const turn = page.getByRole('log').locator('[data-message]');
  await expect(turn).toContainText('Delivered');
  const link = turn.getByRole('list', { name: 'Files that came with it' }).getByRole('link', { name: 'tide.txt' });
  const download = page.waitForEvent('download');
  await link.click();
  const path = await (await download).path();
  expect((await readFile(path)).equals(bytes)).toBe(true);

  await page.getByLabel('Message', { exact: true }).fill('and again?');
  await page.getByLabel('Message', { exact: true }).press('Enter');
  await expect(turn).toHaveCount(2);
  await expect(turn.last()).toContainText('Delivered');
  await turn.last().getByRole('button', { name: 'Ask again' }).click();
  await expect(turn).toHaveCount(3);
  await expect(turn.last()).toContainText(/and again\?[\s\S]*Delivered/);
  await page.getByRole('button', { name: 'Save as regression case' }).click();
  const dialog = page.getByRole('dialog', { name: 'Save as regression case' });
  await dialog.getByRole('textbox').fill('tide');
  await dialog.getByRole('button', { name: 'Save as regression case' }).click();
  await expect(dialog).toHaveCount(0, { timeout: 60_000 });
  const suite = await gateway.command(['replay', 'suite', '--json']);
  expect(suite.code, suite.stdout + suite.stderr).toBe(0);
  expect(JSON.parse(suite.stdout)).toMatchObject({ passed: 1, failed: 0, results: [{ name: 'tide', passed: true }] });
});
