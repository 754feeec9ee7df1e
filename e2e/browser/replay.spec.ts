import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
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
  await expect(main.getByRole('status').filter({ hasText: '2 messages' })).toBeVisible();
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

test('B16 Replay: a tool gives what was written for it, and what differs links to the events that led to it', async ({ page }) => {
  test.setTimeout(PROCESSES_MS);
  await using gateway = await startGateway({ config: { agents: { defaults: { tools: ['clock.now'] } } } });
  const { sessionId } = await sayByHttp(gateway, 'what time is it?');
  await signInTo(gateway, page);
  await page.goto(`${gateway.url()}/replay/?create=1&session=${sessionId}`);
  const main = page.getByRole('main');
  await main.getByRole('button', { name: 'Add a tool' }).click();
  await main.getByLabel('Tool', { exact: true }).fill('clock.now');
  await main.getByLabel('Result (JSON, or else taken as text)').fill('{"time":"half past never"}');
  await expect(main.getByLabel(/^Gives/).locator('option')).toHaveText(['the recorded result', 'always this result', 'the call is denied']);
  await main.getByRole('button', { name: 'Start' }).click();
  await expect(main.getByRole('list', { name: 'How the messages came out' })).toContainText('asked otherwise 1', { timeout: 60_000 });
  await main.getByRole('tab', { name: 'Events' }).click();
  const events = main.getByRole('list', { name: 'Events' });
  await events.getByRole('button', { name: /^tool\.completed/ }).click();
  const causes = events.getByRole('navigation', { name: 'What led to it:' });
  await expect(causes.getByRole('link', { name: /^(message\.received|route\.decided|model\.requested|tool\.requested)$/ })).toHaveText([
    'message.received',
    'route.decided',
    'model.requested',
    'tool.requested',
  ]);
  await causes.getByRole('link', { name: 'tool.requested' }).click();
  await expect(events.getByRole('button', { name: /^tool\.requested/ })).toBeFocused();
  await expect(events.getByRole('button', { name: /^tool\.requested/ })).toHaveAttribute('aria-expanded', 'true');
  await events
    .getByRole('link', { name: /^Event \d+ in the log/ })
    .first()
    .click();
  await expect(page).toHaveURL(/\/events\/.*sel=\d+/);
});

test('B16 Replay: one routing rule is tried without writing a configuration, and a wrong one is refused as the configuration would', async ({
  page,
}) => {
  test.setTimeout(PROCESSES_MS);
  await using gateway = await startGateway({ config: { agents: { entries: { main: { default: true }, ada: {} } } } });
  const { sessionId } = await sayByHttp(gateway, 'which agent would answer?');
  await signInTo(gateway, page);
  await page.goto(`${gateway.url()}/replay/?create=1`);
  const main = page.getByRole('main');
  await main.getByLabel('Messages that match a query').check();
  const rule = main.getByLabel('Routing rule');
  await rule.fill('{ agentId: "ada", match: { chanel: "http" } }');
  await main.getByRole('button', { name: 'Start' }).click();
  await expect(main.getByRole('alert')).toContainText('bindings[0].match.chanel');
  await rule.fill('{ agentId: "ada", match: { channel: "http" } }');
  await main.getByRole('button', { name: 'Start' }).click();
  await expect(main.getByText('1 of 1 messages would be decided otherwise')).toBeVisible({ timeout: 60_000 });
  await expect(main.getByRole('list', { name: 'Decided otherwise' })).toContainText('ada');
  await page.goto(`${gateway.url()}/replay/?create=1&session=${sessionId}`);
  await rule.fill('{ agentId: "ada", match: { channel: "http" } }');
  await main.getByRole('button', { name: 'Start' }).click();
  await expect(main.getByRole('list', { name: 'How the messages came out' })).toContainText('route changed 1', { timeout: 60_000 });
});

test('B16 Replay: a bundle whose chain is broken shows what is wrong first, then what can be read, and cannot be replayed', async ({
  page,
  gateway,
  signIn,
}) => {
  test.setTimeout(PROCESSES_MS);
  const { sessionId } = await sayByHttp(gateway, 'was this changed?', `nora-${Date.now()}`);
  const whole = Buffer.from(await (await gateway.request(`/api/sessions/${sessionId}/bundle`)).arrayBuffer());
  const broken = gzipSync(Buffer.from(gunzipSync(whole).toString('latin1').replace('was this changed?', 'WAS this changed?'), 'latin1'));
  await signIn();
  await page.goto(`${gateway.url()}/replay/?create=1`);
  const main = page.getByRole('main');
  await main.getByLabel('An imported bundle').check();
  await main.getByLabel('Bundle (.ocb)').setInputFiles({ name: 'broken.ocb', mimeType: 'application/octet-stream', buffer: broken });
  const wrong = main.getByRole('region', { name: 'What is wrong with the bundle' });
  await expect(wrong).toContainText('events.jsonl', { timeout: 60_000 });
  await expect(wrong).toContainText('expected');
  const readable = main.getByRole('region', { name: 'What can be read' });
  await expect(readable).toContainText('message.received');
  await readable.getByText('message.received').first().click();
  await expect(readable.getByText('WAS this changed?').first()).toBeVisible();
  await expect(main.getByRole('button', { name: 'Start' })).toBeDisabled();
});
