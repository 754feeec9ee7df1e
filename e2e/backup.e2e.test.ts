import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type GatewayProcess, prepareGateway, startGateway } from './gateway-process.ts';

type Receipt = { messageId: string; status: string; reply: string };
type Rows = { rows: readonly { sessionId: string; messages: number }[] };

const say = (gateway: GatewayProcess, text: string) =>
  gateway.json<Receipt>('/api/messages?wait=20s', { method: 'POST', body: JSON.stringify({ from: 'anna', text }) });

async function json<T>(gateway: GatewayProcess, args: readonly string[]): Promise<T> {
  const { code, stdout, stderr } = await gateway.command([...args, '--json']);
  if (code !== 0) throw new Error(`openclaw ${args.join(' ')} ended with ${code}\n${stdout}${stderr}`);
  return JSON.parse(stdout) as T;
}

it('F a backup of a running gateway survives the loss of everything else', async () => {
  await using gateway = await startGateway({ config: { gateway: { sessions: { historyRetention: '30d' } } } });
  const kept = await say(gateway, 'keep this');
  await writeFile(join(gateway.stateDir, 'service.env'), 'KEY=value\n', { mode: 0o600 });
  const backups = await mkdtemp(join(tmpdir(), 'openclaw-backups-'));
  const [folder, keys] = [join(backups, 'one'), join(backups, 'keys')];
  const created = await json<{ recorded: boolean }>(gateway, ['backup', 'create', '-o', folder, '--keys', keys]);
  expect(created.recorded).toBe(true);
  const { events } = await json<{ events: number }>(gateway, ['backup', 'verify', folder, '--keys', keys]);
  expect(events).toBeGreaterThan(10);
  const audit = await gateway.command(['audit', 'list', '--class', 'admin']);
  expect(audit.stdout).toContain('Backup made up to');

  await say(gateway, 'this is lost with the disk');
  await gateway.kill();
  for (const name of ['state', 'openclaw.json', 'gateway-token', 'service.env'])
    await rm(join(gateway.stateDir, name), { recursive: true });
  expect((await gateway.command(['backup', 'restore', folder])).stderr).toContain('--keys');
  await json(gateway, ['backup', 'restore', folder, '--keys', keys]);
  expect(await readFile(join(gateway.stateDir, 'openclaw.json'), 'utf8')).toContain('30d');

  expect(await readFile(join(gateway.stateDir, 'service.env'), 'utf8')).toBe('KEY=value\n');

  await gateway.start();
  expect(await gateway.json(`/api/messages/${kept.messageId}`)).toMatchObject({ text: 'keep this', status: 'delivered' });
  expect(await say(gateway, 'and on it goes')).toMatchObject({ status: 'delivered' });
  expect((await gateway.json<Rows>('/api/sessions')).rows).toMatchObject([{ messages: 2 }]);
  expect((await gateway.command(['events', 'list', '--type', 'backup.restored'])).stdout).toContain('Restored from a backup of');
  expect((await gateway.command(['audit', 'verify', '--from', '1'])).code).toBe(0);
  await rm(backups, { recursive: true });
});

it('F restoring over a damaged state moves it aside, and asks before it does', async () => {
  await using gateway = await startGateway();
  await say(gateway, 'before the damage');
  const { folder } = await json<{ folder: string }>(gateway, ['backup', 'create']);
  expect((await gateway.command(['backup', 'restore', folder, '--force'])).stderr).toContain('gateway stop');
  await gateway.stop();
  await writeFile(join(gateway.stateDir, 'state/events.db'), 'what a broken disk gave back');
  await expect(gateway.start()).rejects.toThrow(/restore a backup/);
  const refused = await gateway.command(['backup', 'restore', folder]);
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('--force') });
  const { movedTo } = await json<{ movedTo: string }>(gateway, ['backup', 'restore', folder, '--force']);
  expect(await readFile(join(movedTo, 'state/events.db'), 'utf8')).toBe('what a broken disk gave back');
  await gateway.start();
  expect(await say(gateway, 'after it')).toMatchObject({ status: 'delivered' });
});

it('F a state of a newer program is refused by name, and a stopped one can be brought up to date after a try', async () => {
  await using gateway = await prepareGateway();
  expect((await gateway.command(['migrate'])).stderr).toContain('no event log yet');
  await gateway.start();
  await gateway.stop();
  expect((await gateway.command(['migrate', '--dry-run'])).stdout).toContain('up to date');
  const { default: Database } = await import('better-sqlite3');
  const db = new Database(join(gateway.stateDir, 'state/events.db'));
  db.pragma('user_version = 99');
  db.close();
  await expect(gateway.start()).rejects.toThrow(/newer/);
  for (const args of [['migrate'], ['migrate', '--dry-run'], ['backup', 'create']]) {
    expect((await gateway.command(args)).stderr).toContain('newer');
  }
});
