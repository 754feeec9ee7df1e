/** Codes of an authenticator app (RFC 6238) and recovery codes. For the login thread: nothing here waits, so of two calls with one code one wins. */
import { createHash, randomBytes } from 'node:crypto';
import { encodeBase32 } from '@openclaw-gateway/events';
import type Database from 'better-sqlite3';
import { Secret, TOTP } from 'otpauth';
import type { SecondFactorVerdict } from './operations.ts';

const PERIOD_MS = 30_000;
/** A code of the step before or after is taken, for clocks that differ. */
const WINDOW = 1;
const CODES = 10;
const SECRET_BYTES = 20;

type TotpRow = { readonly secret: string; readonly confirmed: number; readonly last_step: number };

export type SecondFactor = {
  begin(userId: string, label: string): { readonly uri: string; readonly secret: string };
  confirm(userId: string, code: string, now: number): boolean;
  check(userId: string, code: string, now: number): SecondFactorVerdict;
  remove(userId: string): void;
  makeRecoveryCodes(userId: string): readonly string[];
};

export function createSecondFactor(database: Database.Database): SecondFactor {
  const select = database.prepare('SELECT secret, confirmed, last_step FROM totp WHERE user_id = ? AND confirmed = ?');
  // A secret that is not confirmed yet has a row of its own, so that the one in force goes on.
  const pendingId = (userId: string) => `${userId} pending`;
  const save = database.prepare('INSERT OR REPLACE INTO totp (user_id, secret, confirmed, last_step) VALUES (?, ?, ?, ?)');
  const use = database.prepare('UPDATE totp SET last_step = ? WHERE user_id = ? AND last_step < ?');
  const removeSecret = database.prepare('DELETE FROM totp WHERE user_id IN (?, ?)');
  const removeCodes = database.prepare('DELETE FROM recovery_code WHERE user_id = ?');
  const addCode = database.prepare('INSERT INTO recovery_code (user_id, hash) VALUES (?, ?)');
  const useCode = database.prepare('DELETE FROM recovery_code WHERE user_id = ? AND hash = ?');
  const countCodes = database.prepare('SELECT count(*) AS count FROM recovery_code WHERE user_id = ?');

  const rowOf = (id: string, confirmed: 0 | 1) => select.get(id, confirmed) as TotpRow | undefined;

  return {
    begin(userId, label) {
      const secret = new Secret({ size: SECRET_BYTES });
      save.run(pendingId(userId), secret.base32, 0, 0);
      return { uri: totpOf(secret.base32, label).toString(), secret: secret.base32 };
    },
    confirm(userId, code, now) {
      const pending = rowOf(pendingId(userId), 0);
      const step = pending && stepOf(pending.secret, code, now);
      if (pending === undefined || step === undefined) return false;
      database.transaction(() => {
        removeSecret.run(userId, pendingId(userId));
        save.run(userId, pending.secret, 1, step);
      })();
      return true;
    },
    check(userId, code, now) {
      const row = rowOf(userId, 1);
      if (row === undefined) return { ok: false, reason: 'none' };
      const plain = code.replace(/[\s-]/g, '');
      if (/^\d{6}$/.test(plain)) {
        const step = stepOf(row.secret, plain, now);
        if (step === undefined) return { ok: false, reason: 'wrong' };
        return use.run(step, userId, step).changes === 1 ? { ok: true, by: 'totp' } : { ok: false, reason: 'replayed' };
      }
      if (useCode.run(userId, hashOf(plain)).changes !== 1) return { ok: false, reason: 'wrong' };
      return { ok: true, by: 'recovery_code', left: (countCodes.get(userId) as { readonly count: number }).count };
    },
    remove(userId) {
      removeSecret.run(userId, pendingId(userId));
      removeCodes.run(userId);
    },
    makeRecoveryCodes(userId) {
      const codes = Array.from({ length: CODES }, newCode);
      database.transaction(() => {
        removeCodes.run(userId);
        for (const code of codes) addCode.run(userId, hashOf(code.replaceAll('-', '')));
      })();
      return codes;
    },
  };
}

function totpOf(secret: string, label = ''): TOTP {
  return new TOTP({ issuer: 'OpenClaw Gateway', label, secret: Secret.fromBase32(secret), algorithm: 'SHA1', digits: 6, period: 30 });
}

/** The step of time that a code belongs to; nothing where it is of none near now. */
function stepOf(secret: string, code: string, now: number): number | undefined {
  const delta = totpOf(secret).validate({ token: code, timestamp: now, window: WINDOW });
  return delta === null ? undefined : Math.floor(now / PERIOD_MS) + delta;
}

/** 128 random bits: enough that a fast hash keeps the code. */
function newCode(): string {
  return (encodeBase32(randomBytes(16)).match(/.{1,6}/g) ?? []).join('-');
}

function hashOf(code: string): string {
  return createHash('sha256').update(code.toLowerCase()).digest('hex');
}
