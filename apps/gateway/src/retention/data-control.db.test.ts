/** Retention as the configuration says it, over real files and with a clock that is moved. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore, type Store } from '@openclaw-gateway/db';
import {
  type Actor,
  ChannelProbed,
  DataErasureRequested,
  MessageDelivered,
  MessageQueued,
  MessageReceived,
  newId,
  type StoredEvent,
} from '@openclaw-gateway/events';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readConfig } from '../config/read.ts';
import { DataControl } from './data-control.ts';

const DAY_MS = 86_400_000;
const ACTOR: Actor = { type: 'system', id: 'test' };

let dir: string;
let store: Store;
let now: number;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'openclaw-retain-'));
  store = await openStore({ dir, diskLowBytes: 0 });
  now = Date.now();
});

afterEach(async () => {
  await store.close();
  await rm(dir, { recursive: true });
});

const control = (config = '{}') => new DataControl({ store, config: () => readConfig(config, { env: {} }).config, now: () => now });

test('D gateway.sessions.historyRetention decides how long what people wrote can be read', async () => {
  await message('ses_a', 'sub_a', 'hello');
  now += 2 * DAY_MS;
  const week = control();
  expect(await week.retain({ dryRun: false, actor: ACTOR })).toMatchObject({ content: 0, kept: 0, segments: [] });
  expect(await texts()).toEqual(['hello']);
  const day = control('{ gateway: { sessions: { historyRetention: "1d" } } }');
  expect(await day.retain({ dryRun: true, actor: ACTOR })).toMatchObject({ dryRun: true, content: 1 });
  expect(await texts()).toEqual(['hello']);
  expect(await day.retain({ dryRun: false, actor: ACTOR })).toMatchObject({ content: 1, debug: 0, segments: [] });
  expect(await texts()).toEqual([undefined]);
  expect(await recorded()).toMatchObject([{ type: 'data.retained', data: { content: 1, archived: 0, kept: 0 } }]);
});

test('F gateway.retention.archiveAfter moves old bodies into segments, and historyRetention reaches them there', async () => {
  await message('ses_a', 'sub_a', 'hello');
  now += 40 * DAY_MS;
  const year = control('{ gateway: { sessions: { historyRetention: "365d" } } }');
  const { segments } = await year.retain({ dryRun: false, actor: ACTOR });
  expect(segments).toMatchObject([{ first: 1, last: 3, events: 3 }]);
  expect(await recorded()).toMatchObject([{ type: 'data.archived', data: segments[0] }]);
  expect(await texts()).toEqual(['hello']);
  expect(await control().retain({ dryRun: false, actor: ACTOR })).toMatchObject({ content: 0, removedFromArchive: 1, segments: [] });
  expect(await texts()).toEqual([undefined]);
  expect(await readdir(join(dir, 'segments'))).toHaveLength(2);
});

test('D gateway.retention.debug decides how long events are kept that only help to find faults', async () => {
  const probed = ChannelProbed.create({ channel: 'x', account: 'default', ok: true, steps: [{ name: 'ping', ok: true, durationMs: 1 }] });
  await store.log.append({ events: [{ streamId: 'channel/x/default', event: probed }] });
  now += 2 * DAY_MS;
  expect(await control().retain({ dryRun: true, actor: ACTOR })).toMatchObject({ debug: 0 });
  const day = control('{ gateway: { retention: { debug: "1d" } } }');
  expect(await day.retain({ dryRun: false, actor: ACTOR })).toMatchObject({ debug: 1 });
  expect((await all())[0]?.data).not.toMatchObject({ steps: [{ name: 'ping' }] });
});

test('F nothing is taken from what is held by conversation or person, nor from an unfinished message', async () => {
  await message('ses_a', 'sub_a', 'held by session');
  await message('ses_b', 'sub_b', 'held by person');
  await message('ses_c', 'sub_c', 'unfinished', { finished: false });
  await message('ses_d', 'sub_d', 'free');
  const data = control();
  const session = { kind: 'session', id: 'ses_a' } as const;
  const subject = { kind: 'subject', id: 'sub_b' } as const;
  for (const target of [session, subject]) await data.hold(target, 'case 12', ACTOR);
  expect(await data.holds()).toMatchObject([session, subject]);
  now += 100 * DAY_MS;
  expect(await data.retain({ dryRun: false, actor: ACTOR })).toMatchObject({ content: 1, kept: 3, segments: [{ events: 2 }] });
  expect(await texts()).toEqual(['held by session', 'held by person', 'unfinished', undefined]);
  for (const target of [session, subject]) expect(await data.release(target, 'closed', ACTOR)).toBe(true);
  expect(await data.release(subject, 'closed', ACTOR)).toBe(false);
  expect(await data.retain({ dryRun: false, actor: ACTOR })).toMatchObject({ content: 2, kept: 1 });
  expect(await texts()).toEqual([undefined, undefined, 'unfinished', undefined]);
});

test('F an erasure that a crash left half done is finished at the next start', async () => {
  await message('ses_a', 'sub_2f9k0m7e4w1c8v6x3z5a0q2r4t', 'hello');
  const event = DataErasureRequested.create({ subject: 'sub_2f9k0m7e4w1c8v6x3z5a0q2r4t', reason: 'asked for' });
  await store.log.append({ events: [{ streamId: 'data', event }] });
  await control().recover(ACTOR);
  expect(await texts()).toEqual(['[erased]']);
  expect((await recorded()).map(({ type }) => type)).toEqual(['data.erasure_requested', 'data.erased']);
  await control().recover(ACTOR);
  expect(await recorded()).toHaveLength(2);
});

async function message(sessionId: string, subject: string, text: string, { finished = true } = {}): Promise<void> {
  const messageId = newId('message');
  const metadata = { correlationId: messageId, sessionId, agentId: 'main', channel: 'http', subject };
  const received = MessageReceived.create({
    messageId,
    channel: 'http',
    account: 'default',
    sender: { id: subject },
    peer: { kind: 'direct', id: subject },
    text,
  });
  const queued = MessageQueued.create({ messageId, sessionId, agentId: 'main', runId: newId('run') });
  const delivered = MessageDelivered.create({ messageId, deliveryId: newId('delivery'), totalMs: 1 });
  const events = finished ? [received, queued, delivered] : [received, queued];
  await store.log.append({ events: events.map((event) => ({ streamId: `session/${sessionId}`, event, metadata })) });
}

async function all(): Promise<StoredEvent[]> {
  return store.log.readAll({ after: 0, limit: 1000 });
}

async function texts(): Promise<unknown[]> {
  return (await all()).filter((event) => event.type === 'message.received').map((event) => (event.data as { text?: string }).text);
}

async function recorded(): Promise<StoredEvent[]> {
  return (await all()).filter((event) => event.type.startsWith('data.') && event.type !== 'data.held' && event.type !== 'data.released');
}
