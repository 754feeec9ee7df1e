/** Erasing a person from the whole gateway, with its files on disk. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStoreReadOnly, verifyChain } from '@openclaw-gateway/db';
import { openReadOnly } from '@openclaw-gateway/db/sqlite/connection';
import { EVENTS_FILE, KEYS_FILE } from '@openclaw-gateway/db/sqlite/files';
import { LogReader } from '@openclaw-gateway/db/sqlite/reads';
import { newId } from '@openclaw-gateway/events';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type RunningGateway, startGateway } from '../gateway.ts';

const PERSON = 'zebulon-quatermain-4711';
const TEXT = 'my flat is at Xylophone-Lane-17';
const OTHER = 'wilhelmina-92';
const OTHER_TEXT = 'the weather in Reykjavik';

let stateDir: string;
let gateway: RunningGateway;

beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'openclaw-erase-'));
  gateway = await start();
});

afterEach(async () => {
  await gateway.stop('end of the test');
  await rm(stateDir, { recursive: true });
});

const start = () => startGateway({ stateDir, configPath: join(stateDir, 'openclaw.json'), port: 0 });

test('F erasing a person leaves no byte of what they wrote or are called in any file, and the chain verifies', async () => {
  const said = await say(PERSON, TEXT);
  const other = await say(OTHER, OTHER_TEXT);
  // The answer comes once the views have caught up.
  await api(`/api/sessions/${other['sessionId']}`);
  expect(await filesWith(TEXT, ['state/events.db', 'state/keys.db'])).toEqual([]);
  expect(await filesWith(PERSON, ['state/events.db', 'state/keys.db'])).toEqual([]);
  expect(await filesWith(OTHER_TEXT, ['state/views.db', 'state/words.db'])).not.toEqual([]);
  const keys = await subjectKeys();
  // Of both people, and of the address from which somebody looked.
  expect(keys).toHaveLength(3);

  const dry = await api('/api/data/erase', { subject: `http:${PERSON}`, reason: 'asked for', dryRun: true });
  expect(dry.body).toMatchObject({ dryRun: true, keyDestroyed: false, sessions: [said['sessionId']] });
  expect(await subjectKeys()).toHaveLength(3);
  const erased = await api('/api/data/erase', { subject: `http:${PERSON}`, reason: 'asked for' });
  expect(erased).toMatchObject({ status: 200, body: { ...dry.body, dryRun: false, keyDestroyed: true } });

  // The words of a search index are in lower case.
  for (const trace of [TEXT, PERSON, 'Xylophone', 'xylophone', 'quatermain']) expect(await filesWith(trace)).toEqual([]);
  const remaining = await subjectKeys();
  const gone = keys.filter((key) => !remaining.some((other) => other.equals(key)));
  expect([remaining.length, gone.length]).toEqual([2, 1]);
  for (const key of gone) expect(await filesWith(key)).toEqual([]);
  for (const key of remaining) expect(await filesWith(key)).not.toEqual([]);
  expect(chain()).toMatchObject({ ok: true });

  const journey = await api(`/api/messages/${said['messageId']}`);
  expect(journey.body).toMatchObject({ status: 'delivered', text: '[erased]', senderId: '[erased]', reply: '[erased]' });
  const session = await api(`/api/sessions/${said['sessionId']}`);
  expect((session.body['transcript'] as { text: string }[]).map((entry) => entry.text)).toEqual(['[erased]', '[erased]']);
  const events = await readEvents();
  expect(events.filter((event) => event.type.startsWith('data.')).map((event) => event.type)).toEqual([
    'data.erasure_requested',
    'data.erased',
  ]);
  expect(JSON.stringify(events)).toContain(OTHER_TEXT);
  expect(JSON.stringify(events)).not.toContain(PERSON);
});

test('F B16 what an earlier replay found of a person goes with them', async () => {
  const { sessionId } = await say(PERSON, TEXT);
  const id = newId('replay');
  await mkdir(join(stateDir, 'replays'), { recursive: true });
  const run = { id, source: { kind: 'session', sessionId }, level: 'effects', change: {}, state: 'completed', startedAt: Date.now() };
  await writeFile(join(stateDir, 'replays', `${id}.run.json`), JSON.stringify(run));
  await writeFile(join(stateDir, 'replays', `${id}.report.json`), JSON.stringify({ kind: 'session', turns: [{ text: TEXT }] }));
  await api('/api/data/erase', { subject: `http:${PERSON}`, reason: 'asked for' });
  expect(await filesWith(TEXT)).toEqual([]);
});

test('F an erased person who writes again begins anew, in the same conversation and with a new key', async () => {
  const before = await say(PERSON, TEXT);
  await api('/api/data/erase', { subject: `http:${PERSON}`, reason: 'asked for' });
  const after = await say(PERSON, 'hello again');
  expect(after).toMatchObject({ status: 'delivered', reply: 'echo: hello again', sessionId: before['sessionId'] });
  const session = await api(`/api/sessions/${encodeURIComponent(String(after['sessionKey']))}`);
  expect(session.body['session']).toMatchObject({ sessionId: before['sessionId'], sessionKey: after['sessionKey'], title: 'hello again' });
  expect(await filesWith(TEXT)).toEqual([]);
  // The new one, and that of the address from which somebody looked.
  expect(await subjectKeys()).toHaveLength(2);
});

test('F what was erased stays erased when the views are built anew and when an old copy of the keys comes back', async () => {
  await say(PERSON, TEXT);
  await gateway.stop('to copy the keys');
  const copy = await readFile(join(stateDir, 'state/keys.db'));
  gateway = await start();
  await api('/api/data/erase', { subject: `http:${PERSON}`, reason: 'asked for' });
  await gateway.stop('to bring the keys back');
  await writeFile(join(stateDir, 'state/keys.db'), copy);
  for (const file of ['views.db', 'words.db']) await rm(join(stateDir, 'state', file));
  gateway = await start();
  expect(await subjectKeys()).toEqual([]);
  for (const trace of [TEXT, PERSON]) expect(await filesWith(trace)).toEqual([]);
  expect(JSON.stringify(await readEvents())).not.toContain(TEXT);
});

test('F a legal hold on a person or a conversation forbids the erasure until it is removed', async () => {
  const { sessionId } = await say(PERSON, TEXT);
  const targets = [
    { kind: 'subject', id: `http:${PERSON}` },
    { kind: 'session', id: sessionId },
  ];
  for (const target of targets) {
    expect(await api('/api/data/holds', { target, reason: 'case 12' })).toMatchObject({ status: 200 });
    expect(await api('/api/data/erase', { subject: `http:${PERSON}`, reason: 'asked for' })).toMatchObject({
      status: 409,
      body: { error: { code: 'LEGAL_HOLD' } },
    });
    expect((await api('/api/data/holds/release', { target, reason: 'closed' })).body).toMatchObject({ released: true });
  }
  expect((await api('/api/data/holds')).body).toEqual({ holds: [] });
  expect(await api('/api/data/erase', { subject: `http:${PERSON}`, reason: 'asked for' })).toMatchObject({ status: 200 });
});

test('F a person nobody knows and a reason that names the person are refused', async () => {
  await say(PERSON, TEXT);
  expect(await api('/api/data/erase', { subject: 'http:nobody', reason: 'x' })).toMatchObject({
    status: 404,
    body: { error: { code: 'SUBJECT_UNKNOWN' } },
  });
  expect(await api('/api/data/erase', { subject: 'no person', reason: 'x' })).toMatchObject({ status: 400 });
  expect(await api('/api/data/erase', { subject: `http:${PERSON}`, reason: `${PERSON} asked` })).toMatchObject({ status: 400 });
});

async function say(from: string, text: string): Promise<Record<string, unknown>> {
  const { status, body } = await api('/api/messages?wait=10s', { from, text });
  expect(status).toBe(200);
  return body;
}

async function api(path: string, body?: object): Promise<{ status: number; body: Record<string, unknown> }> {
  const headers = { authorization: `Bearer ${gateway.token}`, 'content-type': 'application/json' };
  const response = await fetch(
    gateway.url + path,
    body === undefined ? { headers } : { headers, method: 'POST', body: JSON.stringify(body) },
  );
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

/** The files of the state directory that hold these bytes; only those that begin with one of `names` where any are given. */
async function filesWith(needle: string | Buffer, names: readonly string[] = ['']): Promise<string[]> {
  const files = (await readdir(stateDir, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const found: string[] = [];
  for (const file of files) {
    const name = file.slice(stateDir.length + 1);
    if (names.some((prefix) => name.startsWith(prefix)) && (await readFile(file)).includes(needle)) found.push(name);
  }
  return found;
}

async function subjectKeys(): Promise<Buffer[]> {
  const db = openReadOnly(join(stateDir, 'state/keys.db'), KEYS_FILE);
  try {
    return db.prepare<[], Buffer>('SELECT key FROM subject_keys').pluck().all();
  } finally {
    db.close();
  }
}

function chain() {
  const db = openReadOnly(join(stateDir, 'state/events.db'), EVENTS_FILE);
  try {
    return verifyChain(new LogReader(db).chain());
  } finally {
    db.close();
  }
}

async function readEvents() {
  const store = await openStoreReadOnly({ dir: join(stateDir, 'state') });
  try {
    return await store.log.readAll({ after: 0, limit: 1000 });
  } finally {
    await store.close();
  }
}
