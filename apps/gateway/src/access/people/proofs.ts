/** How people prove who they are: password and code at the sign-in, and anew before what is grave. Guessing is slowed down and recorded. */
import { createHash } from 'node:crypto';
import { GatewayError, type UserRecord, UserRecoveryUsed } from '@openclaw-gateway/events';
import type { Denial } from '../denials.ts';
import type { AccessRequest, SignedIn } from '../index.ts';
import type { LoginThread } from '../login-thread.ts';
import { type Attempt, createLockout, type Verdict } from './lockout.ts';
import { networkOf } from './network.ts';
import type { ProofMethod, Sessions } from './sessions.ts';
import type { Users } from './users.ts';

export type Credentials = { readonly name: string; readonly password: string; readonly code?: string | undefined };
/** One of what a user can prove it by; `token` and a link's code only where they are the user's own. */
export type Proof =
  | { readonly password: string }
  | { readonly code: string }
  | { readonly signInCode: string }
  | { readonly token: string };

export type Proofs = {
  /**
   * Signs in by name, password and, where the user has an authenticator app, a code.
   * Throws `SIGN_IN_REFUSED`, `TOTP_REQUIRED`, `SIGN_IN_DELAYED`, `OVERLOADED`.
   */
  signInWithPassword(credentials: Credentials, request: AccessRequest | undefined): Promise<SignedIn>;
  /** Proves anew who is signed in; the cookie changes. Throws `UNAUTHENTICATED`, `SIGN_IN_REFUSED`, `SIGN_IN_DELAYED`, and what a link's code throws. */
  stepUp(proof: Proof, request: AccessRequest): Promise<SignedIn>;
  /** Throws `SIGN_IN_REFUSED`, `SIGN_IN_DELAYED`. */
  checkOwnPassword(user: UserRecord, password: string, request: AccessRequest): Promise<void>;
};

export type ProofsOptions = {
  readonly users: Users;
  readonly sessions: Sessions;
  readonly thread: LoginThread;
  readonly denials: { add(denial: Denial): void };
  /** Uses up the code of a link and answers whom it is for. Throws `SIGN_IN_CODE_*`. */
  readonly redeemCode: (code: string) => Promise<string>;
  readonly isGatewayToken: (token: string) => boolean;
};

/** A refusal inside somebody's own session: not the login has ended. */
const INSIDE = 403;

export function createProofs(options: ProofsOptions): Proofs {
  const { users, sessions, thread } = options;
  const lockout = createLockout();

  async function attemptOf(name: string, user: UserRecord | undefined, request: AccessRequest | undefined): Promise<Attempt> {
    const account = createHash('sha256').update(name.toLowerCase()).digest('base64url');
    return { account, network: networkOf(request?.socket?.remoteAddress), device: await sessions.deviceOf(request, user) };
  }

  /** Records the refusal, and throws it. */
  function refuse(
    error: GatewayError,
    method: 'password' | 'totp',
    user: UserRecord | undefined,
    request: AccessRequest | undefined,
  ): never {
    options.denials.add({ door: 'dashboard', method, error, client: request?.socket, userId: user?.userId });
    throw error;
  }

  function passOrThrow(verdict: Verdict, method: 'password' | 'totp', user: UserRecord | undefined, request: AccessRequest | undefined) {
    if (verdict.ok) return verdict;
    const seconds = Math.ceil(verdict.retryAfterMs / 1000);
    const message = `Too many sign-ins failed here; the next one is looked at in ${seconds} s.`;
    return refuse(new GatewayError('SIGN_IN_DELAYED', { message, details: { retryAfterMs: verdict.retryAfterMs } }), method, user, request);
  }

  /** Checks a code and answers how it was one. A recovery code is used up. */
  async function checkCode(user: UserRecord, code: string, attempt: Attempt, request: AccessRequest | undefined, status?: number) {
    const pass = passOrThrow(lockout.attemptCode(attempt, Date.now()), 'totp', user, request);
    const verdict = await thread.call('check-second-factor', { userId: user.userId, code, now: Date.now() });
    if (!verdict.ok) {
      const message = verdict.reason === 'replayed' ? 'This code was used before; wait for the next one.' : 'The code is wrong.';
      return refuse(new GatewayError('SIGN_IN_REFUSED', { message, ...(status && { status }) }), 'totp', user, request);
    }
    pass.forgive();
    if (verdict.by === 'recovery_code') {
      const { userId } = user;
      await users.note(userId, UserRecoveryUsed.create({ userId, left: verdict.left }), { type: 'user', id: userId });
    }
    return verdict.by;
  }

  async function checkPassword(user: UserRecord, password: string, request: AccessRequest): Promise<void> {
    const pass = passOrThrow(lockout.attempt(await attemptOf(user.name, user, request), Date.now()), 'password', user, request);
    if (!(await thread.call('check-password', { userId: user.userId, password }))) {
      const error = new GatewayError('SIGN_IN_REFUSED', { message: 'The password is wrong.', status: INSIDE });
      refuse(error, 'password', user, request);
    }
    pass.forgive();
  }

  async function prove(proof: Proof, user: UserRecord, request: AccessRequest): Promise<ProofMethod> {
    if ('password' in proof) {
      await checkPassword(user, proof.password, request);
      return 'password';
    }
    if ('code' in proof) return checkCode(user, proof.code, await attemptOf(user.name, user, request), request, INSIDE);
    if ('signInCode' in proof) {
      if ((await options.redeemCode(proof.signInCode)) === user.userId) return 'link';
      throw new GatewayError('SIGN_IN_REFUSED', { message: 'This sign-in link is for somebody else.', status: INSIDE });
    }
    if (user.owner && options.isGatewayToken(proof.token)) return 'token';
    const error = new GatewayError('TOKEN_MISMATCH', { status: INSIDE });
    options.denials.add({ door: 'dashboard', method: 'token', error, client: request.socket, userId: user.userId });
    throw error;
  }

  return {
    checkOwnPassword: checkPassword,
    async signInWithPassword({ name, password, code }, request) {
      const user = users.find(name);
      const attempt = await attemptOf(name, user, request);
      const pass = passOrThrow(lockout.attempt(attempt, Date.now()), 'password', user, request);
      const right = await thread.call('check-password', { userId: user?.userId, password });
      // The same answer for a wrong name, a wrong password and somebody who is disabled.
      if (!right || !user || user.disabled) return refuse(new GatewayError('SIGN_IN_REFUSED'), 'password', user, request);
      pass.forgive();
      if (user.totp) {
        if (code === undefined) throw new GatewayError('TOTP_REQUIRED');
        await checkCode(user, code, attempt, request);
      }
      return sessions.signIn(user.userId, 'password', request);
    },
    async stepUp(proof, request) {
      const current = await sessions.current(request);
      if (!current) throw new GatewayError('UNAUTHENTICATED', { message: 'Nobody is signed in here.' });
      const method = await prove(proof, current.user, request);
      return sessions.renew(request, current.user, method);
    },
  };
}
