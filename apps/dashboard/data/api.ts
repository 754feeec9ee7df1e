/** The few calls that come before anybody is signed in. */
import type { ErrorBody, ErrorCode } from '@openclaw-gateway/events';

/** Why a sign-in failed: a code of the registry, or what only the browser can know. */
export type SignInFailure = {
  readonly reason: ErrorCode | 'COOKIE_BLOCKED' | 'CLOCKS_DIFFER' | 'UNREACHABLE';
  readonly body?: ErrorBody;
  /** By how much this device's clock is ahead of the gateway's. */
  readonly skewMs?: number;
};

/** Clocks that differ by less trouble nobody: an authenticator's code is good for longer. */
const SKEW_MS = 45_000;

/** Signs in by the code of a link. Nothing is returned when it worked. */
export function signInByCode(code: string): Promise<SignInFailure | undefined> {
  return signIn('/api/sign-in', { code });
}

/** Signs in by the gateway token. Nothing is returned when it worked. */
export function signInByToken(token: string): Promise<SignInFailure | undefined> {
  return signIn('/api/sign-in/token', { token });
}

/** What somebody types to sign in; the code only where one is asked for. */
export type Account = { readonly user: string; readonly password: string; readonly code?: string };

/** Signs in by name and password. Nothing is returned when it worked. */
export function signInByPassword(account: Account): Promise<SignInFailure | undefined> {
  return signIn('/api/sign-in/password', account);
}

/** Proves anew who is signed in, for what needs a fresh proof. Nothing is returned when it worked. */
export async function proveAgain(proof: object): Promise<SignInFailure | undefined> {
  try {
    const answer = await call('/auth/step-up', proof);
    return answer.ok ? undefined : await failureOf(answer, 'code' in proof);
  } catch {
    return { reason: 'UNREACHABLE' };
  }
}

async function signIn(path: string, body: object): Promise<SignInFailure | undefined> {
  try {
    const answer = await call(path, body);
    if (!answer.ok) return await failureOf(answer, path.endsWith('/password') && 'code' in body);
    const me = await fetch('/api/me', { credentials: 'same-origin' });
    return me.status === 401 ? { reason: 'COOKIE_BLOCKED' } : undefined;
  } catch {
    return { reason: 'UNREACHABLE' };
  }
}

function call(path: string, body: object): Promise<Response> {
  return fetch(path, {
    method: 'POST',
    credentials: 'same-origin',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

/** `hasCode`: an authenticator's code was given, which is good at its time only. */
async function failureOf(answer: Response, hasCode: boolean): Promise<SignInFailure> {
  const parsed = (await answer.json().catch(() => undefined)) as { error?: ErrorBody } | undefined;
  if (!parsed?.error) return { reason: 'UNREACHABLE' };
  const { error: body } = parsed;
  const skewMs = Date.now() - Date.parse(answer.headers.get('date') ?? '');
  const isOfTime = body.code === 'SIGN_IN_CODE_EXPIRED' || (body.code === 'SIGN_IN_REFUSED' && hasCode);
  return isOfTime && Math.abs(skewMs) > SKEW_MS ? { reason: 'CLOCKS_DIFFER', body, skewMs } : { reason: body.code, body };
}

/** Who signs people in beside the gateway itself. */
export type Provider = { readonly name: string; readonly path: string };

/** The provider that the gateway offers, if it offers one. */
export async function signInProvider(): Promise<Provider | undefined> {
  try {
    const answer = await fetch('/auth/methods');
    const { oauth } = (await answer.json()) as { readonly oauth?: Provider | null };
    return oauth ?? undefined;
  } catch {
    return undefined;
  }
}
