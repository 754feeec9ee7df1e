import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newId, Session, type StoredEvent } from '@openclaw-gateway/events';
import { expect, test } from 'vitest';
import { type ChainVerdict, verifyChain } from '../chain.ts';
import type { AppendRequest } from '../log.ts';
import { openReadOnly } from '../sqlite/connection.ts';
import { EVENTS_FILE, stateFiles } from '../sqlite/files.ts';
import { LogReader } from '../sqlite/reads.ts';
import type { Store } from '../store.ts';
import { messageFlow, type OUTCOMES } from '../testing/flows.ts';
import { stateDir, testStore } from '../testing/state-dir.ts';
import type { RetentionPlan } from './port.ts';
import type { SegmentManifest } from './segment.ts';

const FUTURE = Number.MAX_SAFE_INTEGER;
const NOTHING: RetentionPlan = {
  contentBefore: 0,
  debugBefore: 0,
  archiveBefore: 0,
  kept: { heldSessions: [], heldSubjects: [], unfinishedSessions: [] },
};
const ARCHIVE_ALL = { ...NOTHING, archiveBefore: FUTURE };
const EXPIRE_ALL = { ...NOTHING, contentBefore: FUTURE, debugBefore: FUTURE };

test('archived events read as before, from a compressed file that was verified, and the chain verifies', async () => {
  const dir = stateDir();
  const store = await testStore({ dir });
  await converse(store, 'ses_a', 'sub_a', 'the words of a');
  const before = await all(store);
  const { segments, events } = await store.retention.archive(ARCHIVE_ALL);
  expect(segments).toHaveLength(1);
  expect(events).toBe(before.length);
  expect(bodies(dir)).toBe(0);
  expect(await all(store)).toEqual(before);
  expect(await store.log.readAt(1)).toEqual(before[0]);
  expect((await store.pipeline.sessionState('ses_a')).transcript.map((entry) => entry.role !== 'tool' && entry.text)).toEqual([
    'the words of a',
    're: the words of a',
  ]);
  expect(verify(dir)).toMatchObject({ ok: true, head: before.length });
  const [file = '', manifestName = ''] = readdirSync(stateFiles(dir).segments).sort();
  const manifest = JSON.parse(readFileSync(join(stateFiles(dir).segments, manifestName), 'utf8')) as SegmentManifest;
  expect(manifest).toMatchObject({
    format: 'openclaw-segment/1',
    file,
    first: 1,
    last: before.length,
    events: before.length,
    compression: 'zstd',
  });
  // The views are a working copy and hold it in clear; the log and its archive never do.
  for (const name of filesWith(dir, 'the words of a')) expect(name).toMatch(/^views\.db/);
});

test('a second run archives only what is new, and what is not of a conversation stays in the log', async () => {
  const dir = stateDir();
  const store = await testStore({ dir });
  await converse(store, 'ses_a', 'sub_a', 'one');
  await store.retention.archive(ARCHIVE_ALL);
  expect(await store.retention.archive(ARCHIVE_ALL)).toEqual({ segments: [], events: 0 });
  const elsewhere = messageFlow('ses_b').commits.map(({ events }) => ({
    events: events.map((event) => ({ ...event, streamId: 'gateway/gw_x' })),
  }));
  for (const request of elsewhere) await store.log.append(request);
  const head = store.log.head();
  await converse(store, 'ses_a', 'sub_a', 'two');
  const before = await all(store);
  const { segments } = await store.retention.archive(ARCHIVE_ALL);
  expect(segments).toMatchObject([{ first: head + 1, last: store.log.head() }]);
  expect(await all(store)).toEqual(before);
});

test('a changed segment is noticed, and a missing one reads as data whose time is over', async () => {
  const dir = stateDir();
  const store = await testStore({ dir });
  await converse(store, 'ses_a', 'sub_a', 'one');
  await store.retention.archive(ARCHIVE_ALL);
  const [file = ''] = readdirSync(stateFiles(dir).segments).sort();
  const path = join(stateFiles(dir).segments, file);
  const bytes = readFileSync(path);
  bytes[bytes.length - 9] = (bytes[bytes.length - 9] ?? 0) ^ 1;
  writeFileSync(path, bytes);
  await expect(store.log.readAt(1)).rejects.toMatchObject({ code: 'LOG_CORRUPT' });
  rmSync(path);
  expect(await store.log.readAt(1)).toMatchObject({ position: 1, type: 'message.received', data: { erased: true }, erased: true });
  expect(verify(dir)).toMatchObject({ ok: true });
});

