/**
 * Every route, procedure and method that the running gateway has × every role × own, other and no object, over real sockets. What it
 * does not know fails: a route that is not in the table, and one that is about conversations and names no object here.
 */
import { GatewayError, newId } from '@openclaw-gateway/events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ServedGateway, serveGateway } from '../http/testing/served-gateway.ts';
import { appRouter } from '../trpc/router.ts';
import { METHODS } from '../ws/methods/index.ts';
import { RawClient, type ResponseFrame } from '../ws/testing/raw-client.ts';
import { connectParams } from '../ws/testing/served-door.ts';
import { type Need, PROCEDURES, ROUTES, reachOf, SOCKET_METHODS } from './permissions.ts';
import type { Role } from './roles.ts';
import { CALLERS, type CallerName, letIn, type MatrixToken } from './testing/matrix-callers.ts';
import { routesOf } from './testing/routes.ts';

const FROM_ELSEWHERE = { 'x-forwarded-for': '203.0.113.9' };
const OBJECTS = ['own', 'other', 'none'] as const;
type Owned = (typeof OBJECTS)[number];

const sessionIds = { own: newId('session'), other: newId('session'), none: newId('session') };
const messageIds = { own: newId('message'), other: newId('message'), none: newId('message') };
const attachmentIds = { own: newId('attachment'), other: newId('attachment'), none: newId('attachment') };

/** What is about conversations: how each names the one it is about, or why there is none to name. */
const HTTP_OBJECTS: Readonly<Record<string, ((owned: Owned) => string) | 'lists the own' | 'names its own'>> = {
  'POST /api/messages': 'names its own',
  'POST /v1/chat/completions': 'names its own',
  'GET /api/messages': 'lists the own',
  'GET /api/sessions': 'lists the own',
  'GET /api/messages/:id': (owned) => `/api/messages/${messageIds[owned]}`,
  'GET /api/sessions/:id': (owned) => `/api/sessions/${sessionIds[owned]}`,
  'GET /api/attachments/:id': (owned) => `/api/attachments/${attachmentIds[owned]}`,
};
const TRPC_OBJECTS: Readonly<Record<string, ((owned: Owned) => object) | 'lists the own'>> = {
  'sessions.list': 'lists the own',
  'sessions.get': (owned) => ({ sessionId: sessionIds[owned], limit: 5 }),
  'sessions.turn': (owned) => ({ messageId: messageIds[owned] }),
  'sessions.events': (owned) => ({ sessionId: sessionIds[owned], limit: 5 }),
  'sessions.facts': (owned) => ({ sessionId: sessionIds[owned] }),
  'history.session': (owned) => ({ sessionId: sessionIds[owned], at: '1' }),
  'history.steps': (owned) => ({ sessionId: sessionIds[owned], at: 1, count: 0 }),
  'history.context': (owned) => ({ sessionId: sessionIds[owned], at: 1 }),
};
const SOCKET_OBJECTS: Readonly<Record<string, ((owned: Owned) => object) | 'lists the own' | 'names its own'>> = {
  'sessions.list': 'lists the own',
  'chat.send': 'names its own',
  'chat.history': 'names its own',
  'chat.abort': (owned) => ({ sessionKey: 'main', runId: messageIds[owned] }),
  agent: (owned) => ({ sessionId: sessionIds[owned], message: 'hi', idempotencyKey: crypto.randomUUID() }),
  'agent.wait': (owned) => ({ runId: messageIds[owned], timeoutMs: 0 }),
};

const FILE = { name: 'a.txt', mimeType: 'text/plain', size: 1 };

let gateway: ServedGateway;
let tokens: Readonly<Record<Role, MatrixToken>>;
let owner = '';
let calls = 0;
const startedAt = performance.now();
const rows: string[] = [];

