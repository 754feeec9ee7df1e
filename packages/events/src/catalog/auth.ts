import { z } from 'zod';
import { defineAggregate, defineEvent, pii } from '../define.ts';
import { AuthAddressBanned, AuthAddressUnbanned } from './bans.ts';
import { client, count, explain, name, problem } from './shared.ts';

const method = z.enum(['token', 'link', 'session', 'hmac', 'channel', 'schedule']);
/** How people prove who they are; the first versions knew only the methods above. */
const proof = z.enum([...method.options, 'password', 'totp', 'recovery_code', 'oauth']);

export const AuthAccepted = defineEvent('auth.accepted', {
  version: 1,
  description: 'The sender of a message may write, and by which rule.',
  schema: z.object({ method, rule: name, reason: z.string().max(500) }),
  summary: (d) => `Sender accepted: ${d.reason}`,
  retention: 'audit',
});

export const AuthDenied = defineEvent('auth.denied', {
  version: 3,
  description: 'A sender may not write, or a caller did not prove who it is.',
  schema: z.object({
    method: proof,
    rule: name,
    problem,
    /** Whose account it was about, where that is a known one. Version 2 did not keep it. */
    userId: name.optional(),
    /** Whom a provider named, of whom there is no user: the e-mail address, masked. */
    account: pii(z.string().max(300)).optional(),
    /** Where the caller came from, for calls that carry no message. */
    door: z.enum(['http', 'websocket', 'hook', 'dashboard']).optional(),
    /** How many like this from the same place were folded into this event. */
    times: count.optional(),
    client,
  }),
  upcast: { 1: (data) => data, 2: (data) => data },
  summary: (d) => `Denied: ${explain(d.problem)}${d.times && d.times > 1 ? ` (${d.times} times)` : ''}`,
  retention: 'audit',
  severity: 'warn',
});

export const AuthForbidden = defineEvent('auth.forbidden', {
  version: 1,
  description: 'Somebody who is known was refused what his roles, or the rules for paths, do not let him do.',
  schema: z.object({
    method: z.enum(['token', 'session']),
    door: z.enum(['http', 'websocket', 'dashboard']),
    /** What was called: a route's method and pattern, a procedure, or a method. */
    target: z.string().min(1).max(512),
    /** The permission that is missing, or the key of the rule that does not let it through. */
    rule: name,
    roles: z.array(name).max(32),
    problem,
    /** How many like this of the same caller were folded into this event. */
    times: count,
    client,
  }),
  summary: (d) => `Refused ${d.target.slice(0, 80)}: ${d.rule}${d.times > 1 ? ` (${d.times} times)` : ''}`,
  retention: 'audit',
  severity: 'warn',
});

