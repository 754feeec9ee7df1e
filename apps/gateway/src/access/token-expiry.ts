import type { Revocations } from './revocations.ts';
import type { TokenRecord, TokenRegister } from './token-register.ts';

const LONGEST_TIMER_MS = 86_400_000;

/** Ends what an expired token holds open, in the moment in which it expires. */
export function watchExpiry(register: TokenRegister, revocations: Revocations) {
  let timer: NodeJS.Timeout | undefined;
  function arm(): void {
    clearTimeout(timer);
    const next = Math.min(
      ...register.live().flatMap((token) => (token.expiresAt === undefined || hasExpired(token, register) ? [] : [token.expiresAt])),
    );
    if (next === Number.POSITIVE_INFINITY) return;
    timer = setTimeout(check, Math.min(next - Date.now() + 1, LONGEST_TIMER_MS));
    timer.unref();
  }
  function check(): void {
    for (const token of register.live()) if (hasExpired(token, register)) revocations.emit(`token:${token.id}`);
    arm();
  }
  arm();
  return { arm, close: () => clearTimeout(timer) };
}

/** Whether a token's time is over, or that of the token on whose strength it was made. */
export function hasExpired({ expiresAt, grantedBy }: TokenRecord, register: TokenRegister): boolean {
  const times = [expiresAt, grantedBy === undefined ? undefined : register.get(grantedBy)?.expiresAt];
  return times.some((time) => time !== undefined && Date.now() >= time);
}
