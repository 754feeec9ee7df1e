import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StoredEvent } from '@openclaw-gateway/events';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { AppendResult } from '../log.ts';
import { openStore } from '../open.ts';
import type { Store } from '../store.ts';
import { type PostgresServer, startPostgres } from '../testing/postgres.ts';
import { personal, stopped } from '../testing/simple-events.ts';
import { Leadership } from './leadership.ts';

let server: PostgresServer;
let databases = 0;
const opened: { readonly store: Store; readonly dir: string }[] = [];

beforeAll(async () => {
  server = await startPostgres();
});
afterEach(async () => {
  await server.start();
  for (const { store, dir } of opened.splice(0)) {
    await store.close();
    rmSync(dir, { recursive: true, force: true });
  }
});
afterAll(() => server[Symbol.asyncDispose]());

const database = () => server.database(`shared_${databases++}`);

async function instance(url: string, dir = mkdtempSync(join(tmpdir(), 'openclaw-shared-'))): Promise<Store & { readonly dir: string }> {
  const store = await openStore({ dir, diskLowBytes: 0, database: { url } });
  opened.push({ store, dir });
  return { ...store, dir };
}

describe('A12 a log that several instances share', () => {
  test('gives positions without a gap and one chain, however many write at once, and each has all of it', async () => {
    const url = await database();
    const stores = await Promise.all([instance(url), instance(url), instance(url)]);
    const results = await Promise.all(
      stores.flatMap(({ log }, writer) =>
        Array.from({ length: 40 }, (_, n) =>
          log.append({ events: [stopped(`s${n % 5}`, `${writer} ${n}`), stopped(`own-${writer}`, `${n}`)] }),
        ),
      ),
    );
    const positions = results.flatMap((result) => stored(result).events.map(({ position }) => position));
    expect(positions.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 240 }, (_, index) => index + 1));
    await Promise.all(stores.map(({ log }) => log.waitForHead(240, 10_000)));
    const [first, ...others] = await Promise.all(stores.map(({ log }) => log.readAll({ after: 0, limit: 1000 })));
    for (const other of others) expect(other).toEqual(first);
    for (const streamId of new Set(first?.map((event) => event.streamId)))
      expect(first?.filter((event) => event.streamId === streamId).map(({ version }) => version)).toEqual(
        first?.filter((event) => event.streamId === streamId).map((_, index) => index + 1),
      );
    const roots = await Promise.all(stores.map(async ({ checkpoints }) => (await checkpoints.make())?.root));
    expect(new Set(roots).size).toBe(1);
  });

  test('lets one of two instances win that expect the same version', async () => {
    const url = await database();
    const [one, two] = await Promise.all([instance(url), instance(url)]);
    for (let round = 0; round < 10; round++) {
      const expected = { s: round };
      const results = await Promise.all([one, two].map(({ log }) => log.append({ events: [stopped('s', 'x')], expected })));
      expect(results.filter(({ ok }) => ok)).toHaveLength(1);
    }
  });

  test('takes a message once that comes to two instances under the same key', async () => {
    const url = await database();
    const [one, two] = await Promise.all([instance(url), instance(url)]);
    const request = { events: [stopped('s', 'x')], idempotency: { key: 'k', requestHash: 'h' } };
    const results = await Promise.all([one, two, one, two].map(({ log }) => log.append(request)));
    expect(results.map((result) => result.ok && [result.first, result.replayed]).toSorted()).toEqual([
      [1, false],
      [1, true],
      [1, true],
      [1, true],
    ]);
  });

  test('shows an instance what the others add, also what is sealed for a person', async () => {
    const url = await database();
    const [one, two] = await Promise.all([instance(url), instance(url)]);
    const seen: StoredEvent[] = [];
    const control = new AbortController();
    const following = (async () => {
      for await (const page of two.log.subscribe({ after: 0, signal: control.signal })) {
        seen.push(...page);
        if (seen.length === 30) control.abort();
      }
    })();
    for (let n = 0; n < 30; n++) await one.log.append({ events: [personal('sub_a', `text ${n}`)] });
    await following;
    expect(seen.map((event) => (event.data as { text: string }).text)).toEqual(Array.from({ length: 30 }, (_, n) => `text ${n}`));
  });

  test('forgets a person everywhere, also in the copy of an instance that was away, and knows who writes again', async () => {
    const url = await database();
    const [one, two] = await Promise.all([instance(url), instance(url)]);
    const away = await instance(url);
    await one.log.append({ events: [personal('sub_a', 'before')] });
    await Promise.all([two, away].map(({ log }) => log.waitForHead(1, 10_000)));
    const { dir } = away;
    await away.close();
    expect(await two.retention.destroyKey('sub_a', Date.now())).toBe(true);
    await one.log.append({ events: [personal('sub_a', 'after')] });
    await two.log.waitForHead(2, 10_000);
    const back = await instance(url, dir);
    for (const { log } of [one, two, back]) {
      await expect.poll(async () => texts(await log.readAll({ after: 0, limit: 10 })), { timeout: 10_000 }).toEqual(['[erased]', 'after']);
    }
  });

  test('loses nothing that it acknowledged when the database dies, refuses new messages meanwhile, lets the rest wait, and goes on by itself', async () => {
    const store = await instance(await database());
    await store.log.append({ events: [stopped('s', 'first')] });
    await server.stop('immediate');
    const begun = store.log.append({ events: [stopped('s', 'begun')] });
    await expect(store.log.append({ events: [personal('sub_a', 'new')] })).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    expect(texts(await store.log.readAll({ after: 0, limit: 10 }))).toEqual(['first']);
    await server.start();
    expect(stored(await begun).first).toBe(2);
    expect(stored(await store.log.append({ events: [personal('sub_a', 'new')] })).first).toBe(3);
  });

  test('stores each event once, whenever the database dies under load', async () => {
    const url = await database();
    const store = await instance(url);
    const acknowledged: string[] = [];
    let over = false;
    const writing = Array.from({ length: 8 }, async (_, writer) => {
      for (let n = 0; !over; n++) {
        const id = `${writer}-${n}`;
        stored(await store.log.append({ events: [stopped(`s${writer}`, id)], expected: { [`s${writer}`]: n } }));
        acknowledged.push(id);
      }
    });
    for (let death = 0; death < 5; death++) {
      const before = acknowledged.length;
      await expect.poll(() => acknowledged.length, { timeout: 20_000 }).toBeGreaterThan(before + 50);
      await server.stop(death % 2 ? 'fast' : 'immediate');
      await server.start();
    }
    over = true;
    await Promise.all(writing);
    const all: string[] = [];
    for (
      let page = await store.log.readAll({ after: 0, limit: 1000 });
      page.length > 0;
      page = await store.log.readAll({ after: all.length, limit: 1000 })
    )
      all.push(...texts(page));
    expect(all.toSorted()).toEqual(acknowledged.toSorted());
    expect(await inDatabase(url, 'SELECT count(*) AS n FROM openclaw.events')).toEqual([{ n: String(acknowledged.length) }]);
  });

  test('refuses what a leader adds after another took over, though it knows nothing of that, and says so', async () => {
    const url = await database();
    const [one, two] = await Promise.all([instance(url), instance(url)]);
    const [first, second] = [leadership(url, 'one'), leadership(url, 'two')];
    first.begin();
    await one.shared?.lead(await first.leading);
    await one.log.append({ events: [stopped('s', 'in its turn')] });
    await first.close();
    second.begin();
    await two.shared?.lead(await second.leading);
    await expect(one.log.append({ events: [stopped('s', 'too late')] })).rejects.toMatchObject({ code: 'LOG_FENCED' });
    await two.log.append({ events: [stopped('s', 'in the turn after it')] });
    await second.close();
    expect(texts(await two.log.readAll({ after: 0, limit: 10 }))).toEqual(['in its turn', 'in the turn after it']);
  });

  test('will not mix two logs: a state directory with events of its own is refused', async () => {
    const other = mkdtempSync(join(tmpdir(), 'openclaw-shared-'));
    const own = await openStore({ dir: other, diskLowBytes: 0 });
    await own.log.append({ events: [stopped('s', 'own')] });
    await own.close();
    const url = await database();
    await (await instance(url)).log.append({ events: [stopped('s', 'shared')] });
    await expect(openStore({ dir: other, diskLowBytes: 0, database: { url } })).rejects.toMatchObject({ code: 'LOG_MISMATCH' });
    rmSync(other, { recursive: true });
  });

  test('says that nobody answers', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'openclaw-shared-'));
    await expect(openStore({ dir, database: { url: 'postgres://nobody@127.0.0.1:1/none' } })).rejects.toMatchObject({
      code: 'DATABASE_UNAVAILABLE',
    });
    rmSync(dir, { recursive: true });
  });

  test('takes no copy that does not follow what it has: a changed event in the database is found', async () => {
    const url = await database();
    const one = await instance(url);
    await one.log.append({ events: [stopped('s', 'true')] });
    await inDatabase(url, 'ALTER TABLE openclaw.events DISABLE TRIGGER ALL');
    await inDatabase(url, 'UPDATE openclaw.events SET metadata = \'{"actor":{"type":"system","id":"x"}}\'');
    const dir = mkdtempSync(join(tmpdir(), 'openclaw-shared-'));
    await expect(openStore({ dir, diskLowBytes: 0, database: { url } })).rejects.toMatchObject({ code: 'LOG_CORRUPT' });
    rmSync(dir, { recursive: true });
  });

  test('keeps its events as they are: the database refuses to change or delete one', async () => {
    const url = await database();
    await (await instance(url)).log.append({ events: [stopped('s', 'true')] });
    await expect(inDatabase(url, 'DELETE FROM openclaw.events')).rejects.toThrow('events are final');
    await expect(inDatabase(url, "UPDATE openclaw.events SET type = 'x'")).rejects.toThrow('events are final');
  });
});

const leadership = (url: string, name: string) =>
  new Leadership({ url, instance: { instanceId: name, name, version: '1' }, address: () => `http://${name}`, position: () => 0 });

async function inDatabase(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows as unknown[];
  } finally {
    await client.end();
  }
}

const texts = (events: readonly StoredEvent[]) =>
  events.map(({ data }) => (data as { text?: string; reason?: string }).text ?? (data as { reason: string }).reason);

function stored(result: AppendResult): Extract<AppendResult, { ok: true }> {
  if (!result.ok) throw new Error(`not stored: ${JSON.stringify(result)}`);
  return result;
}