test('removes content whose time is over from the log and from segments for good, and keeps what is kept for ever', async () => {
  const dir = stateDir();
  const store = await testStore({ dir });
  await converse(store, 'ses_a', 'sub_a', 'archived words');
  await store.retention.archive(ARCHIVE_ALL);
  await converse(store, 'ses_b', 'sub_b', 'words in the log');
  const before = await all(store);
  const dry = await store.retention.expire(EXPIRE_ALL, { dryRun: true });
  expect(await all(store)).toEqual(before);
  expect(await store.retention.expire(EXPIRE_ALL)).toEqual(dry);
  expect(dry).toMatchObject({ archived: 4, content: 4, kept: 0 });
  expect([...dry.sessions].sort()).toEqual(['ses_a', 'ses_b']);
  const after = await all(store);
  const gone = after.filter((event) => event.erased).map((event) => event.type);
  expect(gone).toEqual(expect.arrayContaining(['message.received', 'session.opened', 'model.responded', 'delivery.requested']));
  expect(gone).toHaveLength(8);
  expect(after.filter((event) => !event.erased)).toEqual(before.filter((event) => !gone.includes(event.type)));
  expect(verify(dir)).toMatchObject({ ok: true, head: before.length });
  expect((await store.pipeline.sessionState('ses_b')).open.size).toBe(0);
  expect(await store.views.session('ses_a')).toMatchObject({ title: '', sessionKey: '' });
  expect(readdirSync(stateFiles(dir).segments)).toHaveLength(2);
});

test('takes nothing of what is held or not finished', async () => {
  const dir = stateDir();
  const store = await testStore({ dir });
  await converse(store, 'ses_a', 'sub_a', 'one');
  await converse(store, 'ses_b', 'sub_b', 'two');
  await converse(store, 'ses_c', 'sub_c', 'three');
  const kept = { heldSessions: ['ses_a'], heldSubjects: ['sub_b'], unfinishedSessions: ['ses_c'] };
  const before = await all(store);
  expect(await store.retention.archive({ ...ARCHIVE_ALL, kept })).toEqual({ segments: [], events: 0 });
  expect(await store.retention.expire({ ...EXPIRE_ALL, kept })).toMatchObject({ content: 0, archived: 0, kept: 12 });
  expect(await all(store)).toEqual(before);
  expect(bodies(dir)).toBe(before.length);
});

test('archives while messages come in, none of which is lost or stored twice', async () => {
  const dir = stateDir();
  const store = await testStore({ dir });
  for (let index = 0; index < 40; index++) await converse(store, `ses_${index}`, `sub_${index % 5}`, `text ${index}`);
  const [, ...appended] = await Promise.all([
    store.retention.archive(ARCHIVE_ALL),
    ...Array.from({ length: 20 }, (_, index) => converse(store, `ses_new${index}`, 'sub_new', `new ${index}`)),
  ]);
  expect(appended).toHaveLength(20);
  const received = (await all(store))
    .filter((event) => event.type === 'message.received')
    .map((event) => (event.data as { text: string }).text);
  expect(received.sort()).toEqual(
    [...Array(40).keys()]
      .map((n) => `text ${n}`)
      .concat([...Array(20).keys()].map((n) => `new ${n}`))
      .sort(),
  );
  expect(verify(dir)).toMatchObject({ ok: true });
});

/** A conversation's next message of a person, to the end. */
async function converse(
  store: Store,
  sessionId: string,
  subject: string,
  text: string,
  outcome: (typeof OUTCOMES)[number] = 'delivered',
): Promise<void> {
  const opens = outcome !== 'rejected' && (await store.log.readStream(`session/${sessionId}`, { limit: 1 })).length === 0;
  for (const { events } of messageFlow(sessionId, { text, outcome, opens, requestId: newId('message') }).commits) {
    const request: AppendRequest = { events: events.map((item) => ({ ...item, metadata: { ...item.metadata, subject } })) };
    await store.log.append(request);
  }
  await store.waitForViews(store.log.head(), 10_000);
}

async function all(store: Store): Promise<StoredEvent[]> {
  const events: StoredEvent[] = [];
  for (;;) {
    const page = await store.log.readAll({ after: events.length, limit: 1000 });
    events.push(...page);
    if (page.length < 1000) break;
  }
  let state = Session.initial();
  for (const event of events) state = Session.evolve(state, event);
  return events;
}

function verify(dir: string): ChainVerdict {
  const db = openReadOnly(stateFiles(dir).events, EVENTS_FILE);
  try {
    return verifyChain(new LogReader(db).chain());
  } finally {
    db.close();
  }
}

/** Events that have their data in the log itself. */
function bodies(dir: string): number {
  const db = openReadOnly(stateFiles(dir).events, EVENTS_FILE);
  try {
    return db.prepare<[], number>('SELECT count(*) FROM events WHERE data IS NOT NULL').pluck().get() ?? 0;
  } finally {
    db.close();
  }
}

function filesWith(dir: string, text: string): string[] {
  const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.filter((entry) => readFileSync(join(entry.parentPath, entry.name)).includes(text)).map((entry) => entry.name);
}
