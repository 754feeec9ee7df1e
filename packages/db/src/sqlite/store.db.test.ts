import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GatewayStopped, MessageReceived, type NewEvent } from '@openclaw-gateway/events';
import { expect, test } from 'vitest';
import { openStoreReadOnly } from '../open.ts';
import { messageFlow } from '../testing/flows.ts';
import { stateDir, testStore } from '../testing/state-dir.ts';

const one = (event: NewEvent) => ({ events: [{ streamId: 'gateway/x', event }] });
const stopped = (reason: string) => GatewayStopped.create({ reason, uptimeMs: 1 });

test('goes on where it was after a restart, with the same identity and the same pseudonyms', async () => {
  const dir = stateDir();
  const first = await testStore({ dir });
  await first.log.append({ ...one(stopped('a')), idempotency: { key: 'k', requestHash: 'h' } });
  const { gatewayId } = first;
  const pseudonym = Buffer.from(first.pseudonym('+49 170 1234567')).toString('hex');
  await first.close();
  expect(readdirSync(dir).filter((file) => /-(wal|shm)$/.test(file))).toEqual([]);

  const second = await testStore({ dir });
  expect(second.gatewayId).toBe(gatewayId);
  expect(Buffer.from(second.pseudonym('+49 170 1234567')).toString('hex')).toBe(pseudonym);
  expect(Buffer.from((await testStore()).pseudonym('+49 170 1234567')).toString('hex')).not.toBe(pseudonym);
  expect(await second.log.append({ ...one(stopped('a')), idempotency: { key: 'k', requestHash: 'h' } })).toMatchObject({ replayed: true });
  expect(await second.log.append({ ...one(stopped('b')), expected: { 'gateway/x': 1 } })).toMatchObject({ ok: true, first: 2 });
});

test('refuses only the request that is at fault, not those that were committed with it', async () => {
  const { log } = await testStore();
  const bad = { ...stopped('bad'), id: 'evt_not-an-id' as const };
  const results = await Promise.allSettled([log.append(one(stopped('a'))), log.append(one(bad)), log.append(one(stopped('c')))]);
  expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  const events = await log.readAll({ after: 0, limit: 10 });
  expect(events.map(({ position, version, data }) => [position, version, data])).toEqual([
    [1, 1, { reason: 'a', uptimeMs: 1 }],
    [2, 2, { reason: 'c', uptimeMs: 1 }],
  ]);
});

test('takes no more than 10,000 waiting events, and takes some again once they are stored', async () => {
  const { log } = await testStore();
  const thousand = () => ({ events: Array.from({ length: 1000 }, () => ({ streamId: 'a', event: stopped('x') })) });
  const taken = Array.from({ length: 10 }, () => log.append(thousand()));
  await expect(log.append(one(stopped('one more')))).rejects.toMatchObject({ code: 'LOG_OVERLOADED', retryable: true });
  expect(log.stats()).toMatchObject({ pendingEvents: 10_000 });
  await Promise.all(taken);
  expect(log.stats()).toMatchObject({ head: 10_000, pendingEvents: 0, pendingBytes: 0 });
  expect(await log.append(one(stopped('one more')))).toMatchObject({ ok: true, first: 10_001 });
});

test('takes no more than 64 MB of waiting events', async () => {
  const { log } = await testStore();
  const text = 'x'.repeat(40 * 1024 * 1024);
  const large = () => one({ ...stopped('large'), data: { text } });
  const first = log.append(large());
  await expect(log.append(large())).rejects.toMatchObject({ code: 'LOG_OVERLOADED' });
  expect(await first).toMatchObject({ ok: true });
});

test('on a nearly full disk refuses new messages but stores what the pipeline needs to finish those it has', async () => {
  const { log } = await testStore({ diskLowBytes: Number.MAX_SAFE_INTEGER });
  const [admitted, ...rest] = messageFlow('ses_x').commits;
  if (!admitted) throw new TypeError('no commits');
  const both = await Promise.allSettled([log.append(admitted), ...rest.map((commit) => log.append(commit))]);
  expect(both.map((result) => result.status)).toEqual(['rejected', 'fulfilled', 'fulfilled', 'fulfilled']);
  await expect(log.append(admitted)).rejects.toMatchObject({ code: 'DISK_LOW' });
});

test('no known secret reaches the files, and the answer says what was really stored', async () => {
  const dir = stateDir();
  const store = await testStore({ dir, secrets: ['sk-first-secret'] });
  const message = (text: string) =>
    one(
      MessageReceived.create({
        messageId: 'm',
        channel: 'http',
        account: 'a',
        sender: { id: 's' },
        peer: { kind: 'direct', id: 'p' },
        text,
      }),
    );
  const result = await store.log.append(message('use sk-first-secret please'));
  store.setSecrets(['sk-first-secret', 'sk-second-secret']);
  await store.log.append(message('or sk-second-secret'));
  expect(result).toMatchObject({ events: [{ data: { text: 'use [secret] please' } }] });
  expect((await store.log.readAll({ after: 0, limit: 5 })).map((event) => (event.data as { text: string }).text)).toEqual([
    'use [secret] please',
    'or [secret]',
  ]);
  await store.waitForViews(2, 5000);
  await store.close();
  for (const file of readdirSync(dir)) expect(readFileSync(join(dir, file)).includes('secret-'), file).toBe(false);
  for (const file of readdirSync(dir)) expect(readFileSync(join(dir, file)).includes('-secret'), file).toBe(false);
});

test('can be read beside a running gateway and after it stopped, without becoming its owner', async () => {
  const dir = stateDir();
  await expect(openStoreReadOnly({ dir })).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' });
  const store = await testStore({ dir });
  for (const commit of messageFlow('ses_x', { opens: true }).commits) await store.log.append(commit);
  await store.waitForViews(store.log.head(), 5000);

  const beside = await openStoreReadOnly({ dir });
  expect(await beside.log.readAll({ after: 0, limit: 100 })).toEqual(await store.log.readAll({ after: 0, limit: 100 }));
  expect(await beside.views.session('ses_x')).toMatchObject({ turns: 1 });
  await beside.close();
  await store.close();

  const after = await openStoreReadOnly({ dir });
  expect(after.log.head()).toBe(13);
  expect((await after.views.events({ types: ['message.*'] }, { limit: 10 })).rows.map((row) => row.type)).toEqual([
    'message.delivered',
    'message.queued',
    'message.received',
  ]);
  await after.close();
});

test('a read that cannot be answered says which part is missing', async () => {
  const dir = stateDir();
  const store = await testStore({ dir });
  await store.close();
  await expect(store.log.append(one(stopped('late')))).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
  await expect(store.views.session('ses_x')).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
  await expect(store.log.readAll({ after: 0, limit: 1 })).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
});
