/** Who is told, when not any more, and what push services answer: over real sockets, with a stand-in for the push service and its browsers. */
import { setTimeout as delay } from 'node:timers/promises';
import { MemoryLog } from '@openclaw-gateway/db';
import { AuthLogout, DataErased, type StoredEvent, ToolApprovalRequested, UserRemoved } from '@openclaw-gateway/events';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type PushService, type StandInSubscription, startPushService } from '../../../../e2e/stand-ins/push-service.ts';
import type { Caller } from '../access/index.ts';
import type { Role } from '../access/roles.ts';
import { createEgress, type Way } from '../operations/egress/index.ts';
import { instrumentLog } from '../operations/metrics/index.ts';
import { metricsText } from '../operations/metrics/registry.ts';
import { subjectOf } from '../pipeline/context.ts';
import { createPush, type PushOptions, type PushPart } from './index.ts';

const LOCAL = { allowed: ['127.0.0.1/32'], blocked: [] };
const pseudonym = (text: string) => Buffer.from(text.padEnd(32, '.').slice(-32));

let service: PushService;
let log: MemoryLog;
let users: Map<string, readonly Role[]>;
let logins: { id: string; user: string; createdAt: number; device: string }[];
let waiting: string[];
let warned: string[];
let parts: PushPart[];
/** Where the gateway began to send, and how often it looked whether a call waits. */
let tried: string[];
let looks: number;

beforeEach(async () => {
  service = await startPushService();
  log = new MemoryLog();
  users = new Map<string, readonly Role[]>([
    ['usr_anna', ['approver']],
    ['usr_ben', ['admin']],
  ]);
  logins = [
    { id: 'anna1', user: 'usr_anna', createdAt: 1, device: 'Firefox on Linux' },
    { id: 'ben1', user: 'usr_ben', createdAt: 2, device: 'Chrome on Android' },
  ];
  waiting = [];
  warned = [];
  parts = [];
  tried = [];
  looks = 0;
});

afterEach(async () => {
  for (const part of parts) await part.close();
  await service.close();
});

function open(change: Partial<PushOptions> = {}): PushPart {
  const people = {
    users: { rolesOf: (userId: string) => users.get(userId) },
    sessions: { list: async (_: unknown, userId: string) => logins.filter(({ user }) => user === userId) },
  } as unknown as PushOptions['people'];
  const observers = new Set<(events: readonly StoredEvent[]) => void>();
  const part = createPush({
    store: { log: instrumentLog(log, observers), pseudonym, pushKey: new Uint8Array(32).fill(7) },
    people,
    egress: watched(createEgress(LOCAL).to()),
    waiting: () => {
      looks += 1;
      return waiting.map((code) => ({ code }));
    },
    contact: () => 'https://gateway.example',
    logger: {
      warn: (details: object, message: string) => void warned.push(JSON.stringify({ ...details, message })),
    } as PushOptions['logger'],
    ...change,
  });
  observers.add(part.observe);
  parts.push(part);
  return part;
}

function watched(way: Way): PushOptions['egress'] {
  const fetch: Way['fetch'] = (url, request) => {
    tried.push(String(url));
    return way.fetch(url, request);
  };
  return { to: () => ({ ...way, fetch }) };
}

const callerOf = (userId: string, login: string): Caller => ({
  method: 'session',
  actor: { type: 'user', id: userId },
  roles: users.get(userId) ?? [],
  loginSessionHash: login,
});
const anna = () => callerOf('usr_anna', 'anna1');
const ben = () => callerOf('usr_ben', 'ben1');
const draftOf = ({ endpoint, keys }: StandInSubscription) => ({ endpoint, ...keys });

function requested(code: string, expiresInMs = 60_000): StoredEvent {
  waiting.push(code);
  const event = ToolApprovalRequested.create({
    runId: 'run_1',
    callId: `tcl_${code}`,
    tool: 'exec.run',
    rule: 'tools.rules[0]',
    expiresAt: Date.now() + expiresInMs,
    approvalCode: code,
  });
  return { ...event, metadata: { actor: { type: 'system', id: 'gateway' }, agentId: 'main' } } as unknown as StoredEvent;
}

async function until<T>(what: string, look: () => T | undefined | false | Promise<T | undefined | false>): Promise<T> {
  const end = Date.now() + 10_000;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`waited in vain for ${what}; the log says ${warned.join('\n')}`);
    await delay(5);
  }
}
const textOf = (at: number) => JSON.parse(service.messages[at]?.text ?? '{}') as Record<string, unknown>;
const typesOf = async () => (await log.readStream('push', { afterVersion: 0, limit: 100 })).map(({ type, data }) => [type, data] as const);

