import { createHash, randomBytes } from 'node:crypto';
import { type Actor, AuthTokenIssued, AuthTokenRevoked, type DataOf, GatewayError, type StoredEvent } from '@openclaw-gateway/events';
import type { RecordEvent } from './index.ts';

const LIFETIME_MS = 60_000;
const MAX_REMEMBERED = 1000;
/** As many digits of a code's SHA-256 as are kept: 128 bits, like the code. */
const HASH_DIGITS = 32;
const LINK_STREAM = 'auth/links';
const KIND = 'sign_in_link';
const SYSTEM: Actor = { type: 'system', id: 'gateway' };

export type SignInCodes = {
  /** A fresh code of 128 bits, good once, within 60 s where nothing is said. `userId` is whom it signs in; the owner when left out. */
  mint(
    actor: Actor,
    nowMs: number,
    options?: { readonly userId?: string; readonly lifetimeMs?: number },
  ): Promise<{ readonly code: string; readonly expiresAt: number }>;
  /** Uses a code up and answers whom it is for. Throws `SIGN_IN_CODE_UNKNOWN`, `SIGN_IN_CODE_USED` or `SIGN_IN_CODE_EXPIRED`. */
  redeem(code: string, nowMs: number): Promise<string | undefined>;
};

type Options = { readonly record: RecordEvent; readonly history: (streamId: string) => AsyncIterable<StoredEvent> };
type Code = { readonly expiresAt: number; readonly userId: string | undefined; used: boolean };

/**
 * The codes of sign-in links: a fold of a stream, so that a link outlives the process that made it. They are known by their hashes; used
 * and expired ones are remembered to tell them apart.
 */
export async function createSignInCodes({ record, history }: Options): Promise<SignInCodes> {
  const codes = new Map<string, Code>();
  for await (const event of history(LINK_STREAM)) {
    if (event.erased) continue;
    if (event.type === AuthTokenIssued.type) {
      const { tokenHash, expiresAt = 0, name } = event.data as DataOf<typeof AuthTokenIssued>;
      remember(tokenHash, { expiresAt, userId: name, used: false }, event.time);
    }
    const known = event.type === AuthTokenRevoked.type && codes.get((event.data as DataOf<typeof AuthTokenRevoked>).tokenHash);
    if (known) known.used = true;
  }

  function remember(hash: string, code: Code, nowMs: number): void {
    codes.set(hash, code);
    if (codes.size <= MAX_REMEMBERED) return;
    const over = [...codes].find(([, { used, expiresAt }]) => used || expiresAt <= nowMs) ?? [...codes][0];
    if (over) codes.delete(over[0]);
  }

  return {
    async mint(actor, nowMs, { userId, lifetimeMs = LIFETIME_MS } = {}) {
      const code = randomBytes(16).toString('base64url');
      const tokenHash = hashOf(code);
      const expiresAt = nowMs + lifetimeMs;
      const owner = { kind: KIND, tokenHash, expiresAt, reason: 'dashboard' } as const;
      await record(LINK_STREAM, AuthTokenIssued.create(userId === undefined ? owner : { ...owner, name: userId, reason: 'for a user' }), {
        actor,
      });
      remember(tokenHash, { expiresAt, userId, used: false }, nowMs);
      return { code, expiresAt };
    },
    async redeem(code, nowMs) {
      const tokenHash = hashOf(code);
      const known = codes.get(tokenHash);
      if (!known) throw new GatewayError('SIGN_IN_CODE_UNKNOWN');
      if (known.used) throw new GatewayError('SIGN_IN_CODE_USED');
      if (nowMs >= known.expiresAt) throw new GatewayError('SIGN_IN_CODE_EXPIRED', { details: { expiredAt: known.expiresAt, now: nowMs } });
      known.used = true;
      const { userId } = known;
      await record(LINK_STREAM, AuthTokenRevoked.create({ kind: KIND, tokenHash, reason: 'used', ...(userId && { name: userId }) }), {
        actor: SYSTEM,
      });
      return userId;
    },
  };
}

function hashOf(code: string): string {
  return createHash('sha256').update(code).digest('hex').slice(0, HASH_DIGITS);
}
