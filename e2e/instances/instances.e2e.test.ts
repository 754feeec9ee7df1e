import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newId } from '@openclaw-gateway/events';
import pg from 'pg';
import { expect, test } from 'vitest';
import { openStore } from '../../packages/db/src/index.ts';
import { startPostgres } from '../../packages/db/src/testing/postgres.ts';
import { type GatewayProcess, startGateway } from '../gateway-process.ts';
import { signIn } from '../remote/visitor.ts';
import { newerVersion } from './newer-version.ts';

test('A12 gateway.database.url, gateway.instance.name: one instance leads, the other stands by, passes on what comes in, and takes over when the first is killed', async () => {
  await using server = await startPostgres();
  const url = await server.database('openclaw');
  await using one = await startGateway({ config: instance('one', { url }) });
  await using two = await startGateway({ config: instance('two', { url }) });
  const token = await one.token();
  expect(await say(one, token, 'first')).toBe(200);
  expect(await say(two, token, 'second')).toBe(200);
  const { stdout } = await two.command(['gateway', 'instances']);
  expect(stdout).toMatch(/one\s+leads/);
  expect(stdout).toMatch(/two\s+stands by/);

  // Who signed in by one of them is signed in at the other, also once it leads.
  const signed = await signIn(two.url(), token);
  expect(signed.status).toBe(200);
  const me = async () => fetch(`${two.url()}/api/me`, { headers: signed.headers }).then(async (answer) => (await answer.json()) as object);
  const before = await me();
  expect(before).toMatchObject({ method: 'session', user: 'owner' });
  await expect.poll(() => files(url), { timeout: 5000 }).toEqual(['auth.db', 'gateway-token']);
  await one.kill();
  await expect.poll(() => say(two, token, 'third'), { timeout: 20_000 }).toBe(200);
  expect(await me()).toEqual(before);
  const events = await two.json<{ readonly rows: readonly { readonly type: string }[] }>('/api/events?type=message.delivered&limit=10');
  expect(events.rows).toHaveLength(3);
});

test('A12 gateway.instance.address: an instance that is stopped leaves its turn to the next at once, and comes back as one that stands by', async () => {
  await using server = await startPostgres();
  const url = await server.database('openclaw');
  await using one = await startGateway({ config: instance('one', { url }) });
  await using two = await startGateway({ config: instance('two', { url }, 'http://localhost:1') });
  const token = await one.token();
  expect((await one.command(['gateway', 'instances'])).stdout).toContain('http://localhost:1');
  const stoppedAt = performance.now();
  expect(await one.stop()).toBe(0);
  await expect.poll(() => say(two, token, 'next'), { timeout: 20_000 }).toBe(200);
  expect(performance.now() - stoppedAt).toBeLessThan(5000);
  await one.start();
  expect((await one.command(['gateway', 'instances'])).stdout).toMatch(/one\s+stands by/);
  expect(await fetch(`${one.url()}/readyz`).then((answer) => answer.json())).toMatchObject({
    ready: true,
    status: 'standing_by',
    leader: 'two',
  });
});

test('A12 gateway.database.listenUrl: the connection that is told of new events is another one', async () => {
  await using server = await startPostgres();
  const url = await server.database('openclaw');
  await query(url, 'CREATE ROLE teller SUPERUSER LOGIN');
  await using gateway = await startGateway({ config: instance('one', { url, listenUrl: url.replace('openclaw@', 'teller@') }) });
  expect(await query(url, "SELECT usename, query FROM pg_stat_activity WHERE application_name = 'openclaw listener'")).toEqual([
    { usename: 'teller', query: 'LISTEN openclaw_log' },
  ]);
  expect(await say(gateway, await gateway.token(), 'hello')).toBe(200);
});

