/** Files through the whole gateway: in over HTTP, out to whoever may read them, and gone with their person or their time. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { attachmentFile, openStoreReadOnly, readPseudonym } from '@openclaw-gateway/db';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type RunningGateway, startGateway } from '../gateway.ts';
import { verifyAttachments } from './verify.ts';

const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==', 'base64');

type Body = Record<string, unknown>;
type Attachment = { id: string; name: string; mimeType: string; size: number; hash?: string; problem?: { code: string } };

let stateDir: string;
let gateway: RunningGateway;

beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'openclaw-files-'));
  gateway = await start();
});

afterEach(async () => {
  await gateway.stop('end of the test');
  await rm(stateDir, { recursive: true });
});

const start = () => startGateway({ stateDir, configPath: join(stateDir, 'openclaw.json'), port: 0 });
const folder = () => join(stateDir, 'state/attachments');
const files = () => readdir(folder()).catch(() => []);

test('A1 a message brings a picture, which whoever may read the conversation saves as it was', async () => {
  const [picture] = await bring('ann', { name: '../../me \u202egnp.png', mimeType: 'text/html', data: PNG });
  expect(picture).toMatchObject({ name: 'me gnp.png', mimeType: 'image/png', size: PNG.length });
  const answer = await raw(`/api/attachments/${picture?.id}`);
  expect(answer.status).toBe(200);
  expect(Buffer.compare(Buffer.from(await answer.arrayBuffer()), PNG)).toBe(0);
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'content-type': 'image/png',
    'content-disposition': `attachment; filename="me gnp.png"; filename*=UTF-8''me%20gnp.png`,
    'x-content-type-options': 'nosniff',
    'content-security-policy': expect.stringContaining('sandbox'),
    'cache-control': 'private, no-store',
  });
  expect((await raw(`/api/attachments/${picture?.id}`, 'wrong')).status).toBe(401);
  expect(await api('/api/attachments/att_00000000000000000000000000')).toMatchObject({
    status: 404,
    body: { error: { code: 'ATTACHMENT_NOT_FOUND' } },
  });
  const { body } = await api('/api/events?q=type:audit.accessed');
  expect(JSON.stringify(body)).toContain('attachment');
});

test('A1 a page that calls itself a picture is saved as bytes, never as a page', async () => {
  const [page] = await bring('ann', { name: 'x.png', mimeType: 'image/png', data: Buffer.from('<html><script>alert(1)</script>') });
  expect(page).toMatchObject({ mimeType: 'text/html', dangerous: true });
  const answer = await raw(`/api/attachments/${page?.id}`);
  expect(answer.headers.get('content-type')).toBe('application/octet-stream');
  expect(answer.headers.get('content-disposition')).toMatch(/^attachment; /);
});

test('A1 a caller who may write for himself only does not see the files of others', async () => {
  const [picture] = await bring('ann', { data: PNG });
  const made = await api('/api/access/tokens', { name: 'own', roles: ['user'] });
  const { token } = made.body as { token: string };
  expect(made.status).toBe(201);
  expect((await raw(`/api/attachments/${picture?.id}`, token)).status).toBe(404);
});

test.each([
  ['not base64', { data: 'no base64!' }, 'attachments.0.data'],
  ['not a file', 'x', 'attachments.0'],
])('A1 what is %s is refused and says where', async (_, file, field) => {
  const { status, body } = await api('/api/messages', { from: 'ann', attachments: [file] });
  expect(status).toBe(400);
  expect(JSON.stringify(body)).toContain(field);
});

test('F erasing a person removes the files that nobody else brought, from the disk too, and names what it kept', async () => {
  const own = Buffer.from(`only ann has this: ${randomBytes(8).toString('hex')}`);
  const shared = Buffer.from('both have this');
  const [first] = await bring('ann', { name: 'ann.txt', data: own });
  await bring('ann', { data: shared });
  const [bens] = await bring('ben', { data: shared });
  const ownFile = attachmentFile(first?.hash ?? '');
  const sharedFile = attachmentFile(bens?.hash ?? '');
  expect((await files()).toSorted()).toEqual([ownFile, sharedFile].toSorted());
  const sealed = await readFile(join(folder(), ownFile));
  expect(sealed.includes(own)).toBe(false);

  const planned = { removed: [ownFile], kept: [sharedFile], left: [] };
  const dry = await api('/api/data/erase', { subject: 'http:ann', reason: 'asked for', dryRun: true });
  expect(dry.body).toMatchObject({ attachments: planned });
  expect(await files()).toHaveLength(2);
  const erased = await api('/api/data/erase', { subject: 'http:ann', reason: 'asked for' });
  expect(erased.body).toMatchObject({ keyDestroyed: true, attachments: planned });
  expect(await files()).toEqual([sharedFile]);
  expect(await api(`/api/attachments/${first?.id}`)).toMatchObject({ status: 404 });
  expect((await raw(`/api/attachments/${bens?.id}`)).status).toBe(200);
  for (const hash of [first?.hash ?? '', ownFile]) expect(await filesWith(hash)).toEqual([]);

  // A copy of the sealed file that somebody kept stays closed: the hash that opens it is gone with the person's key.
  await writeFile(join(folder(), ownFile), sealed);
  expect((await api('/api/data/retain', {})).body).toMatchObject({ files: 1 });
  expect(await files()).toEqual([sharedFile]);
  expect((await api('/api/data/erase', { subject: 'http:ben', reason: 'asked for' })).body).toMatchObject({
    attachments: { removed: [sharedFile], kept: [] },
  });
  expect(await files()).toEqual([]);
});

test('F what a crash left without an event goes with the next look, what an event needs stays, also with views built anew', async () => {
  const [kept] = await bring('ann', { data: PNG });
  await gateway.stop('to leave things behind');
  await writeFile(join(folder(), 'f'.repeat(64)), 'an orphan');
  await writeFile(join(folder(), '.part-0123'), 'half');
  for (const file of ['views.db', 'words.db']) await rm(join(stateDir, 'state', file));
  gateway = await start();
  expect((await api('/api/data/retain', {})).body).toMatchObject({ files: 1 });
  expect(await files()).toEqual([attachmentFile(kept?.hash ?? '')]);
  expect((await raw(`/api/attachments/${kept?.id}`)).status).toBe(200);
});

test('F a check with --attachments finds a file that is missing, and one that was changed', async () => {
  const [first] = await bring('ann', { data: PNG });
  const [second] = await bring('ann', { data: Buffer.from('another') });
  await gateway.stop('to check');
  const databases = join(stateDir, 'state');
  const verify = async () => {
    const store = await openStoreReadOnly({ dir: databases });
    try {
      return await verifyAttachments(store, databases, readPseudonym(join(databases, 'keys.db')) ?? (() => new Uint8Array()));
    } finally {
      await store.close();
    }
  };
  expect(await verify()).toEqual({ ok: true, files: 2, faults: 0, named: [] });
  await rm(join(folder(), attachmentFile(first?.hash ?? '')));
  const path = join(folder(), attachmentFile(second?.hash ?? ''));
  const content = await readFile(path);
  await writeFile(path, Buffer.concat([content.subarray(0, -1), Buffer.from([255 - (content.at(-1) ?? 0)])]));
  expect(await verify()).toMatchObject({
    ok: false,
    faults: 2,
    named: [
      { id: first?.id, code: 'ATTACHMENT_GONE' },
      { id: second?.id, code: 'ATTACHMENT_CORRUPT' },
    ],
  });
  gateway = await start();
  expect(await api(`/api/attachments/${first?.id}`)).toMatchObject({ status: 410 });
  expect((await api('/api/status')).body).toMatchObject({ attachments: { files: 1, bytes: 7 } });
});

test('F gateway.sessions.historyRetention removes files with the messages that brought them', async () => {
  await bring('ann', { data: PNG });
  await gateway.stop('to change the configuration');
  await writeFile(join(stateDir, 'openclaw.json'), '{ gateway: { sessions: { historyRetention: "1ms" } } }');
  gateway = await start();
  expect((await api('/api/data/retain', {})).body).toMatchObject({ files: 1 });
  expect(await files()).toEqual([]);
});

async function bring(from: string, ...brought: readonly { name?: string; mimeType?: string; data: Buffer }[]): Promise<Attachment[]> {
  const attachments = brought.map((file) => ({ ...file, data: file.data.toString('base64') }));
  const { status, body } = await api('/api/messages?wait=20s', { from, attachments });
  expect([status, body]).toMatchObject([200, {}]);
  const journey = await api(`/api/messages/${body['messageId']}?events=1`);
  const events = journey.body['events'] as { type: string; data: { attachments?: Attachment[] } }[];
  return events.find(({ type }) => type === 'message.received')?.data.attachments ?? [];
}

async function raw(path: string, token = gateway.token): Promise<Response> {
  return fetch(gateway.url + path, { headers: { authorization: `Bearer ${token}` } });
}

async function api(path: string, body?: object): Promise<{ status: number; body: Body }> {
  const headers = { authorization: `Bearer ${gateway.token}`, 'content-type': 'application/json' };
  const response = await fetch(
    gateway.url + path,
    body === undefined ? { headers } : { headers, method: 'POST', body: JSON.stringify(body) },
  );
  return { status: response.status, body: (await response.json()) as Body };
}

async function filesWith(text: string): Promise<string[]> {
  const names = await readdir(stateDir, { recursive: true, withFileTypes: true });
  const found: string[] = [];
  for (const entry of names) {
    if (!entry.isFile() || entry.parentPath.endsWith('logs')) continue;
    const content = await readFile(join(entry.parentPath, entry.name)).catch(() => Buffer.alloc(0));
    if (content.includes(text)) found.push(entry.name);
  }
  return found;
}