beforeAll(async () => {
  gateway = await serveGateway({ gateway: { network: { trustedProxies: ['127.0.0.1'] } } });
  tokens = await letIn(gateway);
  const keyOf = { own: () => `agent:main:user:${owner}:work`, other: () => 'agent:main:user:usr_somebody_else:work' } as const;
  const session = (id: string) => {
    const owned = OBJECTS.find((name) => sessionIds[name] === id);
    return owned === undefined || owned === 'none' ? undefined : sessionRow(id, keyOf[owned]());
  };
  const message = (id: string) => {
    const owned = OBJECTS.find((name) => messageIds[name] === id);
    return owned === undefined || owned === 'none' ? undefined : { ...JOURNEY, messageId: id, sessionId: sessionIds[owned] };
  };
  const attachment = (id: string) => {
    const owned = OBJECTS.find((name) => attachmentIds[name] === id);
    return owned === undefined || owned === 'none' ? undefined : { id, position: 1, file: '', size: 1, sessionId: sessionIds[owned] };
  };
  Object.assign(gateway.views, {
    session,
    message,
    attachment,
    messageByRequestId: () => undefined,
    messageEvents: () => [],
    messages: ({ keyPrefixes }: { keyPrefixes?: string[] }) => ({ rows: keyPrefixes ? [] : [JOURNEY], head: 7 }),
    sessions: ({ keyPrefixes }: { keyPrefixes?: string[] }) => ({
      rows: (['own', 'other'] as const)
        .map((owned) => sessionRow(sessionIds[owned], keyOf[owned]()))
        .filter((row) => !keyPrefixes || keyPrefixes.some((prefix) => row.sessionKey.startsWith(prefix))),
      head: 7,
    }),
    sessionState: (id: string) => ({ ...STATE, version: session(id) ? 1 : 0 }),
  });
  const resolveSession = (key: string) => {
    const sessionKey = key.startsWith('agent:') ? key : `agent:main:${key}`;
    const known = (['own', 'other'] as const).find((owned) => keyOf[owned]() === sessionKey);
    return { sessionKey, agentId: 'main', sessionId: sessionIds[known ?? 'none'] };
  };
  const underWay = () => Promise.reject(new GatewayError('DEADLINE_EXCEEDED'));
  Object.assign(gateway.parts.pipeline, { resolveSession, outcome: underWay });
  Object.assign(gateway.parts.store.log, {
    readAt: async () => ({ position: 1, time: 1, data: { attachments: OBJECTS.map((name) => ({ ...FILE, id: attachmentIds[name] })) } }),
  });
  Object.assign(gateway.parts.attachments, { read: async () => Buffer.from('x') });
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  process.stdout.write(`The authorisation matrix made ${calls} calls.\n`);
});

const headersOf = (caller: CallerName): Record<string, string> => ({
  ...FROM_ELSEWHERE,
  'content-type': 'application/json',
  ...(caller !== 'none' && { authorization: `Bearer ${tokens[caller].token}` }),
});

/** Who a caller is to the gateway. */
const idOf = (caller: CallerName): string => (caller === 'none' ? 'nobody' : tokens[caller].id);

/** `refused`: who is known may not. `unknown`: nobody knows who it is. */
type Answer = 'allowed' | 'refused' | 'unknown' | 'not there';

const expected = (caller: CallerName, need: Need): Answer => {
  if (need === 'public' || need === 'own-check') return 'allowed';
  if (caller === 'none') return 'unknown';
  return reachOf({ roles: [caller] }, need) === undefined ? 'refused' : 'allowed';
};

const expectedOf = (caller: CallerName, need: Need, owned: Owned): Answer => {
  const answer = expected(caller, need);
  if (answer !== 'allowed' || caller === 'none') return answer;
  const isReached = owned === 'own' || (owned === 'other' && reachOf({ roles: [caller] }, need) === 'all');
  return isReached ? 'allowed' : 'not there';
};

const answerOf = (status: number): Answer =>
  status === 401 ? 'unknown' : status === 403 ? 'refused' : status === 404 ? 'not there' : 'allowed';

/** One line a call in what is on record: who may. */
function note(name: string, allowed: (caller: CallerName) => boolean): void {
  rows.push(`${name.padEnd(44)} ${CALLERS.filter(allowed).join(' ') || '-'}`);
}

async function http(method: string, url: string, caller: CallerName): Promise<{ status: number; body: string }> {
  calls += 1;
  const body = ['GET', 'HEAD', 'OPTIONS', 'TRACE'].includes(method) ? {} : { body: '{}' };
  const response = await fetch(gateway.url + url, { method, headers: headersOf(caller), signal: AbortSignal.timeout(20_000), ...body });
  return { status: response.status, body: await response.text() };
}

/** Routes that look at the proof itself and not only at who brings it. */
const ASK_THEMSELVES: Readonly<Record<string, (caller: CallerName) => Answer | undefined>> = {
  'GET /api/me': (caller) => (caller === 'none' ? 'unknown' : undefined),
  // With a token a link is the owner's.
  'POST /api/sign-in-links': (caller) => (caller === 'none' ? 'unknown' : caller === 'admin' ? 'allowed' : 'refused'),
  // These tokens may not be exchanged, which is for those alone to know who hold them.
  'POST /api/access/tokens/refresh': (caller) => (caller === 'none' ? 'unknown' : 'refused'),
  // For the cookie of a login only.
  'POST /auth/token': () => 'refused',
};
/** There only while the configuration names another path than `/auth/callback`. */
const NOT_ALWAYS = ['GET <callback>'];

