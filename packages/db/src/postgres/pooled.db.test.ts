/** A shared log by way of PgBouncer, where no two transactions need to have the same connection. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StoredEvent } from '@openclaw-gateway/events';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { EventLog } from '../log.ts';
import { openStore, type SharedDatabase } from '../open.ts';
import type { Store } from '../store.ts';
import { type PgBouncer, POOL_SIZE, startPgBouncer } from '../testing/pgbouncer.ts';
import { type PostgresServer, startPostgres } from '../testing/postgres.ts';
import { personal, stopped } from '../testing/simple-events.ts';
import { Leadership, listInstances } from './leadership.ts';

let server: PostgresServer;
let pooler: PgBouncer;
let databases = 0;
const opened: { readonly store: Store; readonly dir: string }[] = [];

beforeAll(async () => {
  server = await startPostgres();
  pooler = await startPgBouncer(server.port);
}, 300_000);
afterEach(async () => {
  for (const { store, dir } of opened.splice(0)) {
    await store.close();
    rmSync(dir, { recursive: true, force: true });
  }
});
afterAll(async () => {
  await pooler[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const WAYS: readonly (readonly [string, (direct: string) => SharedDatabase])[] = [
  ['listening past it', (direct) => ({ url: pooler.through(direct), listenUrl: direct })],
  ['with nothing to listen on', (direct) => ({ url: pooler.through(direct) })],
];

describe.each(WAYS)('A12 a shared log through a pooler, %s', (_, databaseAt) => {
  const twoInstances = async () => {
    const database = databaseAt(await server.database(`pooled_${databases++}`));
    return [await instance(database), await instance(database)] as const;
  };

  test('has one order, however many write at once', async () => {
    const stores = await twoInstances();
    const results = await Promise.all(
      stores.flatMap(({ log }, writer) =>
        Array.from({ length: 60 }, (__, n) => log.append({ events: [stopped(`s${n % 5}`, `${writer} ${n}`)] })),
      ),
    );
    const positions = results.map((result) => (result.ok ? result.first : 0));
    expect(positions.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 120 }, (__, index) => index + 1));
    await Promise.all(stores.map(({ log }) => log.waitForHead(120, 10_000)));
    const [one, two] = await Promise.all(stores.map(({ log }) => log.readAll({ after: 0, limit: 1000 })));
    expect(one).toEqual(two);
  });

  test('shows an instance what the other adds within the second, time and again', async () => {
    const [one, two] = await twoInstances();
    for (let position = 1; position <= 5; position++) {
      await one.log.append({ events: [personal('sub_a', `text ${position}`)] });
      await two.log.waitForHead(position, 3000);
    }
    expect(await textsOf(two.log)).toEqual(Array.from({ length: 5 }, (__, n) => `text ${n + 1}`));
  });

  test('forgets a person on both', async () => {
    const [one, two] = await twoInstances();
    await one.log.append({ events: [personal('sub_a', 'before')] });
    await two.log.waitForHead(1, 10_000);
    expect(await two.retention.destroyKey('sub_a', Date.now())).toBe(true);
    await one.log.append({ events: [personal('sub_a', 'after')] });
    for (const { log } of [one, two]) await expect.poll(() => textsOf(log), { timeout: 10_000 }).toEqual(['[erased]', 'after']);
  });
});

test('A12 instances take turns through a pooler', async () => {
  const url = pooler.through(await server.database(`pooled_${databases++}`));
  await instance({ url });
  const join = (name: string) =>
    new Leadership({ url, instance: { instanceId: name, name, version: '1' }, address: () => `http://${name}`, position: () => 0 });
  const one = join('one');
  one.begin();
  expect(await one.leading).toBe(1);
  const two = join('two');
  two.begin();
  await expect.poll(() => two.leader()?.name, { timeout: 10_000 }).toBe('one');
  expect((await listInstances(url)).map(({ name, state }) => [name, state])).toEqual([
    ['one', 'leading'],
    ['two', 'standing_by'],
  ]);
  await one.close();
  expect(await two.leading).toBe(2);
  await two.close();
});

test('A12 without gateway.database.listenUrl nothing listens through a pooler, where a connection would be left that others are lent', async () => {
  const direct = await server.database(`pooled_${databases++}`);
  const [one, two] = [await instance({ url: pooler.through(direct) }), await instance({ url: pooler.through(direct) })];
  await one.log.append({ events: [stopped('s', 'x')] });
  await two.log.waitForHead(1, 3000);
  const borrowed = await Promise.all(Array.from({ length: POOL_SIZE }, () => borrow(pooler.through(direct))));
  for (const { client } of borrowed) expect((await client.query('SELECT pg_listening_channels()')).rows).toEqual([]);
  expect(new Set(borrowed.map(({ pid }) => pid)).size).toBe(POOL_SIZE);
  for (const { client } of borrowed) await client.end();
});

/** A connection of the pool, kept from others by a transaction. */
async function borrow(connectionString: string): Promise<{ readonly client: pg.Client; readonly pid: number | undefined }> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  await client.query('BEGIN');
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return { client, pid: rows[0]?.pid };
}

async function instance(database: SharedDatabase): Promise<Store> {
  const dir = mkdtempSync(join(tmpdir(), 'openclaw-pooled-'));
  const store = await openStore({ dir, diskLowBytes: 0, database });
  opened.push({ store, dir });
  return store;
}

async function textsOf(log: EventLog): Promise<readonly string[]> {
  const events: readonly StoredEvent[] = await log.readAll({ after: 0, limit: 100 });
  return events.map(({ data }) => (data as { readonly text: string }).text);
}
