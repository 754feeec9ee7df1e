import { execFileSync } from 'node:child_process';
import { createHash, createPublicKey, verify } from 'node:crypto';
import { existsSync } from 'node:fs';
import { appendFile, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { openStore, type Store } from '@openclaw-gateway/db';
import { AuthLogin, GatewayStopped, MessageReceived, type NewEvent, newId } from '@openclaw-gateway/events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { complainAboutCloudEvent, complainAboutHashes, readCsv } from './conformance/validators.ts';
import type { Manifest } from './manifest.ts';
import type { ExportRequest } from './request.ts';
import { runExport } from './run.ts';
import { writeExport } from './write.ts';

const EVENTS = 4200;
let dir: string;
let store: Store;
let recorded: NewEvent[];
const stayed = { cancelled: () => false, onProgress: () => undefined };

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'export-'));
  store = await openStore({ dir: join(dir, 'state') });
  for (let at = 0; at < EVENTS; at += 600) {
    await store.log.append({ events: Array.from({ length: 600 }, (_, index) => streamEvent(at + index)) });
  }
  await store.waitForViews(store.log.head(), 20_000);
  await store.checkpoints.make();
});

afterAll(async () => {
  await store.close();
  await rm(dir, { recursive: true });
});

function streamEvent(index: number) {
  const session = index % 2 === 0 ? 'ses_even' : 'ses_odd';
  if (index % 7 === 0) {
    const event = AuthLogin.create({ userId: 'usr_1', method: 'link', loginSessionHash: `h${index}` });
    return { streamId: 'auth', event, metadata: { actor: { type: 'user' as const, id: 'usr_1' } } };
  }
  const event = MessageReceived.create({
    messageId: newId('message'),
    channel: 'telegram',
    account: 'main',
    sender: { id: `person-${index}`, name: '=HYPERLINK("x")' },
    peer: { kind: 'direct', id: `person-${index}` },
    text: `=1+${index}, "quoted"\r\nnext line 你好`,
  });
  return { streamId: `session/${session}`, event, metadata: { sessionId: session, channel: 'telegram' } };
}

function request(name: string, change: Partial<ExportRequest> = {}): ExportRequest {
  return {
    databases: join(dir, 'state'),
    directory: join(dir, name),
    format: 'jsonl',
    filter: {},
    query: '',
    masking: { profile: 'none', fields: [], charsToKeep: 4 },
    gzip: false,
    resume: false,
    version: '9.9.9',
    gatewayId: store.gatewayId,
    createdBy: { type: 'user', id: 'usr_1' },
    ...change,
  };
}

const write = (wanted: ExportRequest, signal?: AbortSignal) => {
  recorded = [];
  return writeExport(wanted, { record: async (event) => void recorded.push(event), ...(signal && { signal }) });
};
const manifestOf = async (name: string) => JSON.parse(await readFile(join(dir, name, 'manifest.json'), 'utf8')) as Manifest;
const linesOf = async (name: string, file = 'events.jsonl') => (await readFile(join(dir, name, file), 'utf8')).split('\n').slice(0, -1);

