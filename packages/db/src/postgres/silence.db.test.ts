/** A network that drops everything in silence between an instance and the database: no connection fails, and nothing is answered. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MessageReceived, newId } from '@openclaw-gateway/events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { StreamEvent } from '../log.ts';
import { openStore } from '../open.ts';
import { type PostgresServer, startPostgres } from '../testing/postgres.ts';
import { startRelay } from '../testing/relay.ts';
import { stopped } from '../testing/simple-events.ts';
import { Leadership } from './leadership.ts';

/** Four seconds of silence, and what a busy machine takes. */
const NOTICED_MS = 8000;

let server: PostgresServer;
let databases = 0;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server[Symbol.asyncDispose]());

test('A12 refuses new messages soon, lets what was begun wait, and goes on by itself when the database is heard again', async () => {
  await using far = await farStore();
  const { store, relay } = far;
  await store.log.append({ events: [stopped('s', 'first')] });
  relay.fallSilent();
  const begun = store.log.append({ events: [stopped('s', 'begun')] });
  await inTime(expect(store.log.append({ events: [message()] })).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' }));
  expect(store.shared?.away()?.code).toBe('DATABASE_UNAVAILABLE');
  relay.speak();
  expect(await begun).toMatchObject({ ok: true, first: 2 });
  expect(store.shared?.away()).toBeUndefined();
  expect(await store.log.append({ events: [message()] })).toMatchObject({ ok: true, first: 3 });
});

test('A12 a store closes though the database is silent, and refuses what it could not store', async () => {
  await using far = await farStore();
  const { store, relay } = far;
  relay.fallSilent();
  const begun = expect(store.log.append({ events: [stopped('s', 'begun')] })).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' });
  await inTime(store.close(), 2 * NOTICED_MS);
  await begun;
});

test('A12 a leader that is not heard by the database may soon not act any more, and may again once it is, if nobody took over', async () => {
  await using far = await farStore();
  await using relay = await startRelay(server.port);
  const leadership = new Leadership({
    url: relay.through(far.url),
    instance: { instanceId: 'one', name: 'one', version: '1' },
    address: () => 'http://one',
    position: () => 0,
  });
  leadership.begin();
  await leadership.leading;
  expect(leadership.mayAct()).toBe(true);
  relay.fallSilent();
  await expect.poll(() => leadership.mayAct(), { timeout: NOTICED_MS }).toBe(false);
  relay.speak();
  await expect.poll(() => leadership.mayAct(), { timeout: 2 * NOTICED_MS }).toBe(true);
  relay.fallSilent();
  await inTime(leadership.close(), 2 * NOTICED_MS);
});

async function farStore() {
  await using stack = new AsyncDisposableStack();
  const relay = stack.use(await startRelay(server.port));
  const url = await server.database(`silent_${databases++}`);
  const dir = mkdtempSync(join(tmpdir(), 'openclaw-silent-'));
  stack.defer(() => rmSync(dir, { recursive: true, force: true }));
  const store = await openStore({ dir, diskLowBytes: 0, database: { url: relay.through(url) } });
  stack.defer(() => store.close());
  const resources = stack.move();
  return { store, relay, url, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

async function inTime(work: Promise<unknown>, withinMs = NOTICED_MS): Promise<void> {
  const startedAt = performance.now();
  await work;
  expect(performance.now() - startedAt).toBeLessThan(withinMs);
}

function message(): StreamEvent {
  const sender = { id: 'tg:1' };
  const peer = { kind: 'direct' as const, ...sender };
  return {
    streamId: 'people',
    event: MessageReceived.create({ messageId: newId('message'), channel: 'telegram', account: 'default', sender, peer, text: 'x' }),
  };
}
