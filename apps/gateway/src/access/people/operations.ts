/** What the login thread can be asked, and what it answers. Types only. */

/** How long a login lasts: without being used, and in all. */
export type LoginLimits = { readonly idleMs: number; readonly absoluteMs: number };

export type LoginMethod = 'link' | 'token' | 'password' | 'oauth';

/** A login session as `auth.db` keeps it. `id` is a hash of the cookie's secret. Times are Unix times in milliseconds. */
export type LoginRow = {
  readonly id: string;
  readonly userId: string;
  readonly method: LoginMethod;
  readonly createdAt: number;
  readonly lastSeenAt: number;
  readonly provedAt: number;
  /** When it ends if it is not used any more. */
  readonly endsAt: number;
  readonly address: string | null;
  readonly device: string | null;
};

/** Which proof a code was. `replayed`: the right code, but of a time that was used already. */
export type SecondFactorVerdict =
  | { readonly ok: true; readonly by: 'totp' }
  | { readonly ok: true; readonly by: 'recovery_code'; readonly left: number }
  | { readonly ok: false; readonly reason: 'wrong' | 'replayed' | 'none' };

type Operation<In, Out> = { readonly in: In; readonly out: Out };
type Of = { readonly userId: string };

export type LoginOperations = {
  /** The id of the owner, which is given when it is asked for first. */
  owner: Operation<Record<string, never>, string>;
  create: Operation<
    Of & {
      readonly id: string;
      readonly method: LoginMethod;
      readonly address: string | null;
      readonly device: string | null;
      readonly now: number;
    } & LoginLimits,
    undefined
  >;
  validate: Operation<{ readonly id: string; readonly now: number } & LoginLimits, LoginRow | undefined>;
  /** Gives a login another id, and takes note of the proof. False where there is no such login. */
  rotate: Operation<{ readonly id: string; readonly freshId: string; readonly now: number }, boolean>;
  list: Operation<{ readonly now: number } & LoginLimits, readonly LoginRow[]>;
  end: Operation<{ readonly ids: readonly string[] }, undefined>;
  'set-password': Operation<Of & { readonly password: string }, undefined>;
  'clear-password': Operation<Of, undefined>;
  /** Takes as long for nobody, and for somebody without a password, as for anybody else. */
  'check-password': Operation<{ readonly userId?: string | undefined; readonly password: string }, boolean>;
  /** Makes a secret, which counts for nothing until it is confirmed. */
  'begin-totp': Operation<Of & { readonly label: string; readonly now: number }, { readonly uri: string; readonly secret: string }>;
  'confirm-totp': Operation<Of & { readonly code: string; readonly now: number }, boolean>;
  'check-second-factor': Operation<Of & { readonly code: string; readonly now: number }, SecondFactorVerdict>;
  'remove-totp': Operation<Of, undefined>;
  /** Makes ten, in place of those that there are. */
  'make-recovery-codes': Operation<Of, readonly string[]>;
  'forget-user': Operation<Of, undefined>;
  /** The key that device cookies are signed with, in hexadecimal. */
  'device-key': Operation<Record<string, never>, string>;
};

export type LoginOperation = keyof LoginOperations;
export type LoginCall = { [K in LoginOperation]: { readonly operation: K; readonly input: LoginOperations[K]['in'] } }[LoginOperation];
export type ToLogin = { readonly call: number; readonly request: LoginCall } | 'close';

export type LoginAnswer =
  | { readonly call: number; readonly ok: true; readonly value: unknown }
  | { readonly call: number; readonly ok: false; readonly error: string; readonly overloaded: boolean };
