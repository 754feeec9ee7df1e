/** A credential that ends takes its open sockets and streams with it, on the built gateway. */
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type GatewayProcess, startGateway, until } from './gateway-process.ts';
import { type GatedModel, startGatedModel } from './stand-ins/gated-model.ts';

const LIMIT_MS = 1000;
const PROTOCOL = { minProtocol: 4, maxProtocol: 4, role: 'operator', scopes: ['operator.read', 'operator.pairing'] };
const CLIENT = { id: 'test', version: '1.0.0', platform: 'linux', mode: 'test' };

let gateway: GatewayProcess;
let model: GatedModel;
const measured: [string, number][] = [];

beforeAll(async () => {
  model = await startGatedModel();
  gateway = await startGateway({
    config: {
      models: { providers: { gated: { api: 'openai-completions', baseUrl: model.url, apiKey: 'none' } } },
      agents: { defaults: { model: 'gated/one' } },
    },
  });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await model[Symbol.asyncDispose]();
  process.stdout.write(
    `from the order to end it until the client saw it, in ms:\n${measured.map(([what, ms]) => `  ${what}: ${ms.toFixed(0)}`).join('\n')}\n`,
  );
});

type Frame = {
  readonly type: string;
  readonly event?: string;
  readonly id?: string;
  readonly ok?: boolean;
  readonly payload?: never;
  readonly error?: never;
};
type Hello = {
  readonly ok: boolean;
  readonly payload?: { readonly auth: { readonly deviceToken?: string } };
  readonly error?: { readonly code: string; readonly details: { readonly code: string; readonly requestId?: string } };
};

/** A device of somebody's, with a key of its own. */
function newDevice() {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
  const id = createHash('sha256').update(raw).digest('hex');
  return {
    id,
    prove(token: string, scopes: readonly string[], challenge: { readonly nonce: string; readonly ts: number }) {
      const line = ['v2', id, CLIENT.id, CLIENT.mode, PROTOCOL.role, scopes.join(','), challenge.ts, token, challenge.nonce].join('|');
      const signature = sign(null, Buffer.from(line), privateKey).toString('base64url');
      return { id, publicKey: raw.toString('base64url'), signature, signedAt: challenge.ts, nonce: challenge.nonce };
    },
  };
}

/** A socket that has said hello, and when it was closed. */
async function dial(
  options: { token?: string; headers?: Record<string, string>; device?: ReturnType<typeof newDevice>; scopes?: readonly string[] } = {},
) {
  const { token, headers, device, scopes = PROTOCOL.scopes } = options;
  const socket = new WebSocket(gateway.url().replace('http', 'ws'), headers ? { headers } : {});
  const closed = new Promise<{ code: number; at: number }>((resolve) =>
    socket.once('close', (code) => resolve({ code, at: performance.now() })),
  );
  const hello = await new Promise<Hello>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('message', (data) => {
      const frame = JSON.parse(String(data)) as Frame;
      if (frame.event === 'connect.challenge') {
        const proof = device && { device: device.prove(token ?? '', scopes, frame.payload as never) };
        const params = { ...PROTOCOL, scopes, client: CLIENT, ...(token && { auth: { token } }), ...proof };
        socket.send(JSON.stringify({ type: 'req', id: '1', method: 'connect', params }));
      }
      if (frame.type === 'res' && frame.id === '1') resolve(frame as Hello);
    });
  });
  const call = (method: string, params: object) =>
    new Promise<{ readonly payload: { readonly token?: string } }>((resolve) => {
      const id = crypto.randomUUID();
      socket.on('message', (data) => {
        const frame = JSON.parse(String(data)) as Frame;
        if (frame.id === id) resolve(frame as never);
      });
      socket.send(JSON.stringify({ type: 'req', id, method, params }));
    });
  return { socket, hello, closed, call };
}

/** A server-sent stream that has begun, and when it was cut. */
async function follow(path: string, headers: Record<string, string>, init: RequestInit = {}) {
  const response = await fetch(gateway.url() + path, { ...init, headers: { ...headers, ...(init.headers as Record<string, string>) } });
  expect(response.status).toBe(200);
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  await reader.read();
  const ended = (async () => {
    for (;;) {
      const { done } = await reader.read().catch(() => ({ done: true }));
      if (done) return performance.now();
    }
  })();
  return { ended };
}

const followEvents = (headers: Record<string, string>) => follow(`/trpc/events.live?input=${encodeURIComponent('{}')}`, headers);
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

