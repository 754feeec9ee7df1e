/** `openclaw audit verify | checkpoint | pubkey` as a process, with the gateway running and stopped. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseCheckpoint, parseVerifierKey, verifyNote } from '@openclaw-gateway/db';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

const LAUNCHER = fileURLToPath(new URL('../../bin/openclaw.mjs', import.meta.url));
const VERIFIER = fileURLToPath(new URL('../../../../tools/verify-log.mjs', import.meta.url));

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'openclaw-verify-'));
  const witnesses = [{ destination: join(dir, 'elsewhere', 'checkpoints') }];
  await writeFile(join(dir, 'openclaw.json'), JSON.stringify({ gateway: { network: { port: 0 }, logging: { audit: { witnesses } } } }));
  expect(await openclaw('gateway', 'start')).toMatchObject({ code: 0 });
  expect(await openclaw('message', 'send', '--to', 'ann', '--message', 'hello')).toMatchObject({ code: 0 });
  const [newest] = json(await openclaw('events', 'list', '--limit', '1', '--json'))['rows'] as { position: number }[];
  // It is made a second after the events.
  await vi.waitFor(async () => {
    expect(json(await openclaw('audit', 'checkpoint', '--json'))['size']).toBeGreaterThanOrEqual(newest?.position ?? Infinity);
  }, 10_000);
});
afterEach(async () => {
  await openclaw('gateway', 'stop');
  await rm(dir, { recursive: true });
});

test('B16 the log verifies while the gateway runs, which records it, and after it stopped with the witness it had', {
  timeout: 60_000,
}, async () => {
  const running = await openclaw('audit', 'verify');
  expect(running, running.stderr).toMatchObject({ code: 0 });
  expect(running.stdout).toMatch(/The log is what was written: events 1 to \d+/);
  expect(running.stdout).toContain('A cut tail cannot be detected without a witness.');
  expect(running.stdout).toContain('Recorded as audit.verified.');
  expect((await openclaw('events', 'list', '--type', 'audit.verified')).stdout).toContain('Chain verified from 1 to');

  const note = parseCheckpoint((await openclaw('audit', 'checkpoint')).stdout);
  const { verifierKey, pem } = json(await openclaw('audit', 'pubkey', '--json'));
  const key = parseVerifierKey(String(verifierKey));
  if (!note || !key) throw new TypeError('not a checkpoint or not a key');
  expect(verifyNote(note, key)).toBe('good');
  expect(pem).toMatch(/^-----BEGIN PUBLIC KEY-----/);

  await openclaw('gateway', 'stop');
  expect((await openclaw('audit', 'pubkey')).stdout.trim()).toBe(verifierKey);
  const stopped = json(await openclaw('audit', 'verify', '--from', '1', '--witness', join(dir, 'elsewhere', 'checkpoints'), '--json'));
  expect(stopped).toMatchObject({ ok: true, from: 1, recorded: false, limits: [] });
  expect(stopped['witnessedTo']).toBe(stopped['head']);

  const db = new Database(join(dir, 'state', 'events.db'));
  db.exec(`DROP TRIGGER events_are_final_on_update; UPDATE events SET metadata = '{}' WHERE position = 3`);
  db.close();
  const broken = await openclaw('audit', 'verify', '--from', '1');
  expect(broken.code).toBe(1);
  expect(broken.stdout).toMatch(/position 3 is not what was written[\s\S]*First bad +3[\s\S]*Expected +[0-9a-f]{64}/);
  expect(json(await openclaw('audit', 'verify', '--from', '1', '--json'))).toMatchObject({
    ok: false,
    break: { position: 3, reason: 'chain_broken' },
  });
});

test('B16 what was exported verifies offline, with the key that was written down and without the gateway at all', {
  timeout: 60_000,
}, async () => {
  const key = (await openclaw('audit', 'pubkey')).stdout.trim();
  const [session] = (json(await openclaw('sessions', 'list', '--json'))['rows'] as { sessionId: string }[]).map(
    ({ sessionId }) => sessionId,
  );
  const bundle = join(dir, 'case.ocb');
  const packed = await openclaw('events', 'export', '--session', session ?? '', '-o', bundle);
  expect(packed, packed.stderr).toMatchObject({ code: 0 });
  const verified = await openclaw('audit', 'verify', '--bundle', bundle, '--pubkey', key);
  expect(verified, verified.stdout + verified.stderr).toMatchObject({ code: 0 });

  const exported = join(dir, 'export');
  expect(await openclaw('audit', 'export', '-o', exported)).toMatchObject({ code: 0 });
  expect(await openclaw('audit', 'verify', '--bundle', exported, '--pubkey', key)).toMatchObject({ code: 0 });
  const events = join(exported, 'events.jsonl');
  expect(existsSync(events)).toBe(true);
  await writeFile(events, `${await readFile(events, 'utf8')} `);
  const changed = await openclaw('audit', 'verify', '--bundle', exported);
  expect(changed).toMatchObject({ code: 1, stdout: expect.stringContaining('events.jsonl is not the file that was exported') });

  expect(await run('tar', 'xf', bundle, '-C', dir)).toMatchObject({ code: 0 });
  const options = ['--key', key, '--notes', join(dir, 'checkpoint.txt'), '--proofs', join(dir, 'proofs.json')];
  const alone = await run(process.execPath, '--no-warnings', VERIFIER, join(dir, 'events.jsonl'), ...options);
  expect(alone, alone.stderr).toMatchObject({ code: 0 });
  expect(alone.stdout).toMatch(/(\d+) events are proven to be in the log of \d+ events/);
});

test('B16 a wrong use says what is right', async () => {
  expect(await openclaw('audit', 'verify', '--from', 'x')).toMatchObject({ code: 2 });
  expect(await openclaw('audit', 'verify', '--bundle', join(dir, 'none'))).toMatchObject({ code: 2 });
  const key = await openclaw('audit', 'verify', '--pubkey', 'nonsense');
  expect(key).toMatchObject({ code: 1, stderr: expect.stringContaining('is not a verifier key') });
});

function json({ stdout }: { readonly stdout: string }): Record<string, unknown> {
  return JSON.parse(stdout) as Record<string, unknown>;
}

function openclaw(...args: string[]) {
  return run(process.execPath, LAUNCHER, ...args);
}

async function run(command: string, ...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const env: NodeJS.ProcessEnv = { ...process.env, OPENCLAW_STATE_DIR: dir, NO_COLOR: '1' };
  for (const name of ['OPENCLAW_CONFIG_PATH', 'OPENCLAW_GATEWAY_TOKEN', 'OPENCLAW_HOME', 'FORCE_COLOR']) delete env[name];
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}
