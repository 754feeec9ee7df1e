import { z } from 'zod';
import { defineAggregate, defineEvent } from '../define.ts';
import { client, count, explain, name, problem } from './shared.ts';

const method = z.enum(['token', 'link', 'session', 'hmac', 'channel']);

export const AuthAccepted = defineEvent('auth.accepted', {
  version: 1,
  description: 'The sender of a message may write, and by which rule.',
  schema: z.object({ method, rule: name, reason: z.string().max(500) }),
  summary: (d) => `Sender accepted: ${d.reason}`,
  retention: 'audit',
});

export const AuthDenied = defineEvent('auth.denied', {
  version: 2,
  description: 'A sender may not write, or a caller did not prove who it is.',
  schema: z.object({
    method,
    rule: name,
    problem,
    /** Where the caller came from, for calls that carry no message. */
    door: z.enum(['http', 'websocket', 'hook', 'dashboard']).optional(),
    /** How many like this from the same place were folded into this event. */
    times: count.optional(),
    client,
  }),
  upcast: { 1: (data) => data },
  summary: (d) => `Denied: ${explain(d.problem)}${d.times && d.times > 1 ? ` (${d.times} times)` : ''}`,
  retention: 'audit',
  severity: 'warn',
});

export const AuthLogin = defineEvent('auth.login', {
  version: 2,
  description: 'A browser signed in to the dashboard.',
  schema: z.object({ userId: name, method, loginSessionHash: name, client }),
  upcast: { 1: (data) => data },
  summary: (d) => `${d.userId} signed in by ${d.method}`,
  retention: 'audit',
});

export const AuthLogout = defineEvent('auth.logout', {
  version: 1,
  description: 'A browser signed out.',
  schema: z.object({ userId: name, loginSessionHash: name }),
  summary: (d) => `${d.userId} signed out`,
  retention: 'audit',
});

export const AuthTokenIssued = defineEvent('auth.token_issued', {
  version: 1,
  description: 'A gateway token or a sign-in link was made.',
  schema: z.object({ kind: z.enum(['gateway_token', 'sign_in_link']), tokenHash: name, reason: name }),
  summary: (d) => `${d.kind === 'gateway_token' ? 'Gateway token' : 'Sign-in link'} made: ${d.reason}`,
  retention: 'audit',
});

export const AuthTokenRevoked = defineEvent('auth.token_revoked', {
  version: 1,
  description: 'A gateway token no longer opens the gateway.',
  schema: z.object({ kind: z.enum(['gateway_token', 'sign_in_link']), tokenHash: name, reason: name }),
  summary: (d) => `${d.kind === 'gateway_token' ? 'Gateway token' : 'Sign-in link'} revoked: ${d.reason}`,
  retention: 'audit',
});

export const AuthSessionRevoked = defineEvent('auth.session_revoked', {
  version: 1,
  description: 'A login session was ended by someone else than its browser.',
  schema: z.object({ userId: name, loginSessionHash: name, reason: name }),
  summary: (d) => `Login session of ${d.userId} ended: ${d.reason}`,
  retention: 'audit',
});

export type AuthState = { readonly denials: number };

export const Auth = defineAggregate<AuthState>({
  name: 'auth',
  events: [AuthAccepted, AuthDenied, AuthLogin, AuthLogout, AuthTokenIssued, AuthTokenRevoked, AuthSessionRevoked],
  initial: () => ({ denials: 0 }),
  evolve: (state, event) => (AuthDenied.is(event) ? { denials: state.denials + (event.data.times ?? 1) } : state),
});