async function within(what: string, ordered: number, ...ends: (Promise<number> | Promise<{ code: number; at: number }>)[]): Promise<void> {
  for (const [index, end] of ends.entries()) {
    const seen = await end;
    const at = typeof seen === 'number' ? seen : seen.at;
    if (typeof seen !== 'number') expect(seen.code).toBe(1008);
    measured.push([`${what}, ${typeof seen === 'number' ? 'stream' : 'WebSocket'} ${index + 1}`, at - ordered]);
    expect(at - ordered).toBeLessThan(LIMIT_MS);
  }
}

async function createServiceToken(name: string): Promise<{ readonly id: string; readonly token: string }> {
  const { code, stdout, stderr } = await gateway.command(['tokens', 'create', '--name', name, '--role', 'admin', '--json']);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return JSON.parse(stdout) as { id: string; token: string };
}

const post = (path: string, body?: object) => gateway.json(path, { method: 'POST', ...(body && { body: JSON.stringify(body) }) });

describe('Rotating or revoking a token ends its open sockets within 1 s', () => {
  it('a service token: revoked and rotated over HTTP', async () => {
    const revoked = await createServiceToken('revoked');
    const [socket, stream] = await Promise.all([dial({ token: revoked.token }), followEvents(bearer(revoked.token))]);
    expect(socket.hello.ok).toBe(true);
    const other = await dial({ token: await gateway.token() });
    const ordered = performance.now();
    expect(await post(`/api/access/tokens/${revoked.id}/revoke`)).toMatchObject({ state: 'revoked', connections: 2 });
    await within('service token revoked', ordered, socket.closed, stream.ended);
    expect((await fetch(`${gateway.url()}/api/status`, { headers: bearer(revoked.token) })).status).toBe(401);
    expect(other.socket.readyState).toBe(WebSocket.OPEN);
    other.socket.close();

    const rotated = await createServiceToken('rotated');
    const [second, events] = await Promise.all([dial({ token: rotated.token }), followEvents(bearer(rotated.token))]);
    const again = performance.now();
    const fresh = (await post(`/api/access/tokens/${rotated.id}/rotate`)) as { token: string };
    await within('service token rotated', again, second.closed, events.ended);
    const successor = await dial({ token: fresh.token });
    expect(successor.hello.ok).toBe(true);
    successor.socket.close();
  });

  it('an answer over HTTP that is waited for is cut off, too', async () => {
    const { id, token } = await createServiceToken('waits');
    const body = JSON.stringify({ model: 'openclaw/default', stream: true, messages: [{ role: 'user', content: 'hello' }] });
    const headers = { ...bearer(token), 'content-type': 'application/json' };
    const cut = fetch(`${gateway.url()}/v1/chat/completions`, { method: 'POST', body, headers }).then(
      () => expect.unreachable('it was answered'),
      () => performance.now(),
    );
    await until('the model to be asked', () => model.waiting() === 1);
    const ordered = performance.now();
    await post(`/api/access/tokens/${id}/revoke`);
    await within('service token revoked, answer not begun', ordered, cut);
  });

  it('a device token: given on connecting, good for its device only, then revoked', async () => {
    const device = newDevice();
    const first = await dial({ token: await gateway.token(), device });
    const deviceToken = first.hello.payload?.auth.deviceToken ?? '';
    expect(deviceToken).toMatch(/^ocg_dev_/);
    first.socket.close();
    const back = await dial({ token: deviceToken, device });
    expect(back.hello.ok).toBe(true);
    expect((await dial({ token: deviceToken })).hello.error?.code).toBe('INVALID_REQUEST');
    expect((await gateway.command(['devices', 'list'])).stdout).toContain(device.id.slice(0, 12));
    const ordered = performance.now();
    await post(`/api/access/devices/${device.id}/revoke`);
    await within('device token revoked', ordered, back.closed);
    expect((await dial({ token: deviceToken, device })).hello.error?.details.code).toBe('AUTH_TOKEN_MISMATCH');
  });

  it('a login session: signed out', async () => {
    const { code } = (await post('/api/sign-in-links')) as { code: string };
    const own = { origin: gateway.url() };
    const signedIn = await fetch(`${gateway.url()}/api/sign-in`, {
      method: 'POST',
      headers: { ...own, 'content-type': 'application/json' },
      body: JSON.stringify({ code }),
    });
    const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? '';
    const [socket, stream] = await Promise.all([dial({ headers: { ...own, cookie } }), followEvents({ ...own, cookie })]);
    expect(socket.hello.ok).toBe(true);
    const ordered = performance.now();
    const out = await fetch(`${gateway.url()}/api/sign-out`, { method: 'POST', headers: { ...own, cookie } });
    expect(out.status).toBe(200);
    await within('login session ended', ordered, socket.closed, stream.ended);
  });

  it('B5 the gateway token: openclaw gateway token --regenerate ends its sockets, and says so', async () => {
    const old = await gateway.token();
    const device = newDevice();
    const [socket, stream, byDevice] = await Promise.all([
      dial({ token: old }),
      followEvents(bearer(old)),
      dial({ token: old, device }).then(async ({ hello, socket: former }) => {
        former.close();
        return await dial({ token: hello.payload?.auth.deviceToken ?? '', device });
      }),
    ]);
    const ordered = performance.now();
    const { token } = (await post('/api/gateway-token')) as { token: string };
    await within('gateway token rotated', ordered, socket.closed, stream.ended, byDevice.closed);
    expect(await gateway.token()).toBe(token);
    expect((await dial({ token: old })).hello.ok).toBe(false);

    const last = await dial({ token });
    const { stderr, stdout } = await gateway.command(['gateway', 'token', '--regenerate']);
    expect(stderr).toMatch(/Ended with it: 1 open connection, \d login sessions?, \d device tokens?\./);
    expect((await last.closed).code).toBe(1008);
    expect(await gateway.token()).toBe(stdout.trim());
  });
});