it('B15 whoever may decide is told with the tool, the agent and the address of the call, for as long as it waits; nobody else', async () => {
  users.set('usr_carl', ['viewer']);
  logins.push({ id: 'carl1', user: 'usr_carl', createdAt: 3, device: 'Safari on macOS' });
  const push = open();
  const endpoints: string[] = [];
  for (const caller of [callerOf('usr_carl', 'carl1'), anna(), ben()]) {
    const subscription = service.subscribe();
    endpoints.push(subscription.endpoint);
    await push.subscribe(draftOf(subscription), caller);
  }
  push.observe([requested('K7QF2M')]);
  await until('two messages', () => service.messages.length === 2);
  expect(tried).toEqual(endpoints.slice(1));
  expect(service.statuses).toEqual([201, 201]);
  expect(textOf(0)).toEqual({ tool: 'exec.run', agent: 'main', more: 0, url: '/approvals/?id=K7QF2M' });
  expect(service.messages[0]).toMatchObject({
    topic: 'approvals',
    urgency: 'high',
    key: push.publicKey,
    claims: { sub: 'https://gateway.example' },
  });
  expect(service.messages[0]?.ttlS).toBeGreaterThan(50);
  expect(service.messages[0]?.ttlS).toBeLessThanOrEqual(60);
});

it('B15 a browser that its push service does not know any more is forgotten, on record, and not tried again', async () => {
  const push = open();
  const subscription = service.subscribe();
  await push.subscribe(draftOf(subscription), anna());
  service.forget(subscription);
  push.observe([requested('AAAAAA')]);
  await until('the removal', async () => (await push.list(anna())).length === 0);
  expect((await typesOf()).at(-1)).toEqual(['push.unsubscribed', expect.objectContaining({ userId: 'usr_anna', reason: 'gone' })]);
  push.observe([requested('BBBBBB')]);
  await push.list(anna());
  expect(tried).toHaveLength(1);
  expect(service.statuses).toEqual([410]);
  expect(await metricsText()).toMatch(/openclaw_push_notifications_total\{result="gone"\} [1-9]/);
});

it('B15 a push service that is busy is asked again when it said so, and what was decided meanwhile is not sent', async () => {
  const push = open();
  await push.subscribe(draftOf(service.subscribe()), anna());
  service.fail({ status: 429, retryAfter: '0' }, { status: 429, retryAfter: '0' }, { status: 429, retryAfter: '1' });
  push.observe([requested('AAAAAA')]);
  await until('three refusals', () => service.statuses.length === 3);
  const toldAt = performance.now();
  waiting = [];
  push.observe([requested('BBBBBB')]);
  await until('the newer call', () => service.messages.length === 1);
  expect(performance.now() - toldAt).toBeGreaterThan(800);
  expect(textOf(0)).toMatchObject({ url: '/approvals/?id=BBBBBB' });
  service.fail({ status: 500 });
  push.observe([requested('CCCCCC')]);
  await until('a failure', () => service.statuses.length === 5);
  waiting = [];
  const looked = looks;
  await until('the second look', () => looks > looked);
  expect(service.messages).toHaveLength(1);
  expect(warned.join()).toContain('answered 429');
  expect(warned.join()).not.toContain('/push/');
});

it('B15 a push service that hangs holds up no other browser and keeps one notice for its own, the newest', async () => {
  const push = open({ egress: { to: () => ({ ...createEgress(LOCAL).to(), fetch: hanging }) } });
  const real = createEgress(LOCAL).to();
  const hung: string[] = [];
  const slow = service.subscribe();
  async function hanging(...[url, request]: Parameters<typeof real.fetch>) {
    if (url !== slow.endpoint) return await real.fetch(url, request);
    hung.push(String(url));
    return await new Promise<Response>((_, reject) => request?.signal?.addEventListener('abort', () => reject(request.signal?.reason)));
  }
  await push.subscribe(draftOf(slow), anna());
  await push.subscribe(draftOf(service.subscribe()), ben());
  for (let at = 0; at < 50; at++) {
    push.observe([requested(`CODE${at}`)]);
    await until(`call ${at}`, () => service.messages.at(-1)?.text.includes(`CODE${at}"`));
  }
  expect(hung).toHaveLength(1);
});

