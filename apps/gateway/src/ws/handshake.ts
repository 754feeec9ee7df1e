/** Who may connect: protocol version, role, origin, credentials and device, in this order. */
import type { IncomingMessage } from 'node:http';
import { GatewayError } from '@openclaw-gateway/events';
import type { AccessRequest } from '../access/index.ts';
import { judgeOrigin, type OriginVerdict, originRules } from '../access/origin.ts';
import type { Parts } from '../parts.ts';
import type { ConnectParams } from './connect-params.ts';
import type { Member } from './connection.ts';
import { type Challenge, type DeviceProblem, deviceProblem } from './device.ts';
import { type ErrorShape, toErrorShape } from './errors.ts';
import { PROTOCOL } from './limits.ts';
import { grantScopes } from './scopes.ts';

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
  const credential = credentialOf(parts, params, upgrade.credential, origin);
  const caller = await parts.access.identify(credential);
  if (caller instanceof GatewayError) return { refusal: unauthorized(parts, params, upgrade, caller) };
  const problem = deviceProblem(params, challenge, Date.now());
  if (problem) return { refusal: deviceRefused(parts, upgrade, problem) };
  const { client, caps, scopes } = params;
  return { member: { client, caller, credential, scopes: grantScopes(scopes), caps: new Set(caps) } };
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
function credentialOf(parts: Parts, { auth }: ConnectParams, request: AccessRequest, origin: OriginVerdict): AccessRequest {
  const presented = [auth?.token, auth?.password, auth?.deviceToken, auth?.bootstrapToken].flatMap((text) => (text?.trim() ? [text] : []));
  const token = presented.find((text) => parts.access.checkToken(text)) ?? presented[0];
  if (token !== undefined) return withToken(request, token);
  return origin === 'any' ? withoutCookie(request) : request;
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
  return error.code === 'TOKEN_MISMATCH' ? 'AUTH_TOKEN_MISMATCH' : 'AUTH_UNAUTHORIZED';
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