test('A12 a database that does not answer is named at the start, without its password', async () => {
  const start = startGateway({ config: instance('one', { url: 'postgres://someone:sesame@127.0.0.1:1/none' }) });
  const { message } = await start.then(
    () => new Error('it started'),
    (error: Error) => error,
  );
  expect(message).toContain('The database that holds the event log cannot be reached.');
  expect(message).not.toContain('sesame');
});

test('A12 two versions side by side: the newer one takes over, the older one goes on copying what it does not know, stands by, and takes over again', async () => {
  await using server = await startPostgres();
  const url = await server.database('openclaw');
  await using newer = await newerVersion('99.0.0');
  await using old = await startGateway({ config: instance('old', { url }) });
  const token = await old.token();
  expect(await say(old, token, 'to the older')).toBe(200);
  await using fresh = await startGateway({ config: instance('fresh', { url }), wrap: newer.wrap });
  const versions = async () => (await old.command(['gateway', 'instances'])).stdout;
  expect(await versions()).toMatch(/fresh\s+stands by\s+\S+\s+99\.0\.0/);

  expect(await old.stop()).toBe(0);
  await expect.poll(() => say(fresh, token, 'to the newer'), { timeout: 20_000 }).toBe(200);
  await old.start();
  expect(await versions()).toMatch(/fresh\s+leads/);
  await appendNewer(url, 'future.happened', 1);
  expect(await say(old, token, 'through the older to the newer')).toBe(200);

  await fresh.kill();
  await expect.poll(() => say(old, token, 'to the older again'), { timeout: 20_000 }).toBe(200);
  expect(await versions()).toMatch(/old\s+leads/);
  const events = await old.json<{ readonly rows: readonly { readonly position: number }[] }>('/api/events?type=message.delivered&limit=10');
  expect(events.rows).toHaveLength(4);
  const shown = await old.json<{ readonly rows: readonly { readonly summary: string }[] }>('/api/events?limit=100');
  const unknown = shown.rows.map(({ summary }) => summary).filter((summary) => summary.endsWith('(of a newer version)'));
  expect(unknown).toEqual(['future.happened (of a newer version)']);
  const verified = await old.command(['audit', 'verify']);
  expect(verified, verified.stdout).toMatchObject({ code: 0 });
});

test('A12 an older version does not go on with what a newer one wrote in a form that it cannot read, and says so', async () => {
  await using server = await startPostgres();
  const url = await server.database('openclaw');
  await using one = await startGateway({ config: instance('one', { url }) });
  await using two = await startGateway({ config: instance('two', { url }) });
  await appendNewer(url, 'message.received', 99);
  await one.kill();
  // So that nobody starts it again by itself.
  expect(await two.exited()).toBe(78);
  expect(two.output()).toContain('error: The state directory was written by a newer program.');
});

/** Appends an event as a newer program writes it. */
async function appendNewer(url: string, type: string, schemaVersion: number): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'openclaw-e2e-newer-'));
  const store = await openStore({ dir, diskLowBytes: 0, database: { url } });
  try {
    const event = { id: newId('event'), type, schemaVersion, data: { told: 'later' } };
    const metadata = { actor: { type: 'system', id: 'gateway' }, sessionId: 'ses_newer' } as const;
    await store.log.append({ events: [{ streamId: 'session/ses_newer', event, metadata }] });
  } finally {
    await store.close();
    await rm(dir, { recursive: true });
  }
}

function instance(name: string, database: object, address?: string) {
  return { gateway: { database, instance: { name, ...(address !== undefined && { address }) } } };
}

/** The status of the answer; 0 without one. */
async function say(gateway: GatewayProcess, token: string, text: string): Promise<number> {
  const answer = await fetch(`${gateway.url()}/api/messages?wait=30s`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ from: 'ada', text }),
  }).catch(() => undefined);
  await answer?.arrayBuffer();
  return answer?.status ?? 0;
}

async function files(url: string): Promise<unknown[]> {
  return (await query(url, 'SELECT name FROM openclaw.files ORDER BY name')).map(({ name }) => name);
}

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}
