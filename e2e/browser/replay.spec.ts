import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startGateway } from '../gateway-process.ts';
import { sayByHttp } from './doors.ts';
import { expect, signInTo, test } from './gateway.ts';

/** Each replay is a process of its own, and is waited for up to a minute; a journey has up to three. */
const PROCESSES_MS = 240_000;

test('B16 Replay: from a recorded conversation with another prompt to the first divergence, the baseline faithful', async ({
  page,
  gateway,
  signIn,
}) => {
  test.setTimeout(PROCESSES_MS);
  const from = `jonas-${Date.now()}`;
  const { sessionId } = await sayByHttp(gateway, 'is the bridge open?', from);
  await sayByHttp(gateway, 'and at night?', from);
  await signIn();
  await page.goto(`${gateway.url()}/sessions/?id=${sessionId}`);
  const main = page.getByRole('main');
  await main.getByRole('link', { name: 'Replay', exact: true }).click();
  await expect(main.getByLabel('Session, by id or key')).toHaveValue(sessionId);
  await expect(main.getByRole('status')).toContainText('2 messages');
  await main.getByLabel('System prompt').fill('Answer in one word.');
  await main.getByRole('button', { name: 'Start' }).click();
  await expect(page).toHaveURL(/run=rpl_/);
  await expect(main.getByRole('region', { name: 'Unchanged replay' })).toContainText('Baseline faithful', { timeout: 60_000 });
  await expect(main.getByRole('list', { name: 'How the messages came out' })).toContainText('asked otherwise 2');
  await main.getByRole('tab', { name: 'Events' }).click();
  const events = main.getByRole('list', { name: 'Events' });
  await expect(events).toContainText('first divergence');
  await events.getByRole('button', { name: /model\.requested/ }).click();
  await expect(events).toContainText('/requestHash');
  await page.reload();
  await expect(main.getByRole('region', { name: 'Unchanged replay' })).toContainText('Baseline faithful');
  await page.goto(`${gateway.url()}/replay/`);
  await expect(main.getByRole('region', { name: 'Runs' })).toContainText('Answer in one word.');
});

