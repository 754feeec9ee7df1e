/** Exports as people and programs get them: by the command line beside a running and a stopped gateway, and over HTTP. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { openStore } from '@openclaw-gateway/db';
import { AuthLogin, newId } from '@openclaw-gateway/events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { complainAboutCloudEvent, complainAboutHashes, readCsv } from './conformance/validators.ts';
import type { ExportJob } from './jobs.ts';
import type { Manifest } from './manifest.ts';

const LAUNCHER = fileURLToPath(new URL('../../bin/openclaw.mjs', import.meta.url));
const SEEDED = 20_000;

let dir: string;
let gateway: ChildProcess;
let url: string;
let token: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'audit-export-'));
  await writeFile(join(dir, 'openclaw.json'), JSON.stringify({ gateway: { network: { port: 0 } } }));
  const store = await openStore({ dir: join(dir, 'state') });
  for (let at = 0; at < SEEDED; at += 1000) await store.log.append({ events: Array.from({ length: 1000 }, seeded) });
  await store.close();
  gateway = launch('gateway', 'run', '--json');
  gateway.stderr?.resume();
  for await (const line of createInterface({ input: gateway.stdout as NodeJS.ReadableStream })) {
    ({ url } = JSON.parse(line) as { url: string });
    break;
  }
  token = (await readFile(join(dir, 'gateway-token'), 'utf8')).trim();
}, 60_000);

afterAll(async () => {
  gateway.kill('SIGKILL');
  await rm(dir, { recursive: true });
});

function seeded() {
  const event = AuthLogin.create({ userId: newId('user'), method: 'link', loginSessionHash: newId('connection') });
  return { streamId: 'auth', event, metadata: { channel: 'old' } };
}

type Result = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

function launch(...args: string[]): ChildProcess {
  const env: NodeJS.ProcessEnv = { ...process.env, OPENCLAW_STATE_DIR: dir, NO_COLOR: '1' };
  for (const name of ['OPENCLAW_CONFIG_PATH', 'OPENCLAW_GATEWAY_TOKEN', 'OPENCLAW_HOME', 'FORCE_COLOR']) delete env[name];
  return spawn(process.execPath, [LAUNCHER, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
}

async function ended(child: ChildProcess): Promise<Result> {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

const openclaw = (...args: string[]) => ended(launch(...args));

async function api<T>(path: string, init: RequestInit = {}): Promise<{ readonly status: number; readonly body: T }> {
  const headers = { authorization: `Bearer ${token}`, ...(init.body ? { 'content-type': 'application/json' } : {}) };
  const response = await fetch(url + path, { ...init, headers });
  return { status: response.status, body: (await response.json()) as T };
}

const post = <T>(path: string, body: unknown) => api<T>(path, { method: 'POST', body: JSON.stringify(body) });
const manifestOf = async (folder: string) => JSON.parse(await readFile(join(dir, folder, 'manifest.json'), 'utf8')) as Manifest;
const linesOf = async (folder: string) => (await readFile(join(dir, folder, 'events.jsonl'), 'utf8')).split('\n').slice(0, -1);

async function until<T>(read: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const value = await read();
    if (value !== undefined) return value;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const settled = (id: string) =>
  until(async () => {
    const { body } = await api<ExportJob & { readonly files: readonly { readonly name: string; readonly bytes: number }[] }>(
      `/api/exports/${id}`,
    );
    return body.state === 'running' ? undefined : body;
  });

type Row = { readonly position: number; readonly type: string };
type Trail = { readonly rows: readonly (Row & { readonly who: string; readonly outcome: string; readonly class: string })[] };

describe('beside a running gateway', () => {
  it('B16 audit list says who did what, with outcome and reason', async () => {
    await fetch(`${url}/api/status`, { headers: { authorization: 'Bearer wrong-token-0123456789' } });
    const denied = await until(async () => {
      const { body } = await api<Trail>('/api/audit?class=authentication&limit=10');
      return body.rows.find(({ type }) => type === 'auth.denied');
    });
    expect(denied).toMatchObject({ outcome: 'failure', reason: expect.stringContaining('TOKEN_MISMATCH') });
    const { code, stdout } = await openclaw('audit', 'list', '--class', 'authorization,configuration,gateway', '--json');
    expect(code).toBe(0);
    const { rows } = JSON.parse(stdout) as Trail;
    expect(new Set(rows.map((row) => row.class))).toContain('gateway');
    expect(rows.map(({ type }) => type)).toEqual(expect.arrayContaining(['gateway.started', 'auth.denied']));
    expect((await openclaw('audit', 'list', '--class', 'nonsense')).code).toBe(2);
  });

  it('B16 audit export holds what a list of the same query shows, and is itself recorded', async () => {
    await post('/api/messages?wait=10s', { from: 'ann', text: 'where is my parcel' });
    const query = 'type:(run.*,delivery.*,message.delivered)';
    const exported = await openclaw('audit', 'export', '-q', query, '--mask', 'none', '-o', join(dir, 'by-query'), '--json');
    expect(exported).toMatchObject({ code: 0, stdout: expect.stringContaining('manifestHash') });
    const result = JSON.parse(exported.stdout) as { readonly events: number; readonly manifestHash: string };
    const lines = await linesOf('by-query');
    const listed = await api<{ readonly rows: readonly Row[] }>(`/api/events?limit=500&q=${encodeURIComponent(query)}`);
    expect(lines.length).toBeGreaterThan(3);
    expect(lines.map((line) => Number((JSON.parse(line) as { sequence: string }).sequence))).toEqual(
      listed.body.rows.map(({ position }) => position).toReversed(),
    );
    expect(lines.flatMap((line) => complainAboutCloudEvent(line) ?? complainAboutHashes(line) ?? [])).toEqual([]);
    const { body } = await api<{ readonly rows: readonly Row[] }>('/api/events?type=audit.exported&limit=1');
    const event = await api<{ readonly data: unknown }>(`/api/events/${body.rows[0]?.position}`);
    expect(event.body.data).toEqual({ format: 'jsonl', query, events: lines.length, manifestHash: result.manifestHash });
    const manifest = await readFile(join(dir, 'by-query', 'manifest.json'));
    expect(result.manifestHash).toBe(createHash('sha256').update(manifest).digest('hex'));
    expect(await manifestOf('by-query')).toMatchObject({ query, createdBy: { type: 'user', id: 'cli' } });
  });

  it('B16 Ctrl+C keeps what --resume goes on with', async () => {
    const folder = join(dir, 'interrupted');
    const args = ['audit', 'export', '--format', 'csv', '--channel', 'old', '--gzip', '--mask', 'strict', '-o', folder, '--json'];
    const child = launch(...args);
    const end = ended(child);
    await until(async () => (existsSync(`${folder}.partial/state.json`) ? true : undefined));
    child.kill('SIGINT');
    expect(await end).toMatchObject({ code: 130, stdout: expect.stringContaining('"cancelled":true') });
    expect(existsSync(folder)).toBe(false);
    expect(await openclaw(...args)).toMatchObject({ code: 1, stdout: expect.stringContaining('EXPORT_EXISTS') });
    expect(await openclaw(...args, '--resume')).toMatchObject({ code: 0 });
    expect(readCsv(gunzipSync(await readFile(join(folder, 'events.csv.gz'))).toString())).toHaveLength(SEEDED + 1);
    expect(existsSync(`${folder}.partial`)).toBe(false);
  });

  it('B16 over HTTP an export is begun, watched, fetched and removed', async () => {
    const begun = await post<ExportJob>('/api/exports', { format: 'ocsf', classes: ['gateway'], mask: 'strict' });
    expect(begun).toMatchObject({ status: 202, body: { state: 'running', query: 'class:gateway' } });
    const { id } = begun.body;
    const done = await settled(id);
    expect(done).toMatchObject({ state: 'completed', result: { events: done.progress?.events } });
    expect(done.files.map(({ name }) => name)).toEqual(expect.arrayContaining(['events.ocsf.jsonl', 'manifest.json', 'manifest.sig']));
    const headers = { authorization: `Bearer ${token}` };
    const file = await fetch(`${url}/api/exports/${id}/files/events.ocsf.jsonl`, { headers });
    expect(
      (await file.text())
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line).class_uid),
    ).toContain(6002);
    expect(await api(`/api/exports/${id}/files/..%2F..%2Fgateway-token`)).toMatchObject({ status: 400 });
    expect(await api(`/api/exports/${id}/files/other`)).toMatchObject({ status: 404 });
    expect((await api<{ exports: ExportJob[] }>('/api/exports')).body.exports[0]?.id).toBe(id);
    expect(await api(`/api/exports/${id}`, { method: 'DELETE' })).toMatchObject({ status: 200 });
    expect(existsSync(done.directory)).toBe(false);
    expect(await api(`/api/exports/${id}`)).toMatchObject({ status: 404, body: { error: { code: 'EXPORT_NOT_FOUND' } } });
  });

  it('over HTTP at most two exports run, and one that was stopped goes on', async () => {
    const order = { format: 'csv', gzip: true, mask: 'strict' };
    const [first, second, third] = await Promise.all([1, 2, 3].map(() => post<ExportJob>('/api/exports', order)));
    expect([first, second, third].map((answer) => answer?.status).sort()).toEqual([202, 202, 503]);
    const [id, other] = [first, second, third].flatMap((answer) => (answer?.status === 202 ? [answer.body.id] : []));
    expect((await api<ExportJob>(`/api/exports/${id}`, { method: 'DELETE' })).body.state).toBe('cancelled');
    await api(`/api/exports/${other}`, { method: 'DELETE' });
    expect(await post('/api/exports', { resume: id })).toMatchObject({ status: 202 });
    expect(await settled(id ?? '')).toMatchObject({ state: 'completed' });
    expect(await post('/api/exports', { resume: id })).toMatchObject({ status: 409 });
  });

  it('refuses what it cannot read, and callers without the token', async () => {
    expect(await post('/api/exports', { format: 'xml' })).toMatchObject({ status: 400 });
    expect(await post('/api/exports', { from: 'sometime' })).toMatchObject({ status: 400 });
    expect(await post('/api/exports', { colour: 'red' })).toMatchObject({ status: 400 });
    expect(await post('/api/exports/records', { format: 'jsonl' })).toMatchObject({ status: 400 });
    expect((await fetch(`${url}/api/exports`)).status).toBe(401);
  });

  it('D gateway.logging.audit.export is taken up while the gateway runs and shown in its health', async () => {
    const destination = join(dir, 'audit.log');
    const value = { format: 'json', destination };
    const body = JSON.stringify({ op: 'set', path: 'gateway.logging.audit.export', value });
    expect(await api('/api/config', { method: 'PATCH', body })).toMatchObject({ status: 200 });
    const lines = await until(async () => {
      const text = await readFile(destination, 'utf8').catch(() => '');
      const types = [...text.matchAll(/"type":"ai\.openclaw\.([a-z._]+)\.v\d+"/g)].map(([, type]) => type);
      return types.includes('config.changed') && text.includes(destination) ? types : undefined;
    });
    expect(lines).toContain('gateway.started');
    expect(lines).not.toContain('message.received');
    const { body: status } = await api<{ auditFeed: unknown }>('/api/status');
    expect(status.auditFeed).toMatchObject({ state: 'running', destination, format: 'jsonl' });
  });
});

describe('with the gateway stopped', () => {
  it('B16 audit list and export work, and the export is recorded', async () => {
    expect(await openclaw('gateway', 'stop')).toMatchObject({ code: 0 });
    const { code, stdout } = await openclaw('audit', 'list', '--class', 'gateway', '--limit', '1', '--json');
    expect(code).toBe(0);
    expect((JSON.parse(stdout) as Trail).rows[0]?.type).toBe('gateway.stopped');
    const exported = await openclaw('audit', 'export', '--class', 'gateway', '--format', 'cef', '-o', join(dir, 'stopped'));
    expect(exported).toMatchObject({ code: 0, stdout: expect.stringContaining('class:gateway') });
    const last = await openclaw('audit', 'list', '--limit', '1', '--json');
    expect((JSON.parse(last.stdout) as Trail).rows[0]).toMatchObject({ type: 'audit.exported', who: 'user/cli', class: 'export' });
    const twice = await openclaw('audit', 'export', '-o', join(dir, 'stopped'));
    expect(twice).toMatchObject({ code: 1, stderr: expect.stringContaining('exists already') });
  });
});
