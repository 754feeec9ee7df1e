import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newId } from '@openclaw-gateway/events';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { type RunningGateway, startGateway } from '../gateway.ts';
import { type ServedGateway, serveGateway } from '../http/testing/served-gateway.ts';
import { createAudit } from './index.ts';

type Row = {
  readonly position: number;
  readonly type: string;
  readonly source?: string;
  readonly target?: string;
  readonly who: string;
  readonly outcome: string;
  readonly class: string;
  readonly reason?: string;
};
type Entry = { readonly type: string; readonly data: Record<string, unknown>; readonly metadata: { readonly actor: object } };

/** A look is recorded behind the answer to it. */
const PATIENCE = { timeout: 10_000, interval: 20 };

let dir: string;
let gateway: RunningGateway;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'audit-'));
  gateway = await startGateway({ stateDir: dir, configPath: join(dir, 'openclaw.json'), port: 0, bind: '127.0.0.1' });
});
afterAll(async () => {
  await gateway.stop('the test is over');
  await rm(dir, { recursive: true, force: true });
});

const call = async (path: string, init: RequestInit = {}) => {
  const response = await fetch(gateway.url + path, {
    ...init,
    headers: { authorization: `Bearer ${gateway.token}`, 'content-type': 'application/json' },
  });
  return { status: response.status, body: (await response.json()) as never };
};
const post = (path: string, body: object, method = 'POST') => call(path, { method, body: JSON.stringify(body) });

/** Everything in the trail of these types, oldest first. */
async function entries(...types: readonly string[]): Promise<Entry[]> {
  const { body } = await call(`/api/events?after=0&limit=500&type=${types.join()}`);
  const { rows } = body as { rows: readonly { position: number }[] };
  return Promise.all(rows.map(async ({ position }) => (await call(`/api/events/${position}`)).body as Entry));
}

describe('D gateway.logging.audit.events data_access', () => {
  it('who looks is recorded, whichever door they come by', async () => {
    const key = `harbour-${Date.now()}`;
    await post('/api/messages', { from: 'anna', text: 'hello', sessionKey: key });
    const { body: sessions } = await call('/api/sessions');
    const [session] = (sessions as { rows: readonly { sessionId: string; sessionKey: string }[] }).rows;
    await call(`/api/sessions/${encodeURIComponent(session?.sessionKey ?? '')}`);
    await call('/api/events?q=crane');
    await call('/api/audit');
    await call(`/trpc/sessions.get?input=${encodeURIComponent(JSON.stringify({ sessionId: session?.sessionId, limit: 5 }))}`);
    await call(`/trpc/frame.gateway`);
    await overWebSocket('config.get');
    const { found, seen } = await vi.waitFor(async () => {
      const found = await entries('audit.accessed');
      const seen = found.map(({ data }) => {
        const { kind, id } = data['target'] as { kind: string; id?: string };
        return [data['door'], data['operation'], kind, id];
      });
      expect(seen).toEqual(
        expect.arrayContaining([
          ['http', 'list', 'sessions', undefined],
          ['http', 'read', 'session', session?.sessionId],
          ['http', 'search', 'events', undefined],
          ['http', 'list', 'audit', undefined],
          ['dashboard', 'read', 'session', session?.sessionId],
          ['websocket', 'read', 'config', undefined],
          ['websocket', 'follow', 'sessions', undefined],
        ]),
      );
      return { found, seen };
    }, PATIENCE);
    expect(found.every(({ data }) => (data['client'] as { address: string }).address === '127.0.0.1')).toBe(true);
    expect(found.find(({ data }) => data['operation'] === 'search')?.data).toMatchObject({ query: 'crane' });
    expect(seen.flat()).not.toContain('frame.gateway');
    // A key names people.
    expect(JSON.stringify(seen)).not.toContain(key);
  });

  it('polls of a dashboard are one entry a minute', async () => {
    for (let time = 0; time < 50; time++)
      await call(`/trpc/events.list?input=${encodeURIComponent(JSON.stringify({ filter: {}, limit: 5 }))}`);
    await vi.waitFor(async () => {
      const lists = (await entries('audit.accessed')).filter(({ data }) => data['door'] === 'dashboard' && data['operation'] === 'list');
      expect(lists).toHaveLength(1);
    }, PATIENCE);
  });
});

