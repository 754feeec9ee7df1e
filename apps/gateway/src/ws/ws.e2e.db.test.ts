/** The whole gateway in this process, with its log on disk, and the published client. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GatewayClient } from '@openclaw/gateway-client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningGateway, startGateway } from '../gateway.ts';
import { RawClient } from './testing/raw-client.ts';
import { connectParams } from './testing/served-door.ts';

type Event = { readonly event: string; readonly payload: Record<string, unknown> };
type Row = { readonly role: string; readonly content: readonly { readonly text: string }[]; readonly __openclaw: Record<string, unknown> };

let folder: string;
let gateway: RunningGateway;

const start = () => startGateway({ stateDir: folder, configPath: join(folder, 'openclaw.json'), port: 0 });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'openclaw-ws-e2e-'));
  gateway = await start();
});

afterAll(async () => {
  await gateway.stop('the test is over');
  await rm(folder, { recursive: true });
});

/** The published client, connected, with what it heard. */
async function joinAs(name: 'cli' | 'gateway-client') {
  const events: Event[] = [];
  const watchers = new Set<() => void>();
  const ready = Promise.withResolvers<void>();
  const client = new GatewayClient({
    url: gateway.url.replace('http', 'ws'),
    token: gateway.token,
    clientName: name,
    onHelloOk: () => ready.resolve(),
    onConnectError: (error) => ready.reject(error),
    onEvent: (event) => {
      events.push(event as unknown as Event);
      for (const look of [...watchers]) look();
    },
  });
  client.start();
  await ready.promise;
  const final = (runId: string) =>
    new Promise<Event>((resolve) => {
      const look = () => {
        const found = events.find(({ event, payload }) => event === 'chat' && payload['runId'] === runId && payload['state'] === 'final');
        if (!found) return;
        watchers.delete(look);
        resolve(found);
      };
      watchers.add(look);
      look();
    });
  const say = async (runId: string, message: string) =>
    client.request<{ runId: string; status: string }>('chat.send', { sessionKey: 'talk', message, idempotencyKey: runId });
  const history = async () => (await client.request<{ messages: Row[] }>('chat.history', { sessionKey: 'talk' })).messages;
  return { client, events, final, say, history, [Symbol.asyncDispose]: () => client.stopAndWait() };
}

/** A client by hand: every frame goes past the published schema. */
async function joinRaw() {
  const client = new RawClient(gateway.url.replace('http', 'ws'));
  await client.event('connect.challenge');
  const hello = await client.request('connect', connectParams({ auth: { token: gateway.token } }));
  return Object.assign(client, { hello });
}

test('C4 A1 A4 A6 two clients converse, both see everything, and history holds it in order', async () => {
  await using anna = await joinAs('cli');
  await using ben = await joinAs('gateway-client');
  expect(await anna.say('a1', 'hello from anna')).toEqual({ runId: 'a1', status: 'started' });
  for (const peer of [anna, ben]) {
    expect((await peer.final('a1')).payload).toMatchObject({ sessionKey: 'agent:main:talk', message: { role: 'assistant' } });
  }
  await ben.say('b1', 'hello from ben');
  await anna.final('b1');
  const rows = await ben.history();
  expect(rows.map(({ role }) => role)).toEqual(['user', 'assistant', 'user', 'assistant']);
  expect(rows.map(({ content }) => content[0]?.text ?? '').filter((text) => text.includes('anna')).length).toBeGreaterThan(0);
  expect(rows.map(({ __openclaw }) => __openclaw['seq'])).toEqual([1, 2, 3, 4]);
});

test('C4 A8 after a restart history is there, the same key does not run again, and the conversation goes on', async () => {
  {
    await using anna = await joinAs('cli');
    await anna.say('before', 'remember this');
    await anna.final('before');
  }
  await gateway.stop('restart');
  gateway = await start();

  await using anna = await joinAs('cli');
  const before = await anna.history();
  expect(before.some(({ content }) => content[0]?.text === 'remember this')).toBe(true);
  expect(await anna.say('before', 'remember this')).toEqual({ runId: 'before', status: 'ok' });
  await anna.say('after', 'still here?');
  await anna.final('after');
  const after = await anna.history();
  expect(after.filter(({ content }) => content[0]?.text === 'remember this')).toHaveLength(1);
  expect(after).toHaveLength(before.length + 2);
  expect(await anna.client.request('agent.wait', { runId: 'before' })).toMatchObject({ status: 'ok' });
  const { sessions } = await anna.client.request<{ sessions: { key: string }[] }>('sessions.list', {});
  expect(sessions.map(({ key }) => key)).toContain('agent:main:talk');
});

test('C4 every answer of the real gateway is what the published schema says', async () => {
  const client = await joinRaw();
  await client.request('chat.send', { sessionKey: 'schema', message: 'hi', idempotencyKey: 's1' });
  await client.event('chat', ({ state }) => state === 'final');
  await client.event('sessions.changed');
  for (const method of ['health', 'status', 'sessions.list', 'config.get', 'channels.status', 'logs.tail']) {
    expect(await client.request(method, {}), method).toMatchObject({ ok: true });
  }
  const answer = await client.request('agent', { message: 'and now?', idempotencyKey: 's2', sessionKey: 'schema' });
  const final = await client.until(() => client.responses.find(({ id, payload }) => id === answer.id && payload?.status === 'ok'));
  expect(final.payload.result.payloads).toHaveLength(1);
  expect((await client.request('chat.history', { sessionKey: 'schema' })).payload.messages).toHaveLength(4);
  expect(client.objections).toEqual([]);
  await client.close();
});

test('C4 B16 a log subscription survives a restart without gap or duplicate', async () => {
  const positions: number[] = [];
  const collect = (client: RawClient) => {
    for (const { event, payload } of client.events) {
      if (event === 'log.events') positions.push(...(payload['rows'] as { position: number }[]).map(({ position }) => position));
    }
  };
  const first = await joinRaw();
  const { payload } = await first.request('events.subscribe', { after: 0 });
  await first.event('log.events', ({ position }) => Number(position) >= payload.head);
  await gateway.stop('restart');
  expect((await first.closed).code).toBe(1012);
  expect(first.events.at(-1)?.event).toBe('shutdown');
  collect(first);
  gateway = await start();

  const second = await joinRaw();
  await second.request('chat.send', { sessionKey: 'tail', message: 'hi', idempotencyKey: 't1' });
  await second.event('chat', ({ state, runId }) => state === 'final' && runId === 't1');
  const { payload: now } = await second.request('events.subscribe', { after: positions.at(-1) });
  await second.event('log.events', ({ position }) => Number(position) >= now.head);
  collect(second);
  expect(positions).toEqual(positions.map((_, index) => index + 1));
  expect(positions.length).toBeGreaterThanOrEqual(now.head);
  await second.close();
});
