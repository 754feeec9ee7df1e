/** `openclaw data …` as a process, with the gateway running and stopped. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type CommandResult, runOpenclaw } from './testing/openclaw.ts';

const WHY = ['--reason', 'asked for'];

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'openclaw-data-'));
  await writeFile(join(dir, 'openclaw.json'), '{ gateway: { network: { port: 0 } } }');
  expect(await openclaw('gateway', 'start')).toMatchObject({ code: 0 });
  expect(await openclaw('message', 'send', '--to', 'ann', '--message', 'my secret')).toMatchObject({ code: 0 });
});
afterEach(async () => {
  await openclaw('gateway', 'stop');
  await rm(dir, { recursive: true });
});

test.each([['running'], ['stopped']])('B16 a person is held, freed and erased while the gateway is %s', async (state) => {
  if (state === 'stopped') await openclaw('gateway', 'stop');
  const held = json(await openclaw('data', 'hold', 'add', '--subject', 'http:ann', ...WHY, '--json'));
  const { id } = held['target'] as { id: string };
  expect(id).toMatch(/^sub_/);
  expect((await openclaw('data', 'hold', 'list')).stdout).toContain(id);
  const refused = await openclaw('data', 'erase', '--subject', 'http:ann', ...WHY, '--json');
  expect(refused.code).toBe(1);
  expect(json(refused)).toMatchObject({ ok: false, error: { code: 'LEGAL_HOLD' } });
  expect(json(await openclaw('data', 'hold', 'remove', '--subject', id, ...WHY, '--json'))).toMatchObject({ released: true });

  const dry = await openclaw('data', 'erase', '--subject', 'http:ann', ...WHY, '--dry-run');
  expect(dry.stdout).toMatch(/Would erase sub_.*\n.*Events +\d+, \d+ of them with personal data/);
  const erased = json(await openclaw('data', 'erase', '--subject', 'http:ann', ...WHY, '--json'));
  expect(erased).toMatchObject({ subject: id, keyDestroyed: true, dryRun: false });
  const events = await openclaw('events', 'list', '--type', 'message.received');
  expect(events.stdout).toContain('[erased]');
  expect(events.stdout).not.toContain('my secret');
  expect(json(await openclaw('data', 'retain', '--dry-run', '--json'))).toMatchObject({ dryRun: true, content: 0, segments: [] });
});

test('B16 a wrong use says what is right', async () => {
  expect(await openclaw('data', 'hold', 'add', ...WHY)).toMatchObject({ code: 2 });
  expect(await openclaw('data', 'erase', '--subject', 'http:ann')).toMatchObject({ code: 2 });
  const unknown = await openclaw('data', 'erase', '--subject', 'http:nobody', ...WHY);
  expect(unknown.code).toBe(1);
  expect(unknown.stderr).toContain('The log holds nothing of this person.');
});

function json({ stdout }: { readonly stdout: string }): Record<string, unknown> {
  return JSON.parse(stdout) as Record<string, unknown>;
}

const openclaw = (...args: string[]): Promise<CommandResult> => runOpenclaw(dir, args);