describe('D gateway.logging.audit.events admin_action', () => {
  it('what operators do is recorded before it is done, and how it ended: who, from where, what, why', async () => {
    await post('/api/log-level', { level: 'warn' });
    await post('/api/alerts/silence', { rule: 'errorRate', forMs: 60_000, reason: 'maintenance' });
    await post('/api/alerts/silence', { rule: 'no-such-rule', forMs: 60_000 });
    await post('/api/config', { op: 'set', path: 'gateway.sessions.timeout', value: '3h', reason: 'longer talks' }, 'PATCH');
    const { body } = await call('/api/audit?limit=200');
    const rows = (body as { rows: readonly Row[] }).rows
      .toReversed()
      .filter(({ type }) => type.startsWith('audit.action_') || type === 'config.changed');
    expect(rows.map(({ type, target, outcome, reason }) => [type, target, outcome, reason])).toMatchObject([
      ['config.changed', undefined, 'success', undefined],
      ['audit.action_requested', 'log-level warn', 'success', undefined],
      ['audit.action_ended', 'log-level warn', 'success', undefined],
      ['audit.action_requested', 'alert errorRate', 'success', 'maintenance'],
      ['audit.action_ended', 'alert errorRate', 'success', undefined],
      ['audit.action_requested', 'alert no-such-rule', 'success', undefined],
      ['audit.action_ended', 'alert no-such-rule', 'failure', expect.stringMatching(/^[A-Z_]+: /)],
      ['audit.action_requested', 'config gateway.sessions.timeout', 'success', 'longer talks'],
      ['config.changed', undefined, 'success', 'longer talks'],
      ['audit.action_ended', 'config gateway.sessions.timeout', 'success', undefined],
    ]);
    expect(
      rows
        .filter(({ type }) => type.startsWith('audit.'))
        .every(({ source, who }) => source === '127.0.0.1' && who === 'service_account/gateway-token'),
    ).toBe(true);
  });
});

describe('a kind that is switched off', () => {
  it('D gateway.logging.audit.events: the change is recorded, and from then on none of its entries', async () => {
    const looksAt = async (kind: string) =>
      (await entries('audit.accessed')).filter(({ data }) => (data['target'] as { kind: string }).kind === kind).length;
    await post('/api/config', { op: 'set', path: 'gateway.logging.audit.events', value: ['admin_action'] }, 'PATCH');
    await call('/api/state');
    await call('/api/data/holds');
    expect([await looksAt('state'), await looksAt('holds')]).toEqual([0, 0]);
    expect((await entries('config.changed')).at(-1)?.data['changes']).toMatchObject([{ path: 'gateway.logging.audit.events' }]);
    await post('/api/config', { op: 'unset', path: 'gateway.logging.audit.events' }, 'PATCH');
    await call('/api/state');
    await vi.waitFor(async () => expect(await looksAt('state')).toBe(1), PATIENCE);
  });
});

describe('without a writable log', () => {
  it('looks and acts are refused with AUDIT_UNAVAILABLE; probes and the frame of the dashboard stay', async () => {
    await using fake: ServedGateway = await serveGateway();
    const failing = createAudit({
      settings: () => fake.parts.config.current().config.gateway.logging.audit,
      append: () => Promise.reject(new Error('disk full')),
      pseudonym: () => new Uint8Array(32),
      logger: { warn: () => undefined },
    });
    Object.assign(fake.parts, { audit: failing });
    const statusOf = async (path: string, init: Parameters<ServedGateway['fetch']>[1] = {}) => {
      const response = await fake.fetch(path, init);
      const body = (await response.json().catch(() => ({}))) as { error?: { code?: string; data?: { error?: { code?: string } } } };
      return [response.status, body.error?.data?.error?.code ?? body.error?.code];
    };
    await fake.fetch('/api/config');
    const refused = [503, 'AUDIT_UNAVAILABLE'];
    expect(await statusOf('/api/config')).toEqual(refused);
    expect(await statusOf('/api/shutdown', { json: {} })).toEqual(refused);
    expect(await statusOf(`/trpc/events.get?input=${encodeURIComponent('{"position":1}')}`)).toEqual(refused);
    expect(fake.shutdowns).toEqual([]);
    for (const path of ['/health', '/readyz', '/trpc/frame.me', '/api/alerts']) expect((await statusOf(path))[0], path).toBe(200);
  });
});

/** Calls one method over the WebSocket. */
function overWebSocket(method: string): Promise<void> {
  const socket = new WebSocket(gateway.url.replace('http', 'ws'));
  const id = newId('event');
  return new Promise((resolve, reject) => {
    socket.on('error', reject).on('close', () => resolve());
    socket.on('message', (data) => {
      const text = String(data);
      const send = (frame: object) => socket.send(JSON.stringify({ type: 'req', ...frame }));
      const client = { id: 'cli', version: '1', platform: 'test', mode: 'cli' };
      if (text.includes('connect.challenge'))
        send({ id: 'c', method: 'connect', params: { minProtocol: 4, maxProtocol: 4, client, auth: { token: gateway.token } } });
      if (text.includes('"id":"c"')) send({ id, method, params: {} });
      if (text.includes(`"id":"${id}"`)) socket.close();
    });
  });
}
