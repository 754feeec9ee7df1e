/** Slack's Web API: one call, its answer or the failure by its code. */
import { GatewayError } from '@openclaw-gateway/events';
import { egress, type Way } from '../../operations/egress/index.ts';

const MOST_CALL_MS = 25_000;
const MOST_ANSWER_BYTES = 8 * 1024 * 1024;

export type SlackAnswer = Readonly<Record<string, unknown>> & {
  /** What the token may do, where Slack says so. */
  readonly scopes?: readonly string[];
};
export type SlackApi = {
  /** Calls a method. Throws a CHANNEL_ code; `mayHaveArrived` in its details says that the call may have done its work. */
  readonly call: (method: string, input: Readonly<Record<string, unknown>>, signal: AbortSignal) => Promise<SlackAnswer>;
};

export function slackWay(slackApiUrl: string): Way {
  return egress.to(slackApiUrl);
}

export function slackApi(slackApiUrl: string, token: string): SlackApi {
  const way = slackWay(slackApiUrl);
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/x-www-form-urlencoded' };
  return {
    call: async (method, input, signal) => {
      const url = new URL(method, slackApiUrl.endsWith('/') ? slackApiUrl : `${slackApiUrl}/`);
      const limit = AbortSignal.any([signal, AbortSignal.timeout(MOST_CALL_MS)]);
      const request = { method: 'POST', headers, body: form(input), signal: limit, mostBytes: MOST_ANSWER_BYTES };
      const response = await way.fetch(url, request).catch((thrown: unknown) => Promise.reject(networkFailure(thrown)));
      const body = await response.text().catch((thrown: unknown) => Promise.reject(networkFailure(thrown)));
      return answerOf(method, response, body);
    },
  };
}

function form(input: Readonly<Record<string, unknown>>): string {
  const fields = new URLSearchParams();
  for (const [name, value] of Object.entries(input)) {
    if (value !== undefined) fields.set(name, typeof value === 'string' ? value : JSON.stringify(value));
  }
  return fields.toString();
}

function answerOf(method: string, response: Response, body: string): SlackAnswer {
  const { status, headers } = response;
  if (status === 429) throw rateLimited(headers.get('retry-after'));
  if (status !== 200) throw unavailable(`Slack answered ${method} with ${status}.`, { status, mayHaveArrived: status >= 500 });
  const answer = parsed(body);
  if (typeof answer?.['ok'] !== 'boolean') throw unavailable('Slack sent something that is not an answer.', { mayHaveArrived: true });
  if (!answer['ok']) throw refusal(method, answer, headers);
  const scopes = headers.get('x-oauth-scopes');
  return scopes === null ? answer : { ...answer, scopes: scopes.split(',').map((scope) => scope.trim()) };
}

function parsed(body: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

const UNAUTHORIZED: ReadonlySet<string> = new Set([
  ...['invalid_auth', 'not_authed', 'account_inactive', 'token_revoked', 'token_expired', 'not_allowed_token_type', 'org_login_required'],
  ...['two_factor_setup_required', 'team_access_not_granted', 'invalid_app_id'],
]);
/** Slack's own trouble; the first of them may have come after the work was done. */
const UNAVAILABLE: ReadonlySet<string> = new Set([
  'internal_error',
  'fatal_error',
  'service_unavailable',
  'request_timeout',
  'team_added_to_org',
]);

function refusal(method: string, answer: Readonly<Record<string, unknown>>, headers: Headers): GatewayError {
  const error = typeof answer['error'] === 'string' ? answer['error'].slice(0, 100) : 'unknown_error';
  const details = { method, error };
  const message = `Slack answered ${method}: ${error}`;
  if (error === 'ratelimited' || error === 'rate_limited') return rateLimited(headers.get('retry-after'));
  if (UNAUTHORIZED.has(error)) return new GatewayError('CHANNEL_UNAUTHORIZED', { message, details });
  if (UNAVAILABLE.has(error))
    return unavailable(message, { ...details, mayHaveArrived: error === 'internal_error' || error === 'fatal_error' });
  if (error !== 'missing_scope') return new GatewayError('CHANNEL_REFUSED', { message, details });
  const needed = typeof answer['needed'] === 'string' ? answer['needed'].slice(0, 200) : 'another scope';
  return new GatewayError('CHANNEL_FORBIDDEN', { message: `${message}; it needs ${needed}.`, details: { ...details, permission: needed } });
}

function rateLimited(retryAfter: string | null): GatewayError {
  const seconds = Number(retryAfter ?? 1);
  const retryAfterMs = Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : 1000;
  return new GatewayError('CHANNEL_RATE_LIMITED', { message: 'Slack limits how often it is called.', details: { retryAfterMs } });
}

function unavailable(message: string, details: Readonly<Record<string, unknown>>): GatewayError {
  return new GatewayError('CHANNEL_UNAVAILABLE', { message, details });
}

const NOT_SENT: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'EGRESS_REFUSED']);

/** Only the code of a network error is passed on. Without a connection nothing was sent. */
function networkFailure(thrown: unknown): GatewayError {
  const reported = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
  const code = typeof reported === 'string' ? reported : thrown instanceof Error ? thrown.name : 'unknown';
  return unavailable(`Slack cannot be reached (${code}).`, { cause: code, mayHaveArrived: !NOT_SENT.has(code) });
}
