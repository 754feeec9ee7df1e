/** Who may connect: protocol version, role, origin, credentials and device, in this order. */
import type { IncomingMessage } from 'node:http';
import { GatewayError } from '@openclaw-gateway/events';
import { type AccessRequest, type Caller, GATEWAY_TOKEN_ID } from '../access/index.ts';
import { judgeOrigin, type OriginVerdict, originRules } from '../access/origin.ts';
import type { Device } from '../access/token-register.ts';
import type { IssuedToken } from '../access/tokens.ts';
import type { Parts } from '../parts.ts';
import type { ConnectParams } from './connect-params.ts';
import type { Member } from './connection.ts';
import { type Challenge, type DeviceProblem, deviceProblem } from './device.ts';
import { type ErrorShape, toErrorShape } from './errors.ts';
import { PROTOCOL } from './limits.ts';
import { grantScopes, holdsScope, type Scope } from './scopes.ts';

/** A device that connects again and again with another credential gets a new token this often. */
const REISSUE_MS = 10 * 60_000;

export type Refusal = { readonly error: ErrorShape; readonly closeCode: number; readonly closeReason: string };
export type Admission = { readonly member: Member } | { readonly refusal: Refusal };

/** The request that became the socket: who sent it from where, and the name by which it called the gateway. */
export type Upgrade = { readonly request: IncomingMessage; readonly credential: AccessRequest; readonly host: string };

/** Decides about a `connect`. */
export async function admitClient(parts: Parts, params: ConnectParams, upgrade: Upgrade, challenge: Challenge): Promise<Admission> {
  const early = notReady(parts) ?? unsupportedProtocol(params) ?? unsupportedRole(params);
  if (early) return { refusal: early };
  const origin = judgeOrigin(upgrade.request.headers.origin, upgrade.host, originRules(parts.config.current().config));
  if (origin === 'refused') return { refusal: originRefused(parts, upgrade) };
  const problem = deviceProblem(params, challenge, Date.now());
  if (problem) return { refusal: deviceRefused(parts, upgrade, problem) };
  const scopes = grantScopes(params.scopes);
  const { credential, found } = await identify(parts, params, upgrade.credential, origin);
  const member = { client: params.client, scopes, caps: new Set(params.caps) };
  if (!(found instanceof GatewayError)) return await admitKnown(parts, params, upgrade, { ...member, caller: found, credential });
  const device = deviceOf(params, scopes);
  const collected = device && (await parts.access.devices.collect(device.id, device.role));
  if (collected) return await admitWithToken(parts, upgrade, member, collected);
  if (device && found.code === 'UNAUTHENTICATED' && presentedIn(params).length === 0) {
    return { refusal: pairingRequired(parts, params, upgrade, device, 'not-paired') };
  }
  return { refusal: unauthorized(parts, params, upgrade, found) };
}

/** Somebody with a good credential: a device gets a token of its own, and comes back with it as what it was made for. */
async function admitKnown(parts: Parts, params: ConnectParams, upgrade: Upgrade, member: Member): Promise<Admission> {
  const { tokens } = parts.access;
  const { caller } = member;
  const device = deviceOf(params, member.scopes);
  const own = device && tokens.ofDevice(device.id, device.role);
  if (own && own.id === caller.tokenId) {
    const bound = grantScopes(own.device?.scopes);
    const scopes = params.scopes === undefined ? bound : member.scopes;
    if (scopes.some((scope) => !holdsScope(bound, scope))) {
      return { refusal: pairingRequired(parts, params, upgrade, device, 'scope-upgrade') };
    }
    return { member: { ...member, deviceId: device.id, scopes } };
  }
  if (!device || caller.method !== 'token' || caller.actor.type !== 'service_account') return { member };
  const grantedBy = caller.tokenId ?? GATEWAY_TOKEN_ID;
  const isFresh = own !== undefined && own.grantedBy === grantedBy && Date.now() - own.issuedAt < REISSUE_MS;
  if (isFresh && device.scopes.every((scope) => own.device?.scopes.includes(scope))) return { member };
  try {
    const { token, issuedAt } = await tokens.issueToDevice({ device, granted: caller, grantedBy, actor: caller.actor });
    return { member: { ...member, deviceToken: { text: token, issuedAt } } };
  } catch (error) {
    // The credential is good; only the convenience is missing.
    parts.logger.warn({ err: error }, 'a device got no token of its own');
    return { member };
  }
}

