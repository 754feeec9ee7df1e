import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { COOKIE } from './testing/fake-access.ts';
import { CLIENT, connectParams, ServedDoor } from './testing/served-door.ts';

describe('connect', () => {
  test('C4 a client that shows the token gets hello-ok with methods, events, scopes and policy', async () => {
    await using door = await ServedDoor.start();
    const { hello } = await door.join();
    expect(hello.ok).toBe(true);
    expect(hello.payload).toMatchObject({
      type: 'hello-ok',
      protocol: 4,
      auth: { role: 'operator', scopes: ['operator.admin'] },
      policy: { maxPayload: 26214400, tickIntervalMs: 15000 },
      snapshot: { sessionDefaults: { defaultAgentId: 'main', mainSessionKey: 'agent:main:main' }, authMode: 'token' },
    });
    expect(hello.payload.features.methods).toEqual(expect.arrayContaining(['chat.send', 'events.subscribe']));
    expect(hello.payload.features.events).toEqual(expect.arrayContaining(['chat', 'log.events', 'shutdown']));
  });

  test('C4 the shared secret is taken as password too', async () => {
    await using door = await ServedDoor.start();
    const { auth } = connectParams() as { auth: { token: string } };
    const { hello } = await door.join({ auth: { password: auth.token } });
    expect(hello.ok).toBe(true);
  });

  test.each([
    ['no credentials', undefined, 'AUTH_TOKEN_MISSING'],
    ['a wrong token', { token: 'wrong' }, 'AUTH_TOKEN_MISMATCH'],
    ['a wrong password', { password: 'wrong' }, 'AUTH_PASSWORD_MISMATCH'],
    ['a token this gateway never gave to a device', { token: 'old', deviceToken: 'old' }, 'AUTH_DEVICE_TOKEN_MISMATCH'],
  ])('C4 %s: the protocol says why, the socket closes with 1008 and the denial is recorded', async (_, auth, code) => {
    await using door = await ServedDoor.start();
    const client = await door.join({ auth });
    expect(client.hello).toMatchObject({
      ok: false,
      error: { code: 'INVALID_REQUEST', details: { code, canRetryWithDeviceToken: false } },
    });
    expect((await client.closed).code).toBe(1008);
    expect(door.access.denials).toHaveLength(1);
  });

  test('C4 a browser signed in to the dashboard needs no token, from the gateway’s own page only', async () => {
    await using door = await ServedDoor.start({ config: { gateway: { auth: { cors: { origins: ['*', 'https://named.example'] } } } } });
    const own = door.url.replace('ws:', 'http:').replace(/\/$/, '');
    const withCookie = (origin: string) => door.join({ auth: undefined }, { cookie: COOKIE, origin });
    expect((await withCookie(own)).hello.ok).toBe(true);
    expect((await withCookie('https://named.example')).hello.ok).toBe(true);
    expect((await withCookie('https://evil.example')).hello).toMatchObject({
      ok: false,
      error: { details: { code: 'AUTH_TOKEN_MISSING' } },
    });
  });

  test('C4 a page of another origin is refused even with the token', async () => {
    await using door = await ServedDoor.start();
    const client = await door.join({}, { origin: 'https://evil.example' });
    expect(client.hello).toMatchObject({ ok: false, error: { details: { code: 'CONTROL_UI_ORIGIN_NOT_ALLOWED' } } });
    expect((await client.closed).code).toBe(1008);
  });

  test('C4 other protocol versions are refused with the version that is spoken', async () => {
    await using door = await ServedDoor.start();
    const client = await door.join({ minProtocol: 2, maxProtocol: 3 });
    expect(client.hello.error?.details).toMatchObject({ code: 'PROTOCOL_MISMATCH', expectedProtocol: 4, clientMaxProtocol: 3 });
    expect((await client.closed).code).toBe(1002);
  });

  test.each(['node', 'worker'])('C4 the role %s is refused in words', async (role) => {
    await using door = await ServedDoor.start();
    const client = await door.join({ role });
    expect(client.hello.error).toMatchObject({ code: 'FORBIDDEN', message: expect.stringContaining(`role "${role}" is not supported`) });
  });

  test('C4 the granted scopes are those asked for that exist', async () => {
    await using door = await ServedDoor.start();
    const { hello } = await door.join({ scopes: ['operator.read', 'operator.everything'] });
    expect(hello.payload.auth.scopes).toEqual(['operator.read']);
  });

  test('C4 while the gateway starts, connect says so and when to come back', async () => {
    await using door = await ServedDoor.start();
    door.gateway.phase = 'starting';
    const client = await door.join();
    expect(client.hello.error).toMatchObject({
      code: 'UNAVAILABLE',
      retryable: true,
      retryAfterMs: 500,
      details: { reason: 'startup-sidecars' },
    });
    expect((await client.closed).code).toBe(1013);
  });

  test('C4 unknown parameters of connect are named', async () => {
    await using door = await ServedDoor.start();
    const client = await door.dial();
    const answer = await client.rawRequest('connect', connectParams({ surprise: 1 }));
    expect(answer.error?.message).toContain('surprise');
    expect((await client.closed).code).toBe(1008);
  });

  test('C4 anything before connect ends the connection', async () => {
    await using door = await ServedDoor.start();
    const client = await door.dial();
    const answer = await client.request('health');
    expect(answer.error?.message).toContain('the first request must be connect');
    expect((await client.closed).code).toBe(1008);
  });

  test('C4 a second connect is refused and the connection stays', async () => {
    await using door = await ServedDoor.start();
    const client = await door.join();
    expect((await client.request('connect', connectParams())).ok).toBe(false);
    expect((await client.request('config.get')).ok).toBe(true);
  });

  test('C4 a client that never connects is closed', async () => {
    await using door = await ServedDoor.start({ timing: { handshakeMs: 20 } });
    const client = await door.dial();
    expect(await client.closed).toEqual({ code: 1008, reason: 'connect timeout' });
    await expect.poll(() => door.door.connections()).toBe(0);
  });

  test('C4 when the token no longer holds, its connections end', async () => {
    await using door = await ServedDoor.start({ timing: { pingMs: 20 } });
    const client = await door.join();
    door.access.token = 'another-token-by-now';
    expect(await client.closed).toEqual({ code: 1008, reason: 'unauthorized: the credentials no longer hold' });
  });
});

