/** What leaves this door about any failure: one of the registry's codes, in our shape or in OpenAI's. */
import { GatewayError, toGatewayError } from '@openclaw-gateway/events';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { metrics } from '../operations/metrics/index.ts';

const CODE_OF_FASTIFY: Readonly<Record<string, GatewayError['code']>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'BODY_TOO_LARGE',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'UNSUPPORTED_MEDIA_TYPE',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'BAD_JSON',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'BAD_REQUEST',
  FST_ERR_BAD_URL: 'NOT_FOUND',
};

/** Refused on purpose, perhaps many times a second: the line of the request says enough. */
const REFUSALS: ReadonlySet<GatewayError['code']> = new Set(['STARTING', 'SHUTTING_DOWN', 'SAFE_MODE', 'OVERLOADED', 'RATE_LIMITED']);

/** Who said that it was too much, for the count. */
const SCOPES: { readonly [Code in GatewayError['code']]?: Parameters<typeof metrics.limited>[0] } = {
  RATE_LIMITED: 'http',
  ADDRESS_BANNED: 'ban',
  TOO_MANY_CONNECTIONS: 'connection',
  TRAFFIC_UNUSUAL: 'anomaly',
  PROOF_REQUIRED: 'anomaly',
};

/** Any throw of a handler or of fastify itself as a `GatewayError`. */
export function normalise(thrown: unknown, request: FastifyRequest): GatewayError {
  const code = CODE_OF_FASTIFY[(thrown as { code?: string } | undefined)?.code ?? ''];
  if (code === 'BODY_TOO_LARGE') return new GatewayError(code, { details: { limitBytes: request.routeOptions.bodyLimit } });
  if (code === 'UNSUPPORTED_MEDIA_TYPE') {
    return new GatewayError(code, { details: { got: request.headers['content-type'] ?? null, expected: 'application/json' } });
  }
  if (code) return new GatewayError(code, { cause: thrown });
  const error = toGatewayError(thrown);
  if (error.code !== 'INTERNAL') return error;
  return new GatewayError('INTERNAL', { message: error.message, details: { ...error.details, requestId: request.id }, cause: error.cause });
}

/** Answers with an error in our shape: `{error: {code, message, retryable, remedy, details}}`. */
export function sendError(thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const error = prepare(thrown, request, reply);
  return reply.send({ error: error.toBody() });
}

/** Answers with an error in OpenAI's shape: `{error: {message, type, param, code}}`. */
export function sendOpenAiError(thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const error = prepare(thrown, request, reply);
  // OpenAI's own clients repeat every 429 and 5xx; the gateway has tried again already where that helps.
  reply.header('x-should-retry', String(error.retryable));
  return reply.send({ error: openAiBody(error) });
}

export type OpenAiError = { readonly message: string; readonly type: string; readonly param: string | null; readonly code: string };

export function openAiBody(error: GatewayError): OpenAiError {
  const { type, code } = openAiKind(error);
  const param = error.details?.['param'];
  return { message: `${error.message} ${error.remedy}`, type, param: typeof param === 'string' ? param : null, code };
}

function openAiKind(error: GatewayError): { readonly type: string; readonly code: string } {
  const named = error.details?.['openAiCode'];
  if (typeof named === 'string') return { type: 'invalid_request_error', code: named };
  if (error.code === 'AGENT_NOT_FOUND') return { type: 'invalid_request_error', code: 'model_not_found' };
  if (error.status === 401) return { type: 'invalid_request_error', code: 'invalid_api_key' };
  if (error.status === 429) return { type: 'rate_limit_error', code: 'rate_limit_exceeded' };
  return { type: error.status < 500 ? 'invalid_request_error' : 'server_error', code: error.code };
}

function prepare(thrown: unknown, request: FastifyRequest, reply: FastifyReply): GatewayError {
  const error = normalise(thrown, request);
  metrics.error('http', error.code);
  const scope = SCOPES[error.code] ?? (error.status === 429 ? 'http' : undefined);
  if (scope) metrics.limited(scope);
  if (error.status >= 500 && !REFUSALS.has(error.code) && !reply.raw.destroyed)
    request.log.error({ requestId: request.id, code: error.code, err: error.cause ?? error }, 'request failed');
  if (error.status === 401) reply.header('www-authenticate', 'Bearer');
  const afterS = retryAfterS(error);
  if (afterS !== undefined) reply.header('retry-after', String(afterS));
  reply.status(error.status);
  return error;
}

function retryAfterS(error: GatewayError): number | undefined {
  const afterMs = error.details?.['retryAfterMs'];
  if (typeof afterMs === 'number') return Math.max(1, Math.ceil(afterMs / 1000));
  return error.retryable && (error.status === 503 || error.status === 429) ? 1 : undefined;
}