/** A device that was approved, or whose token was rotated: it proved its key and takes its token with it. */
async function admitWithToken(
  parts: Parts,
  upgrade: Upgrade,
  member: Omit<Member, 'caller' | 'credential'>,
  { token, issuedAt, device }: IssuedToken,
): Promise<Admission> {
  const credential = withToken(upgrade.credential, token);
  const caller = await parts.access.identify(credential, device?.id);
  if (caller instanceof GatewayError) throw caller;
  const scopes = grantScopes(device?.scopes);
  return {
    member: { ...member, scopes, caller, credential, ...(device && { deviceId: device.id }), deviceToken: { text: token, issuedAt } },
  };
}

function deviceOf({ device, client, role }: ConnectParams, scopes: readonly Scope[]): Device | undefined {
  if (!device) return undefined;
  const platform = client.platform.trim().slice(0, 64) || 'unknown';
  return { id: device.id.toLowerCase(), role: role ?? 'operator', scopes: [...scopes], clientId: client.id, platform };
}

function notReady(parts: Parts): Refusal | undefined {
  const phase = parts.phase();
  if (phase === 'starting') {
    const error = { ...toErrorShape(new GatewayError('STARTING')), retryAfterMs: 500 };
    return refuse({ ...error, details: { ...error.details, reason: 'startup-sidecars' } }, 1013, 'gateway starting');
  }
  return phase === 'stopping' ? refuse(toErrorShape(new GatewayError('SHUTTING_DOWN')), 1012, 'service restart') : undefined;
}

function unsupportedProtocol({ minProtocol, maxProtocol }: ConnectParams): Refusal | undefined {
  if (minProtocol <= PROTOCOL && PROTOCOL <= maxProtocol) return undefined;
  const versions = { clientMinProtocol: minProtocol, clientMaxProtocol: maxProtocol, expectedProtocol: PROTOCOL };
  const error = new GatewayError('PROTOCOL_UNSUPPORTED', { message: 'protocol mismatch', details: versions });
  return refuse(connectError(error, 'PROTOCOL_MISMATCH'), 1002, 'protocol mismatch');
}

function unsupportedRole({ role }: ConnectParams): Refusal | undefined {
  if (role === undefined || role === 'operator') return undefined;
  const message = `role "${role.slice(0, 40)}" is not supported: this gateway takes operators only`;
  return refuse(toErrorShape(new GatewayError('FORBIDDEN', { message })), 1008, message);
}

/**
 * A token in the parameters goes before everything else; without one the request itself is asked, which is how a browser
 * with a login cookie comes in. A cookie counts only from pages that are named: a browser adds it for any page.
 */
async function identify(
  parts: Parts,
  params: ConnectParams,
  request: AccessRequest,
  origin: OriginVerdict,
): Promise<{ readonly credential: AccessRequest; readonly found: Caller | GatewayError }> {
  const deviceId = params.device?.id.toLowerCase();
  const presented = presentedIn(params).map((token) => withToken(request, token));
  const credentials = presented.length > 0 ? presented : [origin === 'any' ? withoutCookie(request) : request];
  const answers: { readonly credential: AccessRequest; readonly found: Caller | GatewayError }[] = [];
  for (const credential of credentials) answers.push({ credential, found: await parts.access.identify(credential, deviceId) });
  const good = answers.find(({ found }) => !(found instanceof GatewayError));
  return good ?? answers[0] ?? { credential: request, found: new GatewayError('UNAUTHENTICATED') };
}

