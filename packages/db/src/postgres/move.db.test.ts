import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { verifyLog } from '../integrity/verify-log.ts';
import { openStore } from '../open.ts';
import { type PostgresServer, startPostgres } from '../testing/postgres.ts';
import { personal } from '../testing/simple-events.ts';
import { moveFromDatabase, moveToDatabase } from './move.ts';

let server: PostgresServer;
const folders: string[] = [];

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function folder(): string {
  folders.push(mkdtempSync(join(tmpdir(), 'openclaw-move-')));
  return folders.at(-1) ?? '';
}

test('A12 log move brings a log into a database and back, byte for byte, and what it was moved from takes nothing more', async () => {
  const [from, to, url] = [folder(), folder(), await server.database('moved')];
  const keyed = { events: [personal('sub_a', 'keyed')], idempotency: { key: 'k', requestHash: 'h' } };
  const before = await openStore({ dir: from, diskLowBytes: 0 });
  const { gatewayId } = before;
  for (let n = 0; n < 30; n++)
    await before.log.append({ events: Array.from({ length: 100 }, () => personal(`sub_${n % 7}`, `text ${n}`)) });
  await before.log.append(keyed);
  await before.close();

  const there = await moveToDatabase({ dir: from, url });
  expect(there.events).toBe(3002);
  expect(Buffer.from((await lastHash(from)) ?? []).toString('hex')).toBe(there.hash);
  await expect(openStore({ dir: from, diskLowBytes: 0 })).rejects.toMatchObject({ code: 'LOG_MOVED' });
  // Again: there is nothing left to do.
  expect(await moveToDatabase({ dir: from, url })).toEqual(there);

  const instance = await openStore({ dir: folder(), diskLowBytes: 0, database: { url } });
  expect(instance.gatewayId).toBe(gatewayId);
  expect(await instance.log.append(keyed)).toMatchObject({ ok: true, replayed: true, first: 3001 });
  expect(await instance.log.readAt(3001)).toMatchObject({ data: { text: 'keyed' } });

  const back = await moveFromDatabase({ dir: to, url });
  expect(back.events).toBe(3003);
  await expect(instance.log.append({ events: [personal('sub_a', 'late')] })).rejects.toMatchObject({ code: 'LOG_MOVED' });
  await instance.close();
  expect(await verifyLog({ dir: to, from: 1 })).toMatchObject({ to: 3003 });

  const after = await openStore({ dir: to, diskLowBytes: 0 });
  expect(await after.log.append(keyed)).toMatchObject({ ok: true, replayed: true, first: 3001 });
  expect((await after.log.readAll({ after: 3000, limit: 10 })).map(({ type }) => type)).toEqual([
    'message.received',
    'gateway.log_moved',
    'gateway.log_moved',
  ]);
  expect(await after.log.readAt(3001)).toMatchObject({ data: { text: 'keyed' } });
  await after.close();
});

test('a log is not moved over another one', async () => {
  const url = await server.database('taken');
  const instance = await openStore({ dir: folder(), diskLowBytes: 0, database: { url } });
  await instance.log.append({ events: [personal('sub_a', 'theirs')] });
  await instance.close();
  const dir = folder();
  const own = await openStore({ dir, diskLowBytes: 0 });
  await own.log.append({ events: [personal('sub_a', 'ours')] });
  await own.close();
  await expect(moveToDatabase({ dir, url })).rejects.toMatchObject({ code: 'LOG_MISMATCH' });
  const still = await openStore({ dir, diskLowBytes: 0 });
  expect(still.log.head()).toBe(1);
  await still.close();
});

async function lastHash(dir: string): Promise<Uint8Array | undefined> {
  const { default: Database } = await import('better-sqlite3');
  const db = new Database(join(dir, 'events.db'), { readonly: true });
  try {
    return db.prepare<[], Buffer>('SELECT hash FROM events ORDER BY position DESC LIMIT 1').pluck().get();
  } finally {
    db.close();
  }
}