describe('T17 over HTTP', () => {
  const isTried = (method: string) => !['TRACE', 'OPTIONS', 'QUERY'].includes(method);

  it('every route of the router is in the table, and nothing in the table is not there', () => {
    const found = routesOf(gateway.app).map(({ method, url, isSocket }) => tableKey(method, url, isSocket));
    expect(found.filter((keys) => !keys.some((key) => key in ROUTES))).toEqual([]);
    const all = new Set(found.flat());
    expect(Object.keys(ROUTES).filter((key) => !all.has(key))).toEqual(NOT_ALWAYS);
    expect(found.length).toBeGreaterThan(80);
  });

  it('every route about conversations names the one it is about', () => {
    const about = Object.entries(ROUTES).flatMap(([key, need]) => (typeof need === 'object' && 'own' in need ? [key] : []));
    expect(about.toSorted()).toEqual(Object.keys(HTTP_OBJECTS).toSorted());
  });

  it('each role is let through to what the table says, and to nothing else', { timeout: 300_000 }, async () => {
    const wrong: string[] = [];
    for (const { method, url, isSocket } of routesOf(gateway.app)) {
      if (isSocket || !isTried(method)) continue;
      const key = tableKey(method, url, isSocket).find((name) => name in ROUTES) ?? '';
      const need = ROUTES[key] ?? 'public';
      const allowed = new Set<CallerName>();
      for (const caller of CALLERS) {
        const { status } = await http(method, fill(url), caller);
        const wanted = ASK_THEMSELVES[key]?.(caller) ?? expected(caller, need);
        const answer = answerOf(status);
        // What is not there for want of an object was let through.
        const got = answer === 'not there' ? 'allowed' : answer;
        if (got !== wanted) wrong.push(`${method} ${url} as ${caller}: ${got} (${status}) instead of ${wanted}`);
        if (got === 'allowed') allowed.add(caller);
      }
      if (method !== 'HEAD' && !key.startsWith('* ')) note(`${method} ${url}`, (caller) => allowed.has(caller));
    }
    expect(wrong).toEqual([]);
  });

  it('who reaches only the own conversations gets the same answer for others as for none', { timeout: 120_000 }, async () => {
    const wrong: string[] = [];
    for (const [key, path] of Object.entries(HTTP_OBJECTS)) {
      if (typeof path === 'string') continue;
      for (const caller of CALLERS) {
        owner = idOf(caller);
        const bodies = new Map<Owned, string>();
        for (const owned of OBJECTS) {
          const { status, body } = await http('GET', path(owned), caller);
          bodies.set(owned, body);
          const wanted = expectedOf(caller, ROUTES[key] ?? 'public', owned);
          if (answerOf(status) !== wanted) wrong.push(`${key} (${owned}) as ${caller}: ${status} instead of ${wanted}`);
        }
        if (caller === 'user') expect(bodies.get('other')).toBe(bodies.get('none'));
      }
    }
    expect(wrong).toEqual([]);
  });

  it('who reaches only the own conversations lists no others', async () => {
    owner = idOf('user');
    const list = async (caller: CallerName) => JSON.parse((await http('GET', '/api/sessions', caller)).body).rows.length;
    expect(await list('user')).toBe(1);
    expect(await list('viewer')).toBe(2);
    expect(JSON.parse((await http('GET', '/api/messages', 'user')).body).rows).toEqual([]);
  });

  it('a refusal names what is missing, and is recorded with who it was, folded', async () => {
    const { status, body } = await http('PATCH', '/api/config', 'viewer');
    expect(status).toBe(403);
    expect(JSON.parse(body).error).toMatchObject({ code: 'FORBIDDEN', details: { permission: 'config.write', roles: ['viewer'] } });
    const refusals = gateway.recorded.filter(({ event }) => event.type === 'auth.forbidden');
    const mine = refusals.filter(({ metadata }) => metadata?.actor?.id === idOf('viewer'));
    expect(mine.map(({ event }) => (event.data as { rule: string }).rule)).toContain('config.write');
    expect(mine[0]?.event.data).toMatchObject({ door: 'http', roles: ['viewer'], client: { address: '203.0.113.9' } });
    // Hundreds were refused; of each caller and permission the first is written, then one for all of every 10 s.
    const most = 1 + Math.ceil((performance.now() - startedAt) / 10_000);
    for (const [rule, written] of Map.groupBy(mine, ({ event }) => (event.data as { rule: string }).rule))
      expect(written.length, rule).toBeLessThanOrEqual(most);
  });
});