describe('an export', () => {
  it('B16 holds every event in order, each a valid and verifiable CloudEvent, chained to the one before', async () => {
    const written = await write(request('whole'));
    const lines = await linesOf('whole');
    expect(written).toMatchObject({ events: lines.length, directory: join(dir, 'whole') });
    expect(lines).toHaveLength(store.log.head());
    expect(lines.slice(0, 300).flatMap((line) => complainAboutCloudEvent(line) ?? complainAboutHashes(line) ?? [])).toEqual([]);
    const chain = lines.map((line) => JSON.parse(line) as { sequence: string; prevhash: string; eventhash: string });
    expect(chain.slice(1).map(({ prevhash }) => prevhash)).toEqual(chain.slice(0, -1).map(({ eventhash }) => eventhash));
    expect(chain.map(({ sequence }) => Number(sequence))).toEqual(chain.map((_, index) => index + 1));
  });

  it('B16 says what it is in a signed manifest that fits its files', async () => {
    const manifest = await manifestOf('whole');
    const file = await readFile(join(dir, 'whole', 'events.jsonl'));
    expect((await readdir(join(dir, 'whole'))).sort()).toEqual([
      'README.md',
      'checkpoint.txt',
      'events.jsonl',
      'gateway.pem',
      'manifest.json',
      'manifest.sig',
    ]);
    expect(manifest).toMatchObject({
      format: 'openclaw-audit-export',
      count: store.log.head(),
      gateway: { id: store.gatewayId, version: '9.9.9' },
      seqRange: { first: 1, last: store.log.head() },
      files: [
        { name: 'events.jsonl', bytes: file.length, lines: store.log.head(), sha256: createHash('sha256').update(file).digest('hex') },
      ],
      masking: { profile: 'none', fields: {}, count: 0 },
      schemaVersions: { 'auth.login': 3, 'message.received': 1 },
      omissions: [],
      checkpoint: await readFile(join(dir, 'whole', 'checkpoint.txt'), 'utf8'),
    });
    expect(manifest.checkpoint).toBe((await store.checkpoints.latest())?.note);
    expect(manifest.signature?.verifierKey).toBe(store.checkpoints.verifierKey);
    const bytes = await readFile(join(dir, 'whole', 'manifest.json'));
    const signature = await readFile(join(dir, 'whole', 'manifest.sig'));
    const publicKey = createPublicKey(await readFile(join(dir, 'whole', 'gateway.pem')));
    expect(verify(null, bytes, publicKey, signature)).toBe(true);
    expect(verify(null, Buffer.concat([bytes, Buffer.from(' ')]), publicKey, signature)).toBe(false);
  });

  it('is verified by openssl as its README says', () => {
    const args = 'pkeyutl -verify -rawin -pubin -inkey gateway.pem -in manifest.json -sigfile manifest.sig'.split(' ');
    expect(execFileSync('openssl', args, { cwd: join(dir, 'whole'), encoding: 'utf8' })).toContain('Verified Successfully');
  });

  it('records itself with the hash of its manifest before it gets its name', async () => {
    let existed: boolean | undefined;
    const wanted = request('recorded', { filter: { types: ['auth.login'] }, query: 'type:auth.login' });
    await writeExport(wanted, {
      record: async (event) => {
        recorded = [event];
        existed = existsSync(wanted.directory);
      },
    });
    const hash = createHash('sha256')
      .update(await readFile(join(dir, 'recorded', 'manifest.json')))
      .digest('hex');
    expect(recorded[0]).toMatchObject({
      type: 'audit.exported',
      data: { format: 'jsonl', query: 'type:auth.login', events: EVENTS / 7, manifestHash: hash },
    });
    expect(existed).toBe(false);
  });

  it('that cannot be recorded does not appear', async () => {
    const wanted = request('unrecorded');
    await expect(writeExport(wanted, { record: () => Promise.reject(new Error('no log')) })).rejects.toThrow('no log');
    expect(existsSync(wanted.directory)).toBe(false);
  });

  it.each([
    ['types', { types: ['auth.*'] }],
    ['a session', { sessionId: 'ses_even' }],
    ['a channel and a type', { channels: ['telegram'], types: ['message.received'] }],
    ['nothing that exists', { sessionId: 'ses_none' }],
  ])('B16 holds exactly what a list of the same filter shows: %s', async (name, filter) => {
    const directory = `filter ${name}`;
    await write(request(directory, { filter, query: name }));
    const shown: number[] = [];
    for (let before: number | undefined; ; ) {
      const page = await store.views.events(filter, { limit: 200, ...(before !== undefined && { before }) });
      shown.push(...page.rows.map(({ position }) => position));
      before = page.next;
      if (before === undefined) break;
    }
    const exported = (await linesOf(directory)).map((line) => Number((JSON.parse(line) as { sequence: string }).sequence));
    expect(exported).toEqual(shown.toReversed());
    expect((await linesOf(directory)).flatMap((line) => complainAboutHashes(line) ?? [])).toEqual([]);
  });

  it('between two times holds what happened then', async () => {
    const middle = (await store.log.readAt(2000))?.time ?? 0;
    await write(request('times', { filter: { fromTime: middle }, query: 'later' }));
    const times = (await linesOf('times')).map((line) => Date.parse((JSON.parse(line) as { time: string }).time));
    const expected = await store.views.eventsAfter({ fromTime: middle }, { after: 0, limit: 1 });
    expect(Math.min(...times)).toBeGreaterThanOrEqual(middle);
    expect(times[0]).toBe(expected.rows[0]?.time);
  });

  it('compressed holds the same bytes, and gunzip reads it', async () => {
    await write(request('zipped', { gzip: true }));
    const plain = gunzipSync(await readFile(join(dir, 'zipped', 'events.jsonl.gz'))).toString();
    expect(plain).toBe(await readFile(join(dir, 'whole', 'events.jsonl'), 'utf8').then((text) => text.slice(0, plain.length)));
    expect((await manifestOf('zipped')).files[0]?.bytes).toBe((await stat(join(dir, 'zipped', 'events.jsonl.gz'))).size);
  });

  it('as CSV has a header and as many rows as events', async () => {
    await write(request('table', { format: 'csv', masking: { profile: 'default', fields: [], charsToKeep: 4 } }));
    const rows = readCsv(await readFile(join(dir, 'table', 'events.csv'), 'utf8'));
    const manifest = await manifestOf('table');
    expect(rows).toHaveLength(manifest.count + 1);
    expect(manifest.files[0]?.lines).toBe(rows.length);
    expect(
      rows
        .slice(1)
        .flat()
        .filter((value) => /^[=+\-@]/.test(value)),
    ).toEqual([]);
    expect(manifest.masking).toMatchObject({ profile: 'default', fields: { text: (EVENTS / 7) * 6 } });
    expect(await readFile(join(dir, 'table', 'events.csv'), 'utf8')).not.toContain('HYPERLINK');
  });
});

