/** Browsers that signed in to an account before: a signed cookie, which opens nothing but keeps others' failures away from them. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { UserRecord } from '@openclaw-gateway/events';

const LIFETIME_MS = 180 * 24 * 60 * 60 * 1000;

/** The value of a new cookie for a browser that this user signs in with. */
export function makeDevice(user: UserRecord, key: string, now: number): string {
  const nonce = randomBytes(12).toString('base64url');
  return [nonce, String(now), signature(user, nonce, String(now), key)].join('.');
}

/** The browser that a cookie stands for; nothing where it was not made for this user, since the password was set, or is too old. */
export function knownDevice(user: UserRecord, value: string | undefined, key: string, now: number): string | undefined {
  const [nonce = '', madeAt = '', presented = ''] = value?.split('.') ?? [];
  const expected = Buffer.from(signature(user, nonce, madeAt, key));
  const given = Buffer.from(presented);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
  return now - Number(madeAt) < LIFETIME_MS ? nonce : undefined;
}

function signature(user: UserRecord, nonce: string, madeAt: string, key: string): string {
  const text = [user.userId, user.passwordSetAt ?? 0, nonce, madeAt].join(' ');
  return createHmac('sha256', Buffer.from(key, 'hex')).update(text).digest('base64url');
}
