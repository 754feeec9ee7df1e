import { AuthTokenIssued } from '@openclaw-gateway/events';
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Caller } from './index.ts';
import { createRevocations } from './revocations.ts';
import { mayDo, PERMISSIONS, type Permission, permissionsOf, ROLE_NAMES } from './roles.ts';
import { watchExpiry } from './token-expiry.ts';
import { TokenRegister } from './token-register.ts';
import { makeTokenText, readTokenText, tokenHash } from './token-text.ts';

const ID = 'tok_01m2gft39c8n3w6p0zj7ys2fkt';
const kinds = fc.constantFrom('service_token' as const, 'device_token' as const);

describe('how a token is written', () => {
  test('it begins as what it is, holds at least 256 bits, and is never the same twice', () => {
    const { text, prefix } = makeTokenText('service_token', ID, 16);
    expect(prefix).toBe('ocg_svc_0zj7ys2fkt');
    // Two times 26 characters hold two times 128 bits.
    expect(text).toMatch(/^ocg_svc_0zj7ys2fkt_[0-9a-z]{52}[0-9a-z]{7}$/);
    expect(makeTokenText('device_token', ID, 64).text).toMatch(/^ocg_dev_0zj7ys2fkt_[0-9a-z]{104}[0-9a-z]{7}$/);
    expect(new Set(Array.from({ length: 200 }, () => makeTokenText('service_token', ID, 32).text)).size).toBe(200);
  });

  test('what was made is read as what it is', () => {
    fc.assert(
      fc.property(kinds, fc.integer({ min: 16, max: 256 }), (kind, sizeBytes) => {
        expect(readTokenText(makeTokenText(kind, ID, sizeBytes).text)).toBe(kind);
      }),
    );
  });

  test('one that was cut, or has one character changed, is damaged', () => {
    const { text } = makeTokenText('service_token', ID, 32);
    fc.assert(
      fc.property(fc.integer({ min: 4, max: text.length - 1 }), fc.constantFrom(...'0123456789abcdefghjkmnpqrstvwxyz'), (at, char) => {
        const changed = text.slice(0, at) + char + text.slice(at + 1);
        expect(readTokenText(changed)).toBe(changed === text ? 'service_token' : 'damaged');
        expect(readTokenText(text.slice(0, at))).toBe('damaged');
      }),
    );
    expect(readTokenText('a-gateway-token')).toBeUndefined();
  });

  test('its hash is SHA-256', () => {
    expect(tokenHash('test')).toBe('9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08');
  });
});

describe('what a narrowed caller may do', () => {
  test('is part of its roles and of its list, whatever they are', () => {
    const roles = fc.uniqueArray(fc.constantFrom(...ROLE_NAMES), { maxLength: 3 });
    const permissions = fc.option(fc.subarray(Object.keys(PERMISSIONS) as Permission[]), { nil: undefined });
    fc.assert(
      fc.property(roles, permissions, (held, narrowed) => {
        const may = permissionsOf({ roles: held, permissions: narrowed });
        expect(may.every((permission) => mayDo({ roles: held }, permission))).toBe(true);
        if (narrowed) expect(may.every((permission) => narrowed.includes(permission))).toBe(true);
      }),
    );
  });

  test('nothing is left where the list is empty', () => {
    expect(permissionsOf({ roles: ['admin'], permissions: [] })).toEqual([]);
  });
});

describe('the time of a token', () => {
  afterEach(() => vi.useRealTimers());

  const issued = (tokenId: string, expiresAt: number | undefined, grantedBy?: string) => ({
    ...AuthTokenIssued.create({
      kind: grantedBy === undefined ? 'service_token' : 'device_token',
      tokenHash: tokenId,
      reason: 'created',
      tokenId,
      roles: ['viewer'],
      ...(expiresAt !== undefined && { expiresAt }),
      ...(grantedBy !== undefined && { grantedBy }),
    }),
    time: Date.now(),
  });
  const holder = (tokenId: string): Caller => ({ method: 'token', actor: { type: 'service_account', id: tokenId }, roles: [], tokenId });

  test('when it is over, what the token opened is ended at that moment, and what came of it', () => {
    vi.useFakeTimers();
    const [register, revocations, ended] = [new TokenRegister(), createRevocations(), [] as string[]];
    const now = Date.now();
    register.apply(issued('tok_hour', now + 3_600_000));
    register.apply(issued('tok_week', now + 7 * 86_400_000));
    register.apply(issued('tok_ever', undefined));
    register.apply(issued('tok_device', undefined, 'tok_hour'));
    for (const id of ['tok_hour', 'tok_week', 'tok_ever', 'tok_device']) {
      revocations.onRevoked(holder(id), () => ended.push(id) > 0);
    }
    const expiry = watchExpiry(register, revocations);
    vi.advanceTimersByTime(3_599_999);
    expect(ended).toEqual([]);
    vi.advanceTimersByTime(2);
    expect(ended).toEqual(['tok_hour', 'tok_device']);
    vi.advanceTimersByTime(8 * 86_400_000);
    expect(ended).toEqual(['tok_hour', 'tok_device', 'tok_week']);
    expiry.close();
    expect(vi.getTimerCount()).toBe(0);
  });
});