describe('an export of what is personal', () => {
  const subject = 'sub_0123456789abcdefghjkmnpqrs';
  const personal = (text: string) => {
    const sender = { id: 'mara@example.org', name: 'Mara' };
    const peer = { kind: 'direct' as const, id: 'mara@example.org' };
    const event = MessageReceived.create({ messageId: newId('message'), channel: 'mail', account: 'main', sender, peer, text });
    return { streamId: 'session/ses_mara', event, metadata: { sessionId: 'ses_mara', channel: 'mail', subject } };
  };
  const ofMara = { filter: { sessionId: 'ses_mara' }, query: 'session:ses_mara' };
  const text = async (name: string) => readFile(join(dir, name, 'events.jsonl'), 'utf8');

  it('B16 opens what is sealed for whom the profile allows, and its line is still chained', async () => {
    await store.log.append({ events: [personal('the parcel is late')] });
    await write(request('sealed', ofMara));
    expect(await text('sealed')).toContain('the parcel is late');
    expect(complainAboutHashes((await linesOf('sealed'))[0] ?? '')).toBeUndefined();
    expect(await text('sealed')).not.toContain('datasalt');
    await write(request('sealed strict', { ...ofMara, masking: { profile: 'strict', fields: [], charsToKeep: 4 } }));
    expect(await text('sealed strict')).not.toMatch(/parcel|Mara|example/);
  });

  it('B16 shows nothing of an erased person under any profile, says so, and its line is still chained', async () => {
    await store.retention.destroyKey(subject, Date.now() + 1);
    for (const profile of ['none', 'default', 'strict'] as const) {
      const name = `erased ${profile}`;
      await write(request(name, { ...ofMara, masking: { profile, fields: [], charsToKeep: 4 } }));
      expect(await text(name)).not.toMatch(/parcel|Mara|example/);
      const event = JSON.parse((await linesOf(name))[0] ?? '') as { readonly erased: boolean; readonly data: { readonly text: string } };
      expect(event).toMatchObject({ erased: true, data: { text: '[erased]' } });
      expect((await manifestOf(name)).omissions).toEqual([{ reason: 'erased', count: 1 }]);
    }
    expect(complainAboutHashes((await linesOf('erased none'))[0] ?? '')).toBeUndefined();
  });
});