export const AuthLogin = defineEvent('auth.login', {
  version: 3,
  description: 'A browser signed in to the dashboard.',
  schema: z.object({ userId: name, method: proof, loginSessionHash: name, client }),
  upcast: { 1: (data) => data, 2: (data) => data },
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

const tokenKind = z.enum(['gateway_token', 'sign_in_link', 'service_token', 'device_token']);
const TOKEN_NAMES = {
  gateway_token: 'Gateway token',
  sign_in_link: 'Sign-in link',
  service_token: 'Service token',
  device_token: 'Device token',
} as const;
/** The id of a service or device token; its secrets come and go under the one id. */
const tokenId = name.optional();
/** SHA-256 of the whole token. */
const tokenHash = name;
const names = z.array(name).max(64);

export const AuthTokenIssued = defineEvent('auth.token_issued', {
  version: 2,
  description: 'A gateway token, a service token, a device token or a sign-in link was made. The log holds its hash only.',
  schema: z.object({
    kind: tokenKind,
    tokenHash,
    reason: name,
    tokenId,
    name: name.optional(),
    /** How it begins, to know it by. */
    prefix: name.optional(),
    roles: names.optional(),
    /** The permissions to which the roles are narrowed; all of the roles' when left out. */
    scopes: names.optional(),
    expiresAt: z.int().nonnegative().optional(),
    /** The token that this one takes the place of; it ends with this event. */
    replaces: tokenHash.optional(),
    /** Of a device token: the device, what it asked to be, and the credential on whose strength it was made. */
    device: z.object({ id: name, role: name, scopes: names, clientId: name, platform: name }).optional(),
    grantedBy: name.optional(),
  }),
  upcast: { 1: (data) => data },
  summary: (d) => `${TOKEN_NAMES[d.kind]}${d.name === undefined ? '' : ` ${d.name}`} made: ${d.reason}`,
  retention: 'audit',
});

export const AuthTokenRevoked = defineEvent('auth.token_revoked', {
  version: 2,
  description: 'A token no longer opens the gateway.',
  schema: z.object({ kind: tokenKind, tokenHash, reason: name, tokenId, name: name.optional() }),
  upcast: { 1: (data) => data },
  summary: (d) => `${TOKEN_NAMES[d.kind]}${d.name === undefined ? '' : ` ${d.name}`} revoked: ${d.reason}`,
  retention: 'audit',
});

export const AuthTokenReused = defineEvent('auth.token_reused', {
  version: 1,
  description:
    'A token that had been exchanged already was presented for another exchange, so somebody has a copy. All that came of it has ended.',
  schema: z.object({ kind: tokenKind, tokenHash, tokenId, name: name.optional(), client }),
  summary: (d) => `${TOKEN_NAMES[d.kind]}${d.name === undefined ? '' : ` ${d.name}`} was exchanged twice: somebody has a copy of it`,
  retention: 'audit',
  severity: 'warn',
});

export const AuthTokenUsed = defineEvent('auth.token_used', {
  version: 1,
  description: 'A service or device token opened the gateway; recorded at most once a day for each.',
  schema: z.object({ kind: tokenKind, tokenId: name, name: name.optional(), client }),
  summary: (d) => `${TOKEN_NAMES[d.kind]}${d.name === undefined ? '' : ` ${d.name}`} was used`,
  retention: 'audit',
  severity: 'debug',
});

export const AuthDeviceApproved = defineEvent('auth.device_approved', {
  version: 1,
  description: 'A device may come in with its key, once, to get a token of its own.',
  schema: z.object({ requestId: name, deviceId: name, roles: names, scopes: names }),
  summary: (d) => `Device ${d.deviceId.slice(0, 12)} approved as ${d.roles.join(', ')}`,
  retention: 'audit',
});

export const AuthDeviceRejected = defineEvent('auth.device_rejected', {
  version: 1,
  description: 'A device that asked to be let in was turned away.',
  schema: z.object({ requestId: name, deviceId: name }),
  summary: (d) => `Device ${d.deviceId.slice(0, 12)} rejected`,
  retention: 'audit',
});

export const AuthSessionRevoked = defineEvent('auth.session_revoked', {
  version: 1,
  description: 'A login session was ended by someone else than its browser.',
  schema: z.object({ userId: name, loginSessionHash: name, reason: name }),
  summary: (d) => `Login session of ${d.userId} ended: ${d.reason}`,
  retention: 'audit',
});

export const AuthProved = defineEvent('auth.proved', {
  version: 1,
  description: 'Somebody who is signed in proved anew who it is. The login goes on under another secret.',
  schema: z.object({ userId: name, method: proof, loginSessionHash: name, previousHash: name }),
  summary: (d) => `${d.userId} proved who it is by ${d.method}`,
  retention: 'audit',
});

export const AuthAccessTokenIssued = defineEvent('auth.access_token_issued', {
  version: 1,
  description: 'Somebody who is signed in made an access token for a program. It ends with the login, or when it expires.',
  schema: z.object({ userId: name, tokenId: name, loginSessionHash: name, expiresAt: z.int().nonnegative() }),
  summary: (d) => `${d.userId} made an access token`,
  retention: 'audit',
});

export type AuthState = { readonly denials: number };

export const Auth = defineAggregate<AuthState>({
  name: 'auth',
  events: [
    AuthAccepted,
    AuthDenied,
    AuthForbidden,
    AuthLogin,
    AuthLogout,
    AuthTokenIssued,
    AuthTokenRevoked,
    AuthTokenReused,
    AuthTokenUsed,
    AuthDeviceApproved,
    AuthDeviceRejected,
    AuthSessionRevoked,
    AuthAddressBanned,
    AuthAddressUnbanned,
    AuthProved,
    AuthAccessTokenIssued,
  ],
  initial: () => ({ denials: 0 }),
  evolve: (state, event) => (AuthDenied.is(event) ? { denials: state.denials + (event.data.times ?? 1) } : state),
});
