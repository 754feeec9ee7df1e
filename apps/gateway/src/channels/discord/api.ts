/** Discord's REST API: one call, its answer or the failure by its code; its rate limits are kept before they are met. */
import { setTimeout as wait } from 'node:timers/promises';
import { GatewayError } from '@openclaw-gateway/events';
import { egress, type Way } from '../../operations/egress/index.ts';

export const DISCORD_API = 'v10';
const MOST_CALL_MS = 25_000;
/** Longer than this, and the caller is told when to come again. */
const MOST_WAIT_MS = 10_000;
const MOST_ANSWER_BYTES = 16 * 1024 * 1024;
const MOST_ROUTES = 1_000;
const GLOBAL = '';

/** A body that is not JSON, in place of one that is. */
type Form = { readonly type: string; readonly bytes: Uint8Array };

export type DiscordApi = {
  /** Calls `GET /users/@me` and the like. Throws a CHANNEL_ code; `mayHaveArrived` in its details says that the call may have done its work. */
  readonly call: (method: 'GET' | 'POST', path: string, signal: AbortSignal, body?: object, form?: Form) => Promise<unknown>;
};

export function discordWay(apiRoot: string): Way {
  return egress.to(apiRoot);
}

export function discordApi(apiRoot: string, botToken: string): DiscordApi {
  const way = discordWay(apiRoot);
  const root = `${apiRoot.replace(/\/+$/, '')}/${DISCORD_API}`;
  const headers = {
    authorization: `Bot ${botToken}`,
    'user-agent': 'DiscordBot (https://github.com/openclaw/openclaw, 1)',
    'content-type': 'application/json',
  };
  /** Until when a route takes no more calls, on this process's clock. */
  const closedUntil = new Map<string, number>();

  const pass = async (route: string, signal: AbortSignal): Promise<void> => {
    const leftMs = Math.max(closedUntil.get(route) ?? 0, closedUntil.get(GLOBAL) ?? 0) - performance.now();
    if (leftMs > MOST_WAIT_MS) throw rateLimited(leftMs);
    if (leftMs > 0) await wait(leftMs, undefined, { signal }).catch(() => signal.throwIfAborted());
  };
  const close = (route: string, forMs: number) => {
    if (closedUntil.size >= MOST_ROUTES) closedUntil.clear();
    closedUntil.set(route, performance.now() + forMs);
  };

  return {
    call: async (method, path, signal, body, form) => {
      const route = `${method} ${path.replace(/\?.*$/, '')}`;
      const limit = AbortSignal.any([signal, AbortSignal.timeout(MOST_CALL_MS)]);
      await pass(route, limit).catch((thrown: unknown) => Promise.reject(failure(thrown, false)));
      const sent = form ? form.bytes : body && JSON.stringify(body);
      const typed = form ? { ...headers, 'content-type': form.type } : headers;
      const request = { method, headers: typed, signal: limit, mostBytes: MOST_ANSWER_BYTES, ...(sent !== undefined && { body: sent }) };
      const response = await way.fetch(root + path, request).catch((thrown: unknown) => Promise.reject(failure(thrown)));
      const text = await response.text().catch((thrown: unknown) => Promise.reject(failure(thrown)));
      const answer = parsed(text);
      const left = response.headers.get('x-ratelimit-remaining');
      const resetMs = Number(response.headers.get('x-ratelimit-reset-after') ?? 0) * 1000;
      if (response.status === 429) {
        const retryAfterMs = retryAfter(answer, response.headers);
        close(isGlobal(answer, response.headers) ? GLOBAL : route, retryAfterMs);
        throw rateLimited(retryAfterMs);
      }
      if (left === '0' && resetMs > 0) close(route, resetMs);
      if (response.status >= 400) throw refusal(route, response.status, answer);
      if (answer === undefined && response.status !== 204)
        throw unavailable('Discord sent something that is not an answer.', { mayHaveArrived: true });
      return answer;
    },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

type Fields = Readonly<Record<string, unknown>>;
const fieldsOf = (answer: unknown): Fields => (typeof answer === 'object' && answer !== null ? (answer as Fields) : {});

function retryAfter(answer: unknown, headers: Headers): number {
  const seconds = Number(fieldsOf(answer)['retry_after'] ?? headers.get('retry-after') ?? 1);
  return Number.isFinite(seconds) && seconds > 0 ? Math.ceil(seconds * 1000) : 1000;
}

function isGlobal(answer: unknown, headers: Headers): boolean {
  return fieldsOf(answer)['global'] === true || headers.get('x-ratelimit-global') === 'true';
}

function rateLimited(retryAfterMs: number): GatewayError {
  return new GatewayError('CHANNEL_RATE_LIMITED', { message: 'Discord limits how often it is called.', details: { retryAfterMs } });
}

function unavailable(message: string, details: Fields): GatewayError {
  return new GatewayError('CHANNEL_UNAVAILABLE', { message, details });
}

/** Missing access, and missing permissions. */
const FORBIDDEN: ReadonlySet<unknown> = new Set([50001, 50013]);

function refusal(route: string, status: number, answer: unknown): GatewayError {
  const { code, message: said } = fieldsOf(answer);
  const description = typeof said === 'string' ? said.slice(0, 300) : '';
  const details = { status, route, ...(typeof code === 'number' && { code }) };
  const message = `Discord answered ${status}${description && `: ${description}`}`;
  if (status === 401) return new GatewayError('CHANNEL_UNAUTHORIZED', { message, details });
  if (status >= 500) return unavailable(message, { ...details, mayHaveArrived: true });
  if (status === 403 && FORBIDDEN.has(code)) {
    const explained = `${message}. Give the bot's role View Channel, Read Message History and Send Messages there.`;
    return new GatewayError('CHANNEL_FORBIDDEN', { message: explained, details });
  }
  return new GatewayError('CHANNEL_REFUSED', { message, details });
}

const NOT_SENT: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'EGRESS_REFUSED']);

/** Only the code of a network error is passed on. Without a connection nothing was sent. */
function failure(thrown: unknown, wasSent = true): GatewayError {
  if (thrown instanceof GatewayError && thrown.code === 'CHANNEL_RATE_LIMITED') return thrown;
  const reported = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
  const code = typeof reported === 'string' ? reported : thrown instanceof Error ? thrown.name : 'unknown';
  return unavailable(`Discord cannot be reached (${code}).`, { cause: code, mayHaveArrived: wasSent && !NOT_SENT.has(code) });
}