describe('a device', () => {
  it('rotates its own token over WebSocket and gets the new one; for another device it is kept back', async () => {
    const [device, other] = [newDevice(), newDevice()];
    const token = (await dial({ token: await gateway.token(), device })).hello.payload?.auth.deviceToken ?? '';
    await dial({ token: await gateway.token(), device: other });
    const back = await dial({ token, device });
    const paired = await back.call('device.pair.list', {});
    expect(paired).toMatchObject({ payload: { paired: expect.arrayContaining([expect.objectContaining({ deviceId: device.id })]) } });
    const elsewhere = await back.call('device.token.rotate', { deviceId: other.id, role: 'operator' });
    expect(elsewhere.payload).toMatchObject({ tokenDelivery: 'withheld-cross-device' });
    expect(elsewhere.payload).not.toHaveProperty('token');
    const own = await back.call('device.token.rotate', { deviceId: device.id, role: 'operator' });
    expect(own.payload).toMatchObject({ tokenDelivery: 'in-band', token: expect.stringMatching(/^ocg_dev_/) });
    expect((await back.closed).code).toBe(1008);
    expect((await dial({ token, device })).hello.ok).toBe(false);
    expect((await dial({ token: own.payload.token ?? '', device })).hello.ok).toBe(true);
  });

  it('of an operator rotates its own token, and no other device’s', async () => {
    const [device, other] = [newDevice(), newDevice()];
    const { token } = await gateway.json<{ token: string }>('/api/access/tokens', {
      method: 'POST',
      body: JSON.stringify({ name: 'night shift', roles: ['operator'] }),
    });
    await dial({ token: await gateway.token(), device: other });
    const first = (await dial({ token, device })).hello.payload?.auth.deviceToken ?? '';
    const client = await dial({ token: first, device });
    const refused = await client.call('device.token.rotate', { deviceId: other.id, role: 'operator' });
    expect(refused).toMatchObject({ ok: false, error: { details: { code: 'FORBIDDEN' } } });
    const own = await client.call('device.token.rotate', { deviceId: device.id, role: 'operator' });
    expect((await dial({ token: first, device })).hello.ok).toBe(false);
    expect((await dial({ token: own.payload.token ?? '', device })).hello.ok).toBe(true);
  });

  it('that asks for more than its token was made for waits for approval', async () => {
    const device = newDevice();
    const token = (await dial({ token: await gateway.token(), device, scopes: ['operator.read'] })).hello.payload?.auth.deviceToken ?? '';
    const more = await dial({ token, device, scopes: ['operator.read', 'operator.admin'] });
    expect(more.hello.error).toMatchObject({ code: 'NOT_PAIRED', details: { reason: 'scope-upgrade' } });
    expect((await dial({ token, device, scopes: ['operator.read'] })).hello.ok).toBe(true);
  });
});

