/** Tokens as the gateway keeps them: over a real log, so that what a restart finds is what was there before. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore, type Store } from '@openclaw-gateway/db';
import { GatewayError, type StoredEvent } from '@openclaw-gateway/events';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { configSchema } from '../config/schema/index.ts';
import { wholeStream } from '../whole-stream.ts';
import { type Access, type AccessOptions, type Caller, createAccess } from './index.ts';

const DAY_MS = 86_400_000;
const ADMIN: Caller = { method: 'token', actor: { type: 'service_account', id: 'gateway-token' }, roles: ['admin'] };
const SOCKET = { remoteAddress: '192.0.2.7' };
const DEVICE = { id: 'd'.repeat(64), role: 'operator', scopes: ['operator.read'], clientId: 'test', platform: 'linux' };

let stateDir: string;
let store: Store;
let access: Access;
let gateway: object;
const opened: Access[] = [];
const listeners = new Set<() => void>();

beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'tokens-'));
  store = await openStore({ dir: join(stateDir, 'state') });
  gateway = {};
  access = await open();
});

afterEach(async () => {
  vi.useRealTimers();
  for (const part of opened.splice(0)) await part.close();
  await store.close();
  await rm(stateDir, { recursive: true });
});

/** The gateway's access, as a start on this log makes it. */
async function open(): Promise<Access> {
  const config = {
    current: () => ({ config: configSchema.parse({ gateway }) }),
    onChange: (listener: () => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  } as unknown as AccessOptions['config'];
  const part = await createAccess({
    gatewayId: 'gw_test',
    stateDir,
    config,
    env: {},
    history: (streamId) => wholeStream(store.log, streamId),
    record: (streamId, event, metadata = {}) => store.log.append({ events: [{ streamId, event, metadata }] }),
    pseudonym: store.pseudonym,
    logger: { warn: (_, message) => expect.unreachable(message) },
  });
  opened.push(part);
  return part;
}

function configure(auth: object): void {
  gateway = { auth };
  for (const listener of listeners) listener();
}

const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` }, socket: SOCKET });
const identified = async (token: string, of: Access = access) => {
  const found = await of.identify(bearer(token));
  return found instanceof GatewayError ? found.code : found;
};
const code = (promise: Promise<unknown>) =>
  promise.then(
    () => 'fulfilled',
    (error: unknown) => (error instanceof GatewayError ? error.code : String(error)),
  );
const create = (order: object = {}) => access.tokens.create({ name: 'ci', roles: ['operator'], ...order }, ADMIN);
const events = () => store.log.readStream('auth/tokens', { limit: 100 });
const types = async () =>
  (await events()).map(({ type, data }: StoredEvent) => `${type} ${(data as { reason?: string }).reason ?? ''}`.trim());
const later = (ms: number) => vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ms });

describe('a service token', () => {
  test('opens the gateway as what it was made for, and the log holds its hash only', async () => {
    const { token, id } = await create({ permissions: ['status.read', 'messages.send'] });
    expect(await identified(token)).toEqual({
      method: 'token',
      actor: { type: 'service_account', id },
      roles: ['operator'],
      permissions: ['status.read', 'messages.send'],
      tokenId: id,
    });
    expect(JSON.stringify(await events())).not.toContain(token.slice(20));
    expect(JSON.stringify(access.tokens.services())).not.toContain(token.slice(20));
  });

  test('that is cut or unknown is told apart', async () => {
    const { token } = await create();
    const cut = await access.identify(bearer(token.slice(0, -1)));
    expect(cut).toMatchObject({ code: 'TOKEN_MISMATCH', message: expect.stringContaining('cut or mistyped') });
    expect(await identified('ocg_svc_0000000000_x')).toBe('TOKEN_MISMATCH');
  });

  test('survives a restart with its scopes, its use and its end', async () => {
    const [kept, ended] = [await create({ permissions: ['status.read'] }), await create({ name: 'old' })];
    await identified(kept.token);
    await access.tokens.revoke(ended.id, ADMIN.actor);
    await vi.waitFor(async () => expect(await types()).toContain('auth.token_used'));
    const again = await open();
    expect(await identified(kept.token, again)).toMatchObject({ permissions: ['status.read'], tokenId: kept.id });
    expect(await identified(ended.token, again)).toBe('TOKEN_REVOKED');
    expect(again.tokens.services()).toMatchObject([
      { id: kept.id, state: 'active', lastUsedFrom: '192.0.2.7', createdBy: 'gateway-token' },
      { id: ended.id, state: 'revoked', reason: 'revoked' },
    ]);
  });

  test('its use is shown at once and recorded at most once a day', async () => {
    const { token, id } = await create();
    for (let use = 0; use < 20; use++) await identified(token);
    expect(access.tokens.services()[0]?.lastUsedAt).toBeGreaterThan(0);
    await vi.waitFor(async () => expect((await types()).filter((type) => type === 'auth.token_used')).toHaveLength(1));
    later(DAY_MS);
    await identified(token);
    await vi.waitFor(async () => expect((await types()).filter((type) => type === 'auth.token_used')).toHaveLength(2));
    const [used] = (await events()).filter(({ type }) => type === 'auth.token_used');
    expect(used).toMatchObject({ data: { tokenId: id, client: { address: '192.0.2.7' } }, metadata: { actor: { id } } });
  });

  test('cannot be given more than its maker may do, and scopes only narrow', async () => {
    const maker: Caller = { ...ADMIN, permissions: ['access.manage', 'status.read'] };
    expect(await code(access.tokens.create({ name: 'x', roles: ['admin'] }, maker))).toBe('FORBIDDEN');
    expect(await code(access.tokens.create({ name: 'x', roles: ['viewer'], permissions: ['status.read'] }, maker))).toBe('fulfilled');
    const strong = await create({ roles: ['admin'] });
    expect(await code(access.tokens.rotate(strong.id, maker))).toBe('FORBIDDEN');
    expect(await code(create({ roles: ['viewer'], permissions: ['config.write'] }))).toBe('BAD_REQUEST');
    expect(await code(create({ permissions: [] }))).toBe('BAD_REQUEST');
  });

  test('rotated: the new one opens, the old one does not, and the id stays', async () => {
    const { token, id } = await create();
    const fresh = await access.tokens.rotate(id, ADMIN);
    expect(fresh.id).toBe(id);
    expect(await identified(token)).toBe('TOKEN_REVOKED');
    expect(await identified(fresh.token)).toMatchObject({ tokenId: id });
    expect(await code(access.tokens.rotate('tok_none', ADMIN))).toBe('TOKEN_UNKNOWN');
    await access.tokens.revoke(id, ADMIN.actor);
    expect(await code(access.tokens.rotate(id, ADMIN))).toBe('TOKEN_REVOKED');
  });

  test('gateway.auth.token.expiry and gateway.auth.tokenExpiry end it where it names no end of its own', async () => {
    configure({ tokenExpiry: '2d' });
    const byDefault = await create();
    configure({ token: { expiry: '1d' }, tokenExpiry: '2d' });
    const [short, own] = [await create(), await create({ lifetimeMs: 10 * DAY_MS })];
    later(DAY_MS);
    expect(await identified(short.token)).toBe('TOKEN_EXPIRED');
    expect(await identified(byDefault.token)).toMatchObject({ tokenId: byDefault.id });
    later(DAY_MS);
    expect(await identified(byDefault.token)).toBe('TOKEN_EXPIRED');
    expect(await identified(own.token)).toMatchObject({ tokenId: own.id });
    expect(access.tokens.services().map(({ state }) => state)).toEqual(['expired', 'expired', 'active']);
  });

  test('gateway.auth.token.length gives it more random bytes, never fewer than 32', async () => {
    const usual = (await create()).token.length;
    configure({ token: { length: 64 } });
    expect((await create()).token.length).toBe(usual + 2 * 26);
    configure({ token: { length: 16 } });
    expect((await create()).token.length).toBe(usual);
  });
});

describe('an exchange', () => {
  beforeEach(() => configure({ token: { expiry: '1d', refreshable: true, refreshExpiry: '3d' } }));

  test('gateway.auth.token.{refreshable,refreshExpiry}: a service token is exchanged, also when it has expired, until it is too old', async () => {
    const first = await create();
    const second = await access.refresh(bearer(first.token));
    expect(await identified(first.token)).toBe('TOKEN_REVOKED');
    expect(await identified(second.token)).toMatchObject({ tokenId: first.id });
    later(2 * DAY_MS);
    expect(await identified(second.token)).toBe('TOKEN_EXPIRED');
    const third = await access.refresh(bearer(second.token));
    expect(await identified(third.token)).toMatchObject({ tokenId: first.id });
    expect(third.expiresAt).toBe(access.tokens.services()[0]?.expiresAt);
    later(3 * DAY_MS);
    expect(await code(access.refresh(bearer(third.token)))).toBe('TOKEN_EXPIRED');
  });

  test('gateway.auth.token.refreshable: false refuses it and says which key to change', async () => {
    const { token } = await create();
    configure({});
    const error = await access.refresh(bearer(token)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'TOKEN_NOT_REFRESHABLE', remedy: expect.stringContaining('gateway.auth.token.refreshable') });
    expect(await code(access.refresh(bearer(access.token())))).toBe('TOKEN_NOT_REFRESHABLE');
    expect(await identified(token)).toMatchObject({ method: 'token' });
  });

  test('of a token that was exchanged before ends the whole family and is told as what it is', async () => {
    const first = await create();
    const second = await access.refresh(bearer(first.token));
    const third = await access.refresh(bearer(second.token));
    expect(await code(access.refresh(bearer(first.token)))).toBe('TOKEN_REUSED');
    expect(await identified(third.token)).toBe('TOKEN_REVOKED');
    const reused = (await events()).find(({ type }) => type === 'auth.token_reused');
    expect(reused).toMatchObject({ data: { tokenId: first.id, client: { address: '192.0.2.7' } } });
    const before = store.log.head();
    // The thief who goes on trying fills no log.
    for (let attempt = 0; attempt < 5; attempt++) expect(await code(access.refresh(bearer(first.token)))).toBe('TOKEN_REVOKED');
    expect((await events()).filter(({ position, type }) => position > before && type !== 'auth.denied')).toEqual([]);
  });

  test('of one token by two at once gives one of them a token, and then ends it', async () => {
    const { token } = await create();
    const outcomes = await Promise.all([access.refresh(bearer(token)), access.refresh(bearer(token))].map(code));
    expect(outcomes).toEqual(['fulfilled', 'TOKEN_REUSED']);
    expect(access.tokens.services()).toMatchObject([{ state: 'revoked', reason: 'reused' }]);
  });

  test('is remembered across a restart', async () => {
    const first = await create();
    await access.refresh(bearer(first.token));
    const again = await open();
    expect(await code(again.refresh(bearer(first.token)))).toBe('TOKEN_REUSED');
  });

  test('the gateway token is exchanged alike: the file follows, one that was exchanged twice is replaced with all it opened', async () => {
    const first = access.token();
    const cookie = (await access.signInWithToken(first)).cookie.split(';')[0] ?? '';
    const { token: second } = await access.refresh(bearer(first));
    expect(access.token()).toBe(second);
    expect(await identified(first)).toBe('TOKEN_MISMATCH');
    expect(await access.identify({ headers: { cookie } })).toMatchObject({ method: 'session' });
    expect(await code(access.refresh(bearer(first)))).toBe('TOKEN_REUSED');
    expect(access.token()).not.toBe(second);
    expect(await access.identify({ headers: { cookie } })).toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(await types()).toContain('auth.token_reused');
    expect(await code(access.refresh(bearer(first)))).toBe('TOKEN_REVOKED');
  });

  test('a gateway token that expired is exchanged within gateway.auth.token.refreshExpiry', async () => {
    const first = access.token();
    later(DAY_MS + 1000);
    expect(await identified(first)).toBe('TOKEN_EXPIRED');
    const { token } = await access.refresh(bearer(first));
    expect(access.token()).toBe(token);
    expect(await code(access.refresh(bearer(first)))).toBe('TOKEN_REUSED');
    const last = access.token();
    later(3 * DAY_MS + 1000);
    expect(await identified(last)).toBe('TOKEN_EXPIRED');
    expect(await code(access.refresh(bearer(last)))).toBe('TOKEN_EXPIRED');
  });

  test('a token that somebody set is not the gateway’s to exchange, and a change of it ends what it opened', async () => {
    configure({ token: 'a-token-of-my-own' });
    const end = vi.fn(() => true);
    const caller = await access.authenticate(bearer('a-token-of-my-own'));
    access.onRevoked(caller, end);
    const error = await access.refresh(bearer('a-token-of-my-own')).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'TOKEN_NOT_REFRESHABLE', message: expect.stringContaining('gateway.auth.token') });
    expect(end).not.toHaveBeenCalled();
    configure({ token: 'another-one-by-now' });
    expect(end).toHaveBeenCalledOnce();
  });

  test('without a token, or with a wrong one, is denied', async () => {
    expect(await code(access.refresh({ headers: {} }))).toBe('UNAUTHENTICATED');
    expect(await code(access.refresh(bearer('wrong')))).toBe('TOKEN_MISMATCH');
  });
});

describe('a device token', () => {
  const issue = (grantedBy: string) =>
    access.tokens.issueToDevice({ device: DEVICE, granted: { roles: ['operator'] }, grantedBy, actor: ADMIN.actor });

  test('opens for the device that proved its key, and nothing else', async () => {
    const { token, id } = await issue('gateway-token');
    expect(await identified(token)).toBe('TOKEN_MISMATCH');
    expect(await access.identify(bearer(token), 'e'.repeat(64))).toMatchObject({ code: 'TOKEN_MISMATCH' });
    expect(await access.identify(bearer(token), DEVICE.id)).toMatchObject({ roles: ['operator'], tokenId: id });
    expect(await code(access.refresh(bearer(token)))).toBe('TOKEN_NOT_REFRESHABLE');
  });

  test('made anew takes the place of the former one', async () => {
    const first = await issue('gateway-token');
    const second = await issue('gateway-token');
    expect(second.id).toBe(first.id);
    expect(await access.identify(bearer(first.token), DEVICE.id)).toMatchObject({ code: 'TOKEN_REVOKED' });
    expect(access.tokens.devices()).toHaveLength(1);
  });

  test('ends with the token on whose strength it was made', async () => {
    const service = await create();
    const byService = await issue(service.id);
    await access.tokens.revoke(service.id, ADMIN.actor);
    expect(await access.identify(bearer(byService.token), DEVICE.id)).toMatchObject({ code: 'TOKEN_REVOKED' });
    const byGateway = await issue('gateway-token');
    expect((await access.rotateToken(ADMIN.actor)).ended.deviceTokens).toBe(1);
    expect(await access.identify(bearer(byGateway.token), DEVICE.id)).toMatchObject({ code: 'TOKEN_REVOKED' });
    const brief = await create({ lifetimeMs: 1000 });
    const byBrief = await issue(brief.id);
    later(1000);
    expect(await access.identify(bearer(byBrief.token), DEVICE.id)).toMatchObject({ code: 'TOKEN_EXPIRED' });
    const approved = await issue('approval');
    await access.rotateToken(ADMIN.actor);
    expect(await access.identify(bearer(approved.token), DEVICE.id)).toMatchObject({ method: 'token' });
  });
});

describe('pairing', () => {
  test('an approved device takes its token once, within its time', async () => {
    const { requestId } = access.devices.request(DEVICE, 'key', SOCKET);
    expect(access.devices.pending()).toMatchObject([{ requestId, address: '192.0.2.7' }]);
    expect(await access.devices.collect(DEVICE.id, 'operator')).toBeUndefined();
    await access.devices.approve(requestId, ['viewer'], ADMIN);
    const collected = await access.devices.collect(DEVICE.id, 'operator');
    expect(collected).toMatchObject({ roles: ['viewer'], device: DEVICE });
    expect(await access.devices.collect(DEVICE.id, 'operator')).toBeUndefined();
    expect(access.devices.pending()).toEqual([]);
    expect(await types()).toContain('auth.device_approved');
  });

  test('a device that is rejected, or waits too long, is forgotten', async () => {
    const first = access.devices.request(DEVICE, 'key', SOCKET);
    expect(access.devices.request(DEVICE, 'key', SOCKET).requestId).toBe(first.requestId);
    await access.devices.reject(first.requestId, ADMIN.actor);
    expect(await code(access.devices.approve(first.requestId, ['operator'], ADMIN))).toBe('PAIRING_UNKNOWN');
    const second = access.devices.request(DEVICE, 'key', SOCKET);
    later(10 * 60_000);
    expect(await code(access.devices.approve(second.requestId, ['operator'], ADMIN))).toBe('PAIRING_UNKNOWN');
  });

  test('an approval that nobody comes for is void after 15 minutes', async () => {
    const { requestId } = access.devices.request(DEVICE, 'key', SOCKET);
    await access.devices.approve(requestId, ['operator'], ADMIN);
    later(15 * 60_000);
    expect(await access.devices.collect(DEVICE.id, 'operator')).toBeUndefined();
  });

  test('one address can have five devices wait, all of them a hundred', () => {
    const from = (address: string, at: number) =>
      access.devices.request({ ...DEVICE, id: `${address} ${at}` }, 'key', { remoteAddress: address });
    for (let at = 0; at < 5; at++) from('192.0.2.1', at);
    expect(() => from('192.0.2.1', 6)).toThrowError(expect.objectContaining({ code: 'RATE_LIMITED' }));
    for (let at = 0; at < 95; at++) from(`198.51.100.${at}`, 0);
    expect(() => from('203.0.113.1', 0)).toThrowError(expect.objectContaining({ code: 'RATE_LIMITED' }));
  });

  test('nobody approves a device as more than himself', async () => {
    const { requestId } = access.devices.request(DEVICE, 'key', SOCKET);
    const narrow: Caller = { ...ADMIN, roles: ['viewer'] };
    expect(await code(access.devices.approve(requestId, ['operator'], narrow))).toBe('FORBIDDEN');
  });

  test('a rotated device takes its new token when it comes back', async () => {
    const first = await access.tokens.issueToDevice({
      device: DEVICE,
      granted: { roles: ['operator'] },
      grantedBy: 'approval',
      actor: ADMIN.actor,
    });
    await access.devices.rotate(DEVICE.id, 'operator', ADMIN);
    expect(await access.identify(bearer(first.token), DEVICE.id)).toMatchObject({ code: 'TOKEN_REVOKED' });
    const next = await access.devices.collect(DEVICE.id, 'operator');
    expect(await access.identify(bearer(next?.token ?? ''), DEVICE.id)).toMatchObject({ roles: ['operator'] });
    await access.devices.revoke(DEVICE.id, 'operator', ADMIN.actor);
    expect(await code(access.devices.revoke(DEVICE.id, 'operator', ADMIN.actor))).toBe('TOKEN_UNKNOWN');
  });
});

test('B5 a gateway token that was made anew beside a stopped gateway ends what the old one opened, too', async () => {
  const old = access.token();
  const { cookie } = await access.signInWithToken(old);
  const device = { device: DEVICE, granted: { roles: ['operator'] as const }, grantedBy: 'gateway-token', actor: ADMIN.actor };
  const { token } = await access.tokens.issueToDevice(device);
  await vi.waitFor(async () => expect(await types()).toContain('auth.token_issued first_run'));
  await access.close();
  await writeFile(join(stateDir, 'gateway-token'), 'a-newer-one-by-hand\n', { mode: 0o600 });
  const again = await open();
  expect(await identified('a-newer-one-by-hand', again)).toMatchObject({ roles: ['admin'] });
  expect(await again.identify({ headers: { cookie: cookie.split(';')[0] } })).toMatchObject({ code: 'UNAUTHENTICATED' });
  expect(await again.identify(bearer(token), DEVICE.id)).toMatchObject({ code: 'TOKEN_REVOKED' });
  const before = store.log.head();
  await open();
  expect(store.log.head()).toBe(before);
});

test('what a login session and its user hold open ends with either, once', async () => {
  const { cookie } = await access.signInWithToken(access.token());
  const request = { headers: { cookie: cookie.split(';')[0] } };
  const caller = await access.authenticate(request);
  const end = vi.fn(() => true);
  access.onRevoked(caller, end);
  expect(access.emitRevoked(`user:${caller.actor.id}`)).toBe(1);
  const again = vi.fn(() => true);
  const forgotten = vi.fn(() => true);
  access.onRevoked(caller, again);
  access.onRevoked(caller, forgotten)();
  await access.logout(request);
  expect([end, again, forgotten].map((called) => called.mock.calls.length)).toEqual([1, 1, 0]);
});
