/** Every way in which a provider can fail, as one of the MODEL_ codes. */
import { APICallError, EmptyResponseBodyError, InvalidResponseDataError, JSONParseError, TypeValidationError } from '@ai-sdk/provider';
import { ERRORS, type ErrorCode, GatewayError, shorten } from '@openclaw-gateway/events';
import { readRateLimit, readRetryAfter } from './rate-limit.ts';

const MOST_MESSAGE_CHARACTERS = 500;
const KEY_LIKE = /\b(?:sk|pk|key|rk|xai|gsk)-[A-Za-z0-9_*.-]{6,}|\bBearer\s+\S+/gi;

export type FailureContext = {
  readonly provider: string;
  readonly secrets: readonly string[];
  readonly now: () => number;
};

/** What providers and the servers of local models say in words only: nothing but the words tells these apart. */
const SAID: readonly { readonly code: ErrorCode; readonly words: RegExp; readonly statuses: readonly number[] }[] = [
  { code: 'MODEL_NOT_FOUND', words: /\bmodels?\b.*(not found|does ?n[o']t exist|not_found)/i, statuses: [400, 404] },
  { code: 'MODEL_WITHOUT_TOOLS', words: /does not support (tools|function)/i, statuses: [400, 404] },
  {
    code: 'CONTEXT_TOO_LONG',
    words: /(prompt|input|request).*too long|(exceed\w*|maximum) .*context (length|size|window)|context_length_exceeded/i,
    statuses: [400, 413, 422, 500],
  },
  { code: 'MODEL_BUSY', words: /loading model|model is (being )?load|server busy/i, statuses: [500, 503] },
];

/** What went wrong at a provider, for the event log and the person who reads it: code, status, the provider's own words. */
export function modelFailure(thrown: unknown, context: FailureContext): GatewayError {
  const known = gatewayErrorIn(thrown);
  if (known) return known;
  if (APICallError.isInstance(thrown)) return apiFailure(thrown, context);
  if (isBadResponse(thrown)) return failure('MODEL_BAD_RESPONSE', {}, messageOf(thrown), context, thrown);
  const network = networkCode(thrown);
  if (network) return failure('MODEL_UNAVAILABLE', { cause: network }, messageOf(thrown), context, thrown);
  return streamedFailure(thrown, context);
}

/** The answer ended before the provider said that it was complete. */
export function brokenOff(context: FailureContext): GatewayError {
  return failure('MODEL_BAD_RESPONSE', {}, 'The answer broke off before its end.', context);
}

function apiFailure(error: APICallError, context: FailureContext): GatewayError {
  const { statusCode: status } = error;
  const network = networkCode(error);
  if (network || status === undefined) {
    return failure('MODEL_UNAVAILABLE', network ? { cause: network } : {}, messageOf(error), context, error);
  }
  const words = messageOf(error) || error.responseBody || '';
  if (status < 300) return failure('MODEL_BAD_RESPONSE', { status }, words, context, error);
  const headers = error.responseHeaders ?? {};
  const retryAfterMs = readRetryAfter(headers, context.now()) ?? (status === 429 ? readRateLimit(headers, context.now()) : undefined);
  const details = retryAfterMs === undefined ? { status } : { status, retryAfterMs };
  const said = SAID.find(({ words: pattern, statuses }) => statuses.includes(status) && pattern.test(words));
  return failure(said?.code ?? codeOfStatus(status, error.responseBody ?? ''), details, words, context, error);
}

/** A failure that the provider reported inside its stream, in its own format. */
function streamedFailure(thrown: unknown, context: FailureContext): GatewayError {
  const reported = typeof thrown === 'object' && thrown !== null ? (thrown as Record<string, unknown>) : {};
  const words = messageOf(thrown);
  const kind = `${reported['type'] ?? ''} ${reported['code'] ?? ''}`;
  const status = reported['statusCode'];
  if (typeof status === 'number') return failure(codeOfStatus(status, kind), { status }, words, context, thrown);
  if (/rate_limit/.test(kind)) return failure(codeOfStatus(429, kind), {}, words, context, thrown);
  if (/overloaded|server_error|api_error|unavailable/.test(kind)) return failure('MODEL_UNAVAILABLE', {}, words, context, thrown);
  if (/invalid_request|content_policy|context_length/.test(kind)) return failure('MODEL_REFUSED', {}, words, context, thrown);
  return failure('MODEL_BAD_RESPONSE', {}, words, context, thrown);
}

function codeOfStatus(status: number, body: string): ErrorCode {
  if (status === 401 || status === 403) return 'MODEL_UNAUTHORIZED';
  // An empty account answers 429 as well, but waiting does not fill it.
  if (status === 429) return /insufficient_quota|billing/.test(body) ? 'MODEL_REFUSED' : 'MODEL_RATE_LIMITED';
  if (status === 408 || status === 504) return 'MODEL_TIMEOUT';
  return status >= 500 ? 'MODEL_UNAVAILABLE' : 'MODEL_REFUSED';
}

function failure(
  code: ErrorCode,
  details: Readonly<Record<string, unknown>>,
  words: string,
  context: FailureContext,
  cause?: unknown,
): GatewayError {
  const said = shorten(withoutSecrets(words, context.secrets), MOST_MESSAGE_CHARACTERS);
  return new GatewayError(code, {
    // Which of a kind it was is in the provider's words alone.
    ...(said && SAID.some((one) => one.code === code) && { message: `${ERRORS[code].title.replace(/\.$/, '')}: ${said}` }),
    details: { provider: context.provider, ...details, ...(said ? { providerMessage: said } : {}) },
    // The SDK's errors carry the whole prompt and the key; only their name may travel on.
    ...(cause instanceof Error ? { cause: cause.name } : {}),
  });
}

function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((left, secret) => left.replaceAll(secret, '[secret]'), text).replace(KEY_LIKE, '[secret]');
}

function messageOf(thrown: unknown): string {
  if (typeof thrown === 'string') return thrown;
  const message = typeof thrown === 'object' && thrown !== null && 'message' in thrown ? thrown.message : undefined;
  return typeof message === 'string' ? message : '';
}

function isBadResponse(thrown: unknown): boolean {
  return [InvalidResponseDataError, JSONParseError, TypeValidationError, EmptyResponseBodyError].some((kind) => kind.isInstance(thrown));
}

function gatewayErrorIn(thrown: unknown): GatewayError | undefined {
  for (const error of causes(thrown)) if (error instanceof GatewayError) return error;
  return undefined;
}

function networkCode(thrown: unknown): string | undefined {
  for (const error of causes(thrown)) {
    const code = 'code' in error ? error.code : undefined;
    if (typeof code === 'string' && /^(E[A-Z]+|ERR_(TLS|SSL|HTTP|STREAM)\w*|HPE_\w+|CERT_\w+|\w*SELF_SIGNED\w*|UNABLE_TO_\w+)$/.test(code))
      return code;
  }
  return undefined;
}

function causes(thrown: unknown): readonly Error[] {
  const chain: Error[] = [];
  for (let error = thrown; error instanceof Error && chain.length < 8; error = error.cause) chain.push(error);
  return chain;
}