describe('T17 over tRPC', () => {
  const procedures = Object.entries(appRouter._def.procedures) as unknown as [string, { readonly _def: { readonly type: string } }][];

  async function call(path: string, type: string, caller: CallerName, input?: object): Promise<{ answer: Answer; body: string }> {
    calls += 1;
    const query = input && type !== 'mutation' ? `?input=${encodeURIComponent(JSON.stringify(input))}` : '';
    const stop = new AbortController();
    const response = await fetch(`${gateway.url}/trpc/${path}${query}`, {
      method: type === 'mutation' ? 'POST' : 'GET',
      headers: headersOf(caller),
      signal: AbortSignal.any([stop.signal, AbortSignal.timeout(20_000)]),
      ...(type === 'mutation' && { body: JSON.stringify(input ?? {}) }),
    });
    if (response.headers.get('content-type')?.includes('text/event-stream')) {
      const first = await firstText(response);
      stop.abort();
      return { answer: first.includes('"FORBIDDEN"') ? 'refused' : first.includes('"UNAUTHORIZED"') ? 'unknown' : 'allowed', body: first };
    }
    return { answer: answerOf(response.status), body: await response.text() };
  }

  it('every procedure is in the table, and nothing in the table is not there', () => {
    expect(procedures.map(([path]) => path).toSorted()).toEqual(Object.keys(PROCEDURES).toSorted());
    const about = Object.entries(PROCEDURES).flatMap(([path, need]) => (typeof need === 'object' && 'own' in need ? [path] : []));
    expect(about.toSorted()).toEqual(Object.keys(TRPC_OBJECTS).toSorted());
  });

  it('each role is let through to what the table says, and to nothing else', { timeout: 300_000 }, async () => {
    const wrong: string[] = [];
    for (const [path, { _def }] of procedures) {
      const allowed = new Set<CallerName>();
      for (const caller of CALLERS) {
        const { answer } = await call(path, _def.type, caller);
        const got = answer === 'not there' ? 'allowed' : answer;
        const wanted = expected(caller, PROCEDURES[path] ?? 'public');
        if (got !== wanted) wrong.push(`${path} as ${caller}: ${got} instead of ${wanted}`);
        if (got === 'allowed') allowed.add(caller);
      }
      note(`trpc ${path}`, (caller) => allowed.has(caller));
    }
    expect(wrong).toEqual([]);
  });

  it('who reaches only the own conversations gets the same answer for others as for none', { timeout: 120_000 }, async () => {
    const wrong: string[] = [];
    for (const [path, input] of Object.entries(TRPC_OBJECTS)) {
      if (typeof input === 'string') continue;
      for (const caller of CALLERS) {
        owner = idOf(caller);
        for (const owned of OBJECTS) {
          const { answer, body } = await call(path, 'query', caller, input(owned));
          const wanted = expectedOf(caller, PROCEDURES[path] ?? 'public', owned);
          if (answer !== wanted) wrong.push(`${path} (${owned}) as ${caller}: ${answer} instead of ${wanted}: ${body.slice(0, 200)}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });
});

describe('T17 over WebSocket', () => {
  async function connect(caller: Role): Promise<{ client: RawClient; hello: ResponseFrame }> {
    const client = new RawClient(gateway.url.replace('http', 'ws'), { headers: FROM_ELSEWHERE });
    await client.event('connect.challenge');
    const hello = await client.rawRequest('connect', connectParams({ auth: { token: tokens[caller].token } }));
    return { client, hello };
  }

  const forbidden = ({ error }: ResponseFrame) => error?.code === 'FORBIDDEN';

  it('every method is in the table, and nothing in the table is not there', () => {
    expect([...METHODS.keys()].toSorted()).toEqual(Object.keys(SOCKET_METHODS).toSorted());
    const about = Object.entries(SOCKET_METHODS).flatMap(([name, need]) => (typeof need === 'object' && 'own' in need ? [name] : []));
    expect(about.toSorted()).toEqual(Object.keys(SOCKET_OBJECTS).toSorted());
  });

  it('each role gets the scopes that fit it, and is let through to what the table says', { timeout: 120_000 }, async () => {
    const wrong: string[] = [];
    const allowed = new Map<string, CallerName[]>();
    const scopes: Record<string, unknown> = {};
    for (const caller of CALLERS) {
      if (caller === 'none') continue;
      const { client, hello } = await connect(caller);
      expect(hello.ok, caller).toBe(true);
      scopes[caller] = hello.payload.auth.scopes;
      for (const [name] of METHODS) {
        calls += 1;
        const answer = await client.rawRequest(name, { unknown: true });
        const wanted = expected(caller, SOCKET_METHODS[name] ?? 'public');
        if (forbidden(answer) !== (wanted === 'refused')) wrong.push(`${name} as ${caller}: ${JSON.stringify(answer.error)}`);
        if (!forbidden(answer)) allowed.set(name, [...(allowed.get(name) ?? []), caller]);
        expect(hello.payload.features.methods.includes(name), `${name} is offered to ${caller}`).toBe(wanted === 'allowed');
      }
      await client.close();
    }
    for (const [name] of METHODS) note(`ws ${name}`, (caller) => allowed.get(name)?.includes(caller) === true);
    expect(wrong).toEqual([]);
    const chat = ['operator.read', 'operator.write', 'operator.questions', 'operator.talk'];
    expect(scopes).toEqual({
      user: chat,
      viewer: ['operator.read'],
      operator: chat,
      approver: ['operator.read', 'operator.approvals'],
      auditor: ['operator.read'],
      admin: ['operator.admin'],
    });
  });

  it('nobody without a proof comes in', async () => {
    const client = new RawClient(gateway.url.replace('http', 'ws'), { headers: FROM_ELSEWHERE });
    await client.event('connect.challenge');
    expect((await client.rawRequest('connect', connectParams({ auth: {} }))).ok).toBe(false);
    expect((await client.closed).code).toBe(1008);
  });

  it('who reaches only the own conversations gets the same answer for others as for none', { timeout: 120_000 }, async () => {
    const wrong: string[] = [];
    for (const caller of ['user', 'operator', 'admin'] as const) {
      owner = idOf(caller);
      const { client } = await connect(caller);
      for (const [name, params] of Object.entries(SOCKET_OBJECTS)) {
        if (typeof params === 'string') continue;
        const codes = new Map<Owned, unknown>();
        for (const owned of OBJECTS) {
          calls += 1;
          const { ok, error } = await client.rawRequest(name, params(owned));
          const code = error?.details?.['code'];
          codes.set(owned, code);
          const got = code === 'SESSION_NOT_FOUND' || code === 'RUN_NOT_FOUND' ? 'not there' : ok ? 'allowed' : String(code);
          const wanted = expectedOf(caller, SOCKET_METHODS[name] ?? 'public', owned);
          if (got !== wanted) wrong.push(`${name} (${owned}) as ${caller}: ${got} instead of ${wanted}`);
        }
        if (caller === 'user') expect(codes.get('other')).toBe(codes.get('none'));
      }
      await client.close();
    }
    expect(wrong).toEqual([]);
  });
});

it('T17 what each role may do is what is on record', async () => {
  await expect(`${rows.toSorted().join('\n')}\n`).toMatchFileSnapshot('testing/matrix.txt');
});

function tableKey(method: string, url: string, isSocket: boolean): string[] {
  const path = url === '/metrics' ? '<metrics>' : url.replace(/^\/hooks\//, '<hooks>/');
  const at = isSocket ? `${path} (websocket)` : path;
  return [`${method === 'HEAD' ? 'GET' : method} ${at}`, `* ${at}`];
}

function fill(url: string): string {
  return url
    .replace(/:position/, '1')
    .replace(/:\w+/g, 'nothing')
    .replace('*', 'nothing');
}

async function firstText(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let text = '';
  while (reader && !/data: .*\n/.test(text)) {
    const { value, done } = await reader.read();
    if (done) break;
    text += decoder.decode(value, { stream: true });
  }
  return text;
}

function sessionRow(sessionId: string, sessionKey: string) {
  const counts = { openedAt: 1, lastTime: 1, lastPosition: 1, turns: 1, messages: 1, openMessages: 0, inputTokens: 0, outputTokens: 0 };
  return {
    sessionId,
    sessionKey,
    title: 't',
    agentId: 'main',
    channel: 'http',
    account: 'default',
    peerId: 'p',
    ...counts,
    lastOutcome: 'delivered',
  };
}

const JOURNEY = {
  messageId: messageIds.other,
  position: 1,
  channel: 'http',
  senderId: 'somebody',
  text: 'hi',
  status: 'delivered',
  settled: true,
  receivedAt: 1,
  duplicates: 0,
  attempts: 1,
};

const STATE = { transcript: [], open: new Map(), closed: false, version: 1, position: 1, agentId: 'main' };