function presentedIn({ auth }: ConnectParams): string[] {
  const texts = [auth?.token, auth?.password, auth?.deviceToken, auth?.bootstrapToken].flatMap((text) =>
    text?.trim() ? [text.trim()] : [],
  );
  return [...new Set(texts)];
}

function withToken(request: AccessRequest, token: string): AccessRequest {
  return { ...request, headers: { 'x-openclaw-token': token } };
}

function withoutCookie(request: AccessRequest): AccessRequest {
  const { cookie: _, ...headers } = request.headers;
  return { ...request, headers };
}

function originRefused(parts: Parts, upgrade: Upgrade): Refusal {
  const error = new GatewayError('ORIGIN_NOT_ALLOWED');
  recordDenial(parts, upgrade, error);
  return refuse(connectError(error, 'CONTROL_UI_ORIGIN_NOT_ALLOWED', 'review_auth_configuration'), 1008, 'origin not allowed');
}

function unauthorized(parts: Parts, { auth }: ConnectParams, upgrade: Upgrade, error: GatewayError): Refusal {
  recordDenial(parts, upgrade, error);
  const shape = connectError(error, authProblem(auth, error), 'update_auth_credentials');
  return refuse({ ...shape, message: `unauthorized: ${error.message}` }, 1008, `unauthorized: ${error.message}`);
}

function authProblem(auth: ConnectParams['auth'], error: GatewayError): string {
  if (error.code === 'UNAUTHENTICATED') return 'AUTH_TOKEN_MISSING';
  if (auth?.deviceToken && (!auth.token || auth.token === auth.deviceToken)) return 'AUTH_DEVICE_TOKEN_MISMATCH';
  if (auth?.bootstrapToken && !auth.token) return 'AUTH_BOOTSTRAP_TOKEN_INVALID';
  if (auth?.password && !auth.token) return 'AUTH_PASSWORD_MISMATCH';
  return error.code.startsWith('TOKEN_') ? 'AUTH_TOKEN_MISMATCH' : 'AUTH_UNAUTHORIZED';
}

/** The device waits; its owner approves it by the id and it connects again. */
function pairingRequired(
  parts: Parts,
  { device }: ConnectParams,
  upgrade: Upgrade,
  asked: Device,
  reason: 'not-paired' | 'scope-upgrade',
): Refusal {
  const { requestId } = parts.access.devices.request(asked, device?.publicKey ?? '', upgrade.credential.socket);
  const error = new GatewayError('PAIRING_REQUIRED', {
    message: `pairing required: approve it with \`openclaw devices approve ${requestId}\``,
    details: { requestId, reason, deviceId: asked.id, requestedRole: asked.role, requestedScopes: asked.scopes },
  });
  return refuse({ ...connectError(error, 'PAIRING_REQUIRED'), code: 'NOT_PAIRED' }, 1008, 'pairing required');
}

function deviceRefused(parts: Parts, upgrade: Upgrade, problem: DeviceProblem): Refusal {
  const message = `device identity refused: ${problem.slice('DEVICE_AUTH_'.length).toLowerCase().replaceAll('_', ' ')}`;
  const error = new GatewayError('FORBIDDEN', { message });
  recordDenial(parts, upgrade, error);
  return refuse(connectError(error, problem), 1008, message);
}

function recordDenial(parts: Parts, { credential }: Upgrade, error: GatewayError): void {
  parts.access.recordDenial({ door: 'websocket', method: 'token', error, client: credential.socket });
}

/** Clients decide by `details.code` whether to connect again, so it is the protocol's code here, not the registry's. */
function connectError(error: GatewayError, code: string, recommendedNextStep?: string): ErrorShape {
  return {
    code: 'INVALID_REQUEST',
    message: error.message,
    details: {
      ...error.details,
      code,
      registryCode: error.code,
      remedy: error.remedy,
      canRetryWithDeviceToken: false,
      ...(recommendedNextStep === undefined ? {} : { recommendedNextStep }),
    },
  };
}

function refuse(error: ErrorShape, closeCode: number, closeReason: string): Refusal {
  return { error, closeCode, closeReason };
}