test('B16 Replay: unchanged, and kept as a case that the command line runs again', async ({ page, gateway, signIn }) => {
  test.setTimeout(PROCESSES_MS);
  const { sessionId } = await sayByHttp(gateway, 'who keeps the key?', `karla-${Date.now()}`);
  await signIn();
  await page.goto(`${gateway.url()}/replay/?create=1&session=${sessionId}`);
  const main = page.getByRole('main');
  await expect(main.getByLabel('Session, by id or key')).toHaveValue(sessionId);
  await main.getByLabel('Session, by id or key').press('Control+Enter');
  await expect(main.getByRole('list', { name: 'How the messages came out' })).toContainText('identical 1', { timeout: 60_000 });
  await main.getByRole('button', { name: 'Save as regression case' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel(/^Name of the case/).fill('key-keeper');
  await dialog.getByRole('button', { name: 'Save as regression case' }).click();
  await expect(dialog).toHaveCount(0);
  const suite = await gateway.command(['replay', 'suite', '--json']);
  expect(suite.code, suite.stdout + suite.stderr).toBe(0);
  expect(JSON.parse(suite.stdout)).toMatchObject({ passed: 1, failed: 0, results: [{ name: 'key-keeper', passed: true }] });
});

test('B16 Replay: decisions under the current configuration, and a bundle that came from elsewhere', async ({ page, gateway, signIn }) => {
  test.setTimeout(PROCESSES_MS);
  const { sessionId } = await sayByHttp(gateway, 'read me elsewhere', `lars-${Date.now()}`);
  await signIn();
  await page.goto(`${gateway.url()}/sessions/?id=${sessionId}`);
  const main = page.getByRole('main');
  const coming = page.waitForEvent('download');
  await main.getByRole('button', { name: 'More actions' }).click();
  await main.getByRole('link', { name: 'Download as a bundle' }).click();
  const bundle = await (await coming).path();

  await page.goto(`${gateway.url()}/replay/?create=1`);
  await main.getByLabel('Messages that match a query').check();
  await main.getByLabel('Query; all messages when left empty').fill(`session:${sessionId}`);
  await main.getByLabel('The current one').check();
  await main.getByRole('button', { name: 'Start' }).click();
  await expect(main.getByText('Every message would be decided the same')).toBeVisible({ timeout: 60_000 });

  await page.goto(`${gateway.url()}/replay/?create=1`);
  await main.getByLabel('An imported bundle').check();
  await main.getByLabel('Bundle (.ocb)').setInputFiles(bundle);
  await expect(main.getByText(/^The bundle is intact/)).toBeVisible({ timeout: 60_000 });
  await main.getByRole('button', { name: 'Start' }).click();
  await expect(main.getByRole('region', { name: 'Unchanged replay' })).toContainText('Baseline faithful', { timeout: 60_000 });
});

test('B15 B16 Replay: the configuration that decisions were replayed under becomes the draft, and is saved with a reason', async ({
  page,
}) => {
  test.setTimeout(PROCESSES_MS);
  const config = { agents: { entries: { main: { default: true }, ada: {} } } };
  await using gateway = await startGateway({ config });
  await sayByHttp(gateway, 'which agent would answer?');
  await signInTo(gateway, page);
  await page.goto(`${gateway.url()}/replay/?create=1`);
  const main = page.getByRole('main');
  await main.getByLabel('Messages that match a query').check();
  await main.getByLabel('A draft or a file').check();
  await main
    .getByLabel('Configuration to try (JSON5)')
    .fill(JSON.stringify({ ...config, bindings: [{ agentId: 'ada', match: { channel: 'http' } }] }, null, 2));
  await main.getByRole('button', { name: 'Start' }).click();
  await expect(main.getByText('1 of 1 messages would be decided otherwise')).toBeVisible({ timeout: 60_000 });
  await main.getByRole('link', { name: 'Apply the configuration' }).click();
  await expect(main.getByRole('list', { name: 'Changes' })).toContainText('bindings', { timeout: 30_000 });
  await main.getByRole('button', { name: 'Review and save' }).click();
  const drawer = page.getByRole('dialog', { name: 'Review and save' });
  await expect(drawer.getByTestId('impact')).toHaveText('1 of 1 messages would be decided otherwise.', { timeout: 20_000 });
  await drawer.getByLabel('Why (kept with the version)').fill('As it was replayed');
  await drawer.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(drawer).toHaveCount(0);
  await expect.poll(() => readFile(join(gateway.stateDir, 'openclaw.json'), 'utf8')).toContain('"ada"');
});

test('B16 Replay: a file that is no bundle is refused with what is wrong', async ({ page, gateway, signIn }) => {
  await signIn();
  await page.goto(`${gateway.url()}/replay/?create=1`);
  const main = page.getByRole('main');
  await main.getByLabel('An imported bundle').check();
  await main
    .getByLabel('Bundle (.ocb)')
    .setInputFiles({ name: 'x.ocb', mimeType: 'application/octet-stream', buffer: Buffer.from('not a bundle') });
  await expect(main.getByText('The file is not gzip, or it is damaged.')).toBeVisible();
  await expect(main.getByRole('button', { name: 'Start' })).toBeDisabled();
});

test('B15 Replay: whoever may not see a page or begin a replay is told what it needs and what to do', async ({ page }) => {
  test.setTimeout(PROCESSES_MS);
  await using gateway = await startGateway();
  const password = 'three green kettles sing';
  await gateway.json('/api/access/users', { method: 'POST', body: JSON.stringify({ name: 'vera', roles: ['viewer'], password }) });
  await page.goto(`${gateway.url()}/sign-in/?next=${encodeURIComponent('/audit/')}`);
  await page.getByLabel('User name').fill('vera');
  await page.getByLabel('Password').fill(password);
  await page.getByLabel('Password').press('Enter');
  const main = page.getByRole('main');
  await expect(main).toContainText('openclaw users set-roles <name> viewer auditor', { timeout: 30_000 });
  await page.goto(`${gateway.url()}/replay/?create=1`);
  await expect(main).toContainText('Beginning a replay needs the permission sessions.control', { timeout: 30_000 });
  await main.getByRole('link', { name: 'All replays' }).click();
  await expect(main.getByText('Nothing was replayed yet')).toBeVisible({ timeout: 30_000 });
  await expect(main.getByRole('link', { name: 'New replay' })).toHaveCount(0);
});