describe('a device with nothing but its key', () => {
  it('waits until it is approved, then comes in once and has a token of its own', async () => {
    const device = newDevice();
    const asked = await dial({ device });
    expect(asked.hello.error).toMatchObject({ code: 'NOT_PAIRED', details: { code: 'PAIRING_REQUIRED' } });
    expect((await asked.closed).code).toBe(1008);
    const requestId = asked.hello.error?.details.requestId ?? '';
    expect((await gateway.command(['devices', 'list'])).stdout).toContain(requestId);
    expect((await gateway.command(['devices', 'approve', requestId])).code).toBe(0);
    const approved = await dial({ device });
    const token = approved.hello.payload?.auth.deviceToken ?? '';
    expect(token).toMatch(/^ocg_dev_/);
    const again = await dial({ token, device });
    expect(again.hello.ok).toBe(true);
    expect((await dial({ device })).hello.error?.code).toBe('NOT_PAIRED');
    const rotated = await gateway.command(['devices', 'rotate', device.id.slice(0, 12)]);
    expect(rotated.stdout).toContain('open connections were ended');
    expect((await again.closed).code).toBe(1008);
    expect((await dial({ token, device })).hello.payload?.auth.deviceToken).toMatch(/^ocg_dev_/);
  });

  it('is turned away when it is rejected', async () => {
    const device = newDevice();
    const requestId = (await dial({ device })).hello.error?.details.requestId ?? '';
    expect((await gateway.command(['devices', 'reject', requestId])).code).toBe(0);
    expect((await gateway.command(['devices', 'approve', requestId])).stderr).toContain('No device waits under this id');
  });
});

describe('openclaw tokens', () => {
  it('creates, lists, rotates and revokes; a token is shown once and is in no event', async () => {
    const made = await gateway.command([
      'tokens',
      'create',
      '--name',
      'reporting',
      '--role',
      'viewer',
      '--scope',
      'status.read',
      '--expires',
      '90d',
    ]);
    const token = made.stdout.trim();
    expect(token).toMatch(/^ocg_svc_[0-9a-z]{10}_[0-9a-z]{59}$/);
    expect(made.stderr).toContain('it is not shown again');
    expect((await fetch(`${gateway.url()}/api/status`, { headers: bearer(token) })).status).toBe(200);
    const { tokens } = JSON.parse((await gateway.command(['tokens', 'list', '--json'])).stdout) as {
      tokens: { id: string; name: string; lastUsedAt?: number; scopes?: string[] }[];
    };
    const row = tokens.find(({ name }) => name === 'reporting');
    expect(row).toMatchObject({ scopes: ['status.read'], lastUsedAt: expect.any(Number) });
    expect((await gateway.command(['tokens', 'list'])).stdout).toContain(token.slice(0, 18));
    const rotated = (await gateway.command(['tokens', 'rotate', row?.id ?? ''])).stdout.trim();
    expect(rotated).not.toBe(token);
    // Another way to bring it: as the command line does.
    expect((await gateway.command(['status'], { env: { OPENCLAW_GATEWAY_TOKEN: rotated } })).code).toBe(0);
    expect((await gateway.command(['tokens', 'revoke', row?.id ?? ''])).stdout).toContain('reporting');
    expect((await gateway.command(['tokens', 'list'])).stdout).not.toContain('reporting');
    expect((await gateway.command(['tokens', 'list', '--all'])).stdout).toContain('revoked');
    const events = await gateway.request('/api/events?type=auth.token_issued,auth.token_revoked,auth.token_used&limit=50');
    expect(await events.text()).not.toContain(token.slice(20));
    expect((await gateway.command(['tokens', 'revoke', 'tok_none'])).stderr).toContain('There is no token with this id');
  });

  it('a token that may do little makes neither tokens, nor sign-in links, nor a new gateway token of more', async () => {
    const made = await gateway.command(['tokens', 'create', '--name', 'small', '--role', 'viewer']);
    const as = (path: string, body?: object) =>
      fetch(gateway.url() + path, {
        method: 'POST',
        headers: { ...bearer(made.stdout.trim()), 'content-type': 'application/json' },
        body: JSON.stringify(body ?? {}),
      });
    for (const path of ['/api/gateway-token', '/api/sign-in-links']) expect((await as(path)).status, path).toBe(403);
    expect((await as('/api/access/tokens', { name: 'more', roles: ['admin'] })).status).toBe(403);
  });

  it('is known again after a restart, with what has ended', async () => {
    const [kept, ended] = [await createServiceToken('kept'), await createServiceToken('ended')];
    await post(`/api/access/tokens/${ended.id}/revoke`);
    await gateway.stop();
    await gateway.start();
    const status = async (token: string) => (await fetch(`${gateway.url()}/api/status`, { headers: bearer(token) })).status;
    await until('the log to be read', async () => (await status(kept.token)) === 200);
    expect(await status(ended.token)).toBe(401);
  });
});