describe('device identity', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
  const deviceId = createHash('sha256').update(raw).digest('hex');

  async function joinAsDevice(door: ServedDoor, change: (device: Record<string, unknown>) => object = () => ({}), version = 'v3') {
    const client = await door.dial();
    const { payload } = await client.event('connect.challenge');
    const { auth } = connectParams() as { auth: { token: string } };
    const line = [version, deviceId, CLIENT.id, CLIENT.mode, 'operator', 'operator.admin', payload['ts'], auth.token, payload['nonce']];
    if (version === 'v3') line.push('linux', 'laptop');
    const device = {
      id: deviceId,
      publicKey: raw.toString('base64url'),
      signature: sign(null, Buffer.from(line.join('|')), privateKey).toString('base64url'),
      signedAt: payload['ts'],
      nonce: payload['nonce'],
    };
    const params = connectParams({
      client: { ...CLIENT, platform: ' Linux', deviceFamily: 'Laptop' },
      device: { ...device, ...change(device) },
    });
    return client.request('connect', params);
  }

  test.each(['v3', 'v2'])('C4 a device that signs its parameters (%s) is let in', async (version) => {
    await using door = await ServedDoor.start();
    const hello = await joinAsDevice(door, undefined, version);
    expect(hello).toMatchObject({ ok: true, payload: { auth: { deviceToken: 'a-device-token', issuedAtMs: 1 } } });
  });

  test.each([
    ['another nonce', () => ({ nonce: 'other' }), 'DEVICE_AUTH_NONCE_MISMATCH'],
    ['an old signature', () => ({ signedAt: 1 }), 'DEVICE_AUTH_SIGNATURE_EXPIRED'],
    ['a key that is none', () => ({ publicKey: 'AAAA' }), 'DEVICE_AUTH_PUBLIC_KEY_INVALID'],
    ['the id of another key', () => ({ id: 'f'.repeat(64) }), 'DEVICE_AUTH_DEVICE_ID_MISMATCH'],
    ['a signature of something else', () => ({ signature: Buffer.alloc(64).toString('base64url') }), 'DEVICE_AUTH_SIGNATURE_INVALID'],
  ])('C4 a device with %s is refused, token or not', async (_, change, code) => {
    await using door = await ServedDoor.start();
    expect((await joinAsDevice(door, change)).error?.details).toMatchObject({ code });
  });
});

test('C4 a plain request to the same path stays with whoever serves pages', async () => {
  await using door = await ServedDoor.start();
  const response = await fetch(door.url.replace('ws:', 'http:'));
  expect(await response.text()).toBe('a page');
});
