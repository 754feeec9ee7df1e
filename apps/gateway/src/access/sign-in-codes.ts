import { createHash, randomBytes } from 'node:crypto';
import { GatewayError } from '@openclaw-gateway/events';

const LIFETIME_MS = 60_000;
const MAX_REMEMBERED = 1000;

export type SignInCodes = {
  /** A fresh code of 128 bits, good once, within 60 s where nothing is said. `userId` is whom it signs in; the owner when left out. */
  mint(
    nowMs: number,
    options?: { readonly userId?: string; readonly lifetimeMs?: number },
  ): { readonly code: string; readonly codeHash: string; readonly expiresAt: number };
  /** Uses a code up and answers whom it is for. Throws `SIGN_IN_CODE_UNKNOWN`, `SIGN_IN_CODE_USED` or `SIGN_IN_CODE_EXPIRED`. */
  redeem(code: string, nowMs: number): string | undefined;
};

/** The codes of sign-in links, kept in memory as hashes. Used and expired ones are remembered to tell them apart. */
export function createSignInCodes(): SignInCodes {
  const codes = new Map<string, { readonly expiresAt: number; readonly userId: string | undefined; used: boolean }>();
  return {
    mint(nowMs, { userId, lifetimeMs = LIFETIME_MS } = {}) {
      const code = randomBytes(16).toString('base64url');
      const codeHash = hashOf(code);
      const expiresAt = nowMs + lifetimeMs;
      codes.set(codeHash, { expiresAt, userId, used: false });
      const oldest = codes.size > MAX_REMEMBERED ? codes.keys().next().value : undefined;
      if (oldest !== undefined) codes.delete(oldest);
      return { code, codeHash, expiresAt };
    },
    redeem(code, nowMs) {
      const known = codes.get(hashOf(code));
      if (!known) throw new GatewayError('SIGN_IN_CODE_UNKNOWN');
      if (known.used) throw new GatewayError('SIGN_IN_CODE_USED');
      if (nowMs >= known.expiresAt) throw new GatewayError('SIGN_IN_CODE_EXPIRED', { details: { expiredAt: known.expiresAt, now: nowMs } });
      known.used = true;
      return known.userId;
    },
  };
}

function hashOf(code: string): string {
  return createHash('sha256').update(code).digest('hex');
}
