/** The door on a real socket, before a real store in a folder of its own; what runs messages is a stand-in. */
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore, type Store } from '@openclaw-gateway/db';
import { GatewayError, type NewEvent, newId } from '@openclaw-gateway/events';
import fastify from 'fastify';
import { NO_AUDIT } from '../audit/index.ts';
import { configSchema } from '../config/schema/index.ts';
import type { Parts, Pipeline, Progress, Submission } from '../parts.ts';
import { registerTrpc } from './index.ts';

export const TOKEN = 'the-token';

export type Door = Awaited<ReturnType<typeof openDoor>>;

/** Opens the door; `close` ends it and removes its folder. */
export async function openDoor(change: Partial<Parts> | ((made: Pick<Parts, 'store' | 'stateDir'>) => Partial<Parts>) = {}) {
  const dir = await mkdtemp(join(tmpdir(), 'trpc-'));
  const store = await openStore({ dir: join(dir, 'state') });
  const pipeline = createPipeline();
  const logged: unknown[] = [];
  const parts = {
    gatewayId: 'gw_test',
    version: '9.9.9',
    startedAt: 1,
    phase: () => 'ready',
    store,
    pipeline: pipeline.part,
    channels: { status: () => [], probe: async () => [] },
    access: { authenticate, onRevoked: () => () => undefined },
    stateDir: dir,
    config: { current: () => ({ config: configSchema.parse({}) }), unapplied: async () => ({ changes: [] }) },
    metricsHistory: { leftOut: () => 0 },
    components: { list: () => [] },
    alerts: { list: () => ({ enabled: true, rules: [], alerts: [] }) },
    memory: { refusal: () => undefined },
    audit: NO_AUDIT,
    data: { holds: async () => [] },
    tools: { registry: () => [] },
    logger: { error: (details: unknown) => logged.push(details) },
    ...(typeof change === 'function' ? change({ store, stateDir: dir }) : change),
  } as unknown as Parts;
  const app = fastify({ routerOptions: { maxParamLength: 5000 }, forceCloseConnections: true });
  await registerTrpc(app, parts, 1024 * 1024);
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/trpc`;
  return {
    url,
    store,
    pipeline,
    logged,
    query: (path: string, input?: unknown, token = TOKEN) => call(`${url}/${path}${encode(input)}`, { headers: bearer(token) }),
    mutate: (path: string, input: unknown) =>
      call(`${url}/${path}`, {
        method: 'POST',
        headers: { ...bearer(TOKEN), 'content-type': 'application/json' },
        body: JSON.stringify(input),
      }),
    subscribe: (path: string, input: unknown, signal: AbortSignal) => subscribe(`${url}/${path}${encode(input)}`, signal),
    async close() {
      await app.close();
      await store.close();
      await rm(dir, { recursive: true });
    },
  };
}

/** Commits events to one stream and waits until the views show them. Returns the last position. */
export async function commit(store: Store, streamId: string, events: readonly NewEvent[], metadata = {}): Promise<number> {
  const result = await store.log.append({ events: events.map((event) => ({ streamId, event, metadata })) });
  if (!result.ok) throw new TypeError('not appended');
  await store.waitForViews(result.last, 10_000);
  return result.last;
}

async function authenticate({ headers }: { readonly headers: Readonly<Record<string, unknown>> }) {
  if (headers['authorization'] === `Bearer ${TOKEN}`)
    return { method: 'session', actor: { type: 'user', id: 'usr_test' }, roles: ['admin'] };
  throw new GatewayError('UNAUTHENTICATED');
}

function createPipeline() {
  const submissions: Submission[] = [];
  const aborted: unknown[] = [];
  const listeners = new Set<(progress: Progress) => void>();
  const resolveSession = (sessionKey: string) => ({
    sessionId: `ses_${sessionKey}`,
    sessionKey: `agent:main:${sessionKey}`,
    agentId: 'main',
  });
  const part = {
    receive: async (submission: Submission) => {
      submissions.push(submission);
      const messageId = newId('message');
      if (submission.inbound.text === 'refuse me') {
        return {
          status: 'rejected',
          messageId,
          position: 1,
          error: new GatewayError('SENDER_NOT_ALLOWED'),
          duplicate: false,
          runId: 'run_1',
        };
      }
      return {
        status: 'accepted',
        messageId,
        ...resolveSession(submission.sessionKey ?? ''),
        position: 1,
        duplicate: false,
        runId: 'run_1',
      };
    },
    followAll: (listener: (progress: Progress) => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    abort: async (target: unknown, reason: string) => {
      aborted.push([target, reason]);
      return ['msg_1'];
    },
    resolveSession,
    approvals: () => [],
    activity: () => ({ activeRuns: 0, waitingMessages: 0, openSessions: 0 }),
  } as unknown as Pipeline;
  const publish = (progress: Partial<Progress>) => {
    for (const listener of listeners) listener(progress as Progress);
  };
  return { part, submissions, aborted, listeners, publish };
}

function bearer(token: string) {
  return { authorization: `Bearer ${token}` };
}

function encode(input: unknown): string {
  return input === undefined ? '' : `?input=${encodeURIComponent(JSON.stringify(input))}`;
}

async function call(url: string, init: RequestInit) {
  const answer = await fetch(url, init);
  const text = await answer.text();
  return { status: answer.status, text, body: JSON.parse(text) };
}

export type Sent = { readonly id?: string; readonly event?: string; readonly data: unknown };

async function* subscribe(url: string, signal: AbortSignal): AsyncGenerator<Sent> {
  const answer = await fetch(url, { headers: { ...bearer(TOKEN), accept: 'text/event-stream' }, signal });
  if (!answer.body) throw new TypeError('no stream');
  let buffer = '';
  for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
    buffer += chunk;
    const blocks = buffer.split('\n\n');
    buffer = blocks.pop() ?? '';
    for (const block of blocks) {
      const fields = Object.fromEntries(
        block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
      );
      if (fields['event'] || !fields['data']) continue;
      yield { ...(fields['id'] ? { id: fields['id'] } : {}), data: JSON.parse(fields['data']) };
    }
  }
}
