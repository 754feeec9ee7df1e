import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { sayByHttp } from './doors.ts';
import { expect, test } from './gateway.ts';

const FILES = ['README.md', 'events.jsonl', 'manifest.json', 'manifest.sig', 'gateway.pem', 'checkpoint.txt'];

test('B16 Exports: the wizard leads from a scope to files that verify by the command the page gives', async ({ page, gateway, signIn }) => {
  const text = `a bill of lading ${Date.now()}`;
  await sayByHttp(gateway, text);
  await signIn();
  await page.goto(`${gateway.url()}/exports/`);
  await page.getByRole('button', { name: 'New export' }).first().click();
  const wizard = page.getByRole('dialog', { name: 'New export' });
  await expect(wizard.getByTestId('estimate')).toContainText(/\d+ events/);
  for (let step = 0; step < 5; step += 1) await wizard.getByRole('button', { name: 'Next' }).click();
  await expect(wizard).toContainText('JSONL (CloudEvents)');
  await wizard.getByRole('button', { name: 'Begin the export' }).click();
  const job = page.locator('[data-job]').first();
  await expect(job).toContainText('Complete');
  await job.getByRole('button', { name: 'Open' }).click();
  const drawer = page.getByRole('dialog', { name: /^Export / });
  await expect(drawer).toContainText('Signed');

  const folder = await mkdtemp(join(tmpdir(), 'export-'));
  try {
    for (const name of FILES) await save(page, name, folder);
    const manifest = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')) as {
      count: number;
      signature: { verifierKey: string };
    };
    expect(manifest.count).toBeGreaterThan(5);
    const { code, stdout, stderr } = await gateway.command([
      'audit',
      'verify',
      '--bundle',
      folder,
      '--pubkey',
      manifest.signature.verifierKey,
    ]);
    expect(code, stdout + stderr).toBe(0);
  } finally {
    await rm(folder, { recursive: true });
  }
  const { rows } = await gateway.json<{ rows: readonly unknown[] }>('/api/events?type=audit.exported&limit=5');
  expect(rows.length).toBeGreaterThan(0);
});

test('B16 Exports: without masking a reason is asked for, by keyboard alone', async ({ page, gateway, signIn }) => {
  await signIn();
  await page.goto(`${gateway.url()}/exports/?new=true`);
  const wizard = page.getByRole('dialog', { name: 'New export' });
  const next = async () => {
    await wizard.getByRole('button', { name: 'Next' }).focus();
    await page.keyboard.press('Enter');
  };
  for (let step = 0; step < 3; step += 1) await next();
  await wizard.getByRole('radio', { name: /Nothing masked/ }).focus();
  await page.keyboard.press('Space');
  await expect(wizard.getByRole('button', { name: 'Next' })).toBeDisabled();
  await wizard.getByRole('textbox', { name: 'Reason' }).focus();
  await page.keyboard.type('asked for by the harbour court');
  await next();
  await next();
  await expect(wizard).toContainText('asked for by the harbour court');
});

test('B16 Exports: what Events and the trail show is exported as it is shown', async ({ page, gateway, signIn }) => {
  await sayByHttp(gateway, 'what is in the hold?');
  await signIn();
  const wizard = page.getByRole('dialog', { name: 'New export' });
  await page.goto(`${gateway.url()}/events/?q=type:message.received&range=all`);
  await page.getByRole('link', { name: 'Export these' }).click();
  await expect(wizard.getByLabel('Query')).toHaveValue('type:message.received');
  await expect(wizard.getByLabel('Time')).toHaveValue('all');
  await expect(wizard.getByTestId('estimate')).toContainText(/\d+ event/);
  await page.goto(`${gateway.url()}/audit/?class=admin&range=all`);
  await page.getByRole('link', { name: 'Export these' }).click();
  await expect(wizard.getByRole('checkbox', { name: 'Administration' })).toBeChecked();
  await expect(wizard.getByRole('checkbox', { name: 'Sign-in' })).not.toBeChecked();
});

test('Retention: the next run is previewed, and a hold is added and released with a reason', async ({ page, gateway, signIn }) => {
  const { sessionId } = await sayByHttp(gateway, 'keep this', 'hilda');
  await signIn();
  await page.goto(`${gateway.url()}/exports/?view=retention`);
  await page.getByRole('button', { name: 'Preview' }).first().click();
  await expect(page.getByTestId('retention-report')).toContainText('Nothing is due.');
  const holds = page.getByRole('region', { name: 'Legal holds' });
  await holds.getByLabel('What').selectOption('session');
  await holds.getByLabel('Who or which').fill(sessionId);
  await holds.getByLabel('Reason').fill('a case at the court');
  await holds.getByRole('button', { name: 'Add a hold' }).click();
  await expect(holds.getByRole('listitem')).toContainText('a case at the court');
  await holds.getByRole('button', { name: 'Release' }).click();
  const asking = page.getByRole('dialog', { name: 'Release this hold?' });
  await asking.getByRole('textbox').fill('the case is closed');
  await asking.getByRole('button', { name: 'Release' }).click();
  await expect(holds.getByRole('listitem')).toHaveCount(0);
});

async function save(page: Page, name: string, folder: string): Promise<void> {
  const coming = page.waitForEvent('download');
  await page.getByRole('link', { name: new RegExp(`^${name.replace('.', '\\.')}`) }).click();
  await (await coming).saveAs(join(folder, name));
}