it('B15 a browser is told as long as its login lasts: not after a logout, the removal of the user, the erasure of the person or the loss of the role', async () => {
  const push = open();
  const end = async (event: object, user: string) => {
    push.observe([event as StoredEvent]);
    await until(`the end for ${user}`, async () => (await typesOf()).at(-1)?.[0] === 'push.unsubscribed');
    return (await typesOf()).at(-1)?.[1];
  };
  await push.subscribe(draftOf(service.subscribe()), anna());
  logins = logins.filter(({ id }) => id !== 'anna1');
  expect(await end(AuthLogout.create({ userId: 'usr_anna', loginSessionHash: 'anna1' }), 'anna')).toMatchObject({ reason: 'login_ended' });
  await push.subscribe(draftOf(service.subscribe()), ben());
  expect(
    await end(
      DataErased.create({ subject: subjectOf({ pseudonym }, 'user', 'usr_ben'), madeUntil: 1, events: 1, sessions: 0, keyDestroyed: true }),
      'ben',
    ),
  ).toMatchObject({ userId: 'usr_ben', reason: 'user_ended' });
  await push.subscribe(draftOf(service.subscribe()), ben());
  users.set('usr_ben', ['viewer']);
  push.observe([requested('AAAAAA')]);
  expect(await push.list(ben())).toHaveLength(1);
  users.delete('usr_ben');
  expect(await end(UserRemoved.create({ userId: 'usr_ben' }), 'ben')).toMatchObject({ reason: 'user_ended' });
  expect(tried).toEqual([]);
});

it('B15 subscriptions are there after a restart, are their owner’s only, and a browser that another signs in to is that one’s', async () => {
  const first = open();
  const shared = service.subscribe();
  const { id } = await first.subscribe(draftOf(shared), anna());
  expect(await first.list(anna())).toEqual([
    { id, device: 'Firefox on Linux', service: new URL(service.origin).host, since: expect.any(Number) },
  ]);
  expect(await first.list(ben())).toEqual([]);
  await expect(first.unsubscribe(id, ben())).rejects.toMatchObject({ code: 'PUSH_UNKNOWN' });
  await first.subscribe(draftOf(shared), anna());
  expect(await typesOf()).toHaveLength(1);
  const again = open();
  await again.load();
  expect(again.publicKey).toBe(first.publicKey);
  expect(await again.list(anna())).toHaveLength(1);
  await again.subscribe(draftOf(shared), ben());
  expect([await again.list(anna()), (await again.list(ben())).length]).toEqual([[], 1]);
  await again.unsubscribe(id, ben());
  expect(await again.list(ben())).toEqual([]);
});

it('B15 D a browser cannot make the gateway call its own network, nor be one of a program, of nobody or one too many', async () => {
  const strict = open({ egress: createEgress({ allowed: [], blocked: [] }) });
  const draft = draftOf(service.subscribe());
  const refused = async (endpoint: string, part = strict, caller = anna()) =>
    await part.subscribe({ ...draft, endpoint }, caller).then(
      () => 'taken',
      (error: { code?: string }) => error.code,
    );
  for (const endpoint of [
    draft.endpoint,
    'https://127.0.0.1/x',
    'https://10.0.0.7/x',
    'https://[::1]/x',
    'https://169.254.169.254/latest',
    'https://localhost:5432/',
  ])
    expect([endpoint, await refused(endpoint)]).toEqual([endpoint, 'EGRESS_REFUSED']);
  for (const endpoint of ['http://push.example/x', 'ftp://push.example/x', 'https://a:b@push.example/x', 'nonsense'])
    expect([endpoint, await refused(endpoint)]).toEqual([endpoint, 'PUSH_SUBSCRIPTION_INVALID']);
  expect(await refused('https://no-such-host.invalid/x')).toBe('PUSH_SERVICE_UNKNOWN');
  const push = open();
  await expect(push.subscribe({ ...draft, auth: 'AAAA' }, anna())).rejects.toMatchObject({ code: 'PUSH_SUBSCRIPTION_INVALID' });
  const program: Caller = { method: 'token', actor: { type: 'service_account', id: 'gateway-token' }, roles: ['admin'] };
  expect(await refused(draft.endpoint, push, program)).toBe('PUSH_NEEDS_LOGIN');
  expect(await refused(draft.endpoint, push, callerOf('usr_anna', 'ended'))).toBe('PUSH_NEEDS_LOGIN');
  for (let at = 0; at < 10; at++) await push.subscribe(draftOf(service.subscribe()), anna());
  expect(await refused(draft.endpoint, push)).toBe('PUSH_FULL');
  expect(await refused(draft.endpoint, push, ben())).toBe('taken');
  expect(service.statuses).toEqual([]);
});