describe('an interrupted export', () => {
  it('B16 goes on where it stopped and is byte for byte what it would have been', async () => {
    const wanted = request('resumed', { filter: {}, query: 'all of it' });
    let pages = 0;
    const cancelled = await runExport(wanted, { ...stayed, cancelled: () => ++pages > 2 });
    expect(cancelled).toBeUndefined();
    const partial = join(dir, 'resumed.partial', 'events.jsonl');
    const { size } = await stat(partial);
    // What a crash wrote and did not say.
    await appendFile(partial, '{"half a li');
    await expect(write(wanted)).rejects.toMatchObject({ code: 'EXPORT_EXISTS' });
    const before = store.log.head();
    await store.log.append({ events: [{ streamId: 'gateway/x', event: GatewayStopped.create({ reason: 'later', uptimeMs: 1 }) }] });
    await write({ ...wanted, resume: true });
    const text = await readFile(join(dir, 'resumed', 'events.jsonl'), 'utf8');
    expect(text.length).toBeGreaterThan(size);
    const lines = text.split('\n').slice(0, -1);
    expect(lines).toHaveLength(before);
    expect(lines.slice(0, 4200)).toEqual((await linesOf('whole')).slice(0, 4200));
    const manifest = await manifestOf('resumed');
    expect(manifest).toMatchObject({ count: before, seqRange: { first: 1, last: before } });
    expect(manifest.files[0]?.sha256).toBe(createHash('sha256').update(text).digest('hex'));
    expect(existsSync(join(dir, 'resumed', 'state.json'))).toBe(false);
  });

  it('is gone on with in gzip, too, with the masked fields counted once', async () => {
    const masking = { profile: 'default', fields: [], charsToKeep: 4 } as const;
    const wanted = request('resumed zip', { gzip: true, masking, filter: { toTime: Date.now() + 1 } });
    let pages = 0;
    await runExport(wanted, { ...stayed, cancelled: () => ++pages > 3 });
    await write({ ...wanted, resume: true });
    await write(request('whole zip', { gzip: true, masking }));
    const read = async (name: string) => gunzipSync(await readFile(join(dir, name, 'events.jsonl.gz'))).toString();
    expect(await read('resumed zip')).toBe(await read('whole zip'));
    expect((await manifestOf('resumed zip')).masking).toEqual((await manifestOf('whole zip')).masking);
  });

  it('is not gone on with under other options, nor where there is none', async () => {
    const wanted = request('other');
    await runExport(wanted, { ...stayed, cancelled: () => true });
    await expect(write({ ...wanted, resume: true, format: 'csv' })).rejects.toMatchObject({ code: 'EXPORT_NOT_RESUMABLE' });
    await expect(write({ ...wanted, resume: true, query: 'type:x' })).rejects.toMatchObject({ code: 'EXPORT_NOT_RESUMABLE' });
    await expect(write(request('nothing here', { resume: true }))).rejects.toMatchObject({ code: 'EXPORT_NOT_RESUMABLE' });
  });

  it('is cancelled from outside between two pages', async () => {
    const stop = new AbortController();
    stop.abort();
    expect(await write(request('cancelled'), stop.signal)).toBeUndefined();
    expect(existsSync(join(dir, 'cancelled'))).toBe(false);
    expect(existsSync(join(dir, 'cancelled.partial', 'state.json'))).toBe(true);
    expect(recorded).toEqual([]);
  });
});
