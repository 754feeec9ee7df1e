/** Failed calls of the Graph API as CHANNEL_ codes. What Meta says is passed on, the request never: it has the token. */
import { GatewayError } from '@openclaw-gateway/events';
import { z } from 'zod';

const body = z.object({
  error: z.looseObject({
    message: z.string().optional(),
    code: z.number().optional(),
    error_data: z.looseObject({ details: z.string().optional() }).optional(),
  }),
});

export type GraphProblem = { readonly status: number; readonly code: number; readonly text: string; readonly retryAfterMs?: number };

const RATE_LIMITS: ReadonlySet<number> = new Set([4, 80007, 130429, 131048, 131056]);
const OUT_OF_ORDER: ReadonlySet<number> = new Set([1, 2, 131000, 131016, 131057, 133004]);
const WINDOW_CLOSED = 131047;
const PAIR_LIMIT = 131056;
const RETRY_MS = 5_000;
/** One message to the same person in six seconds is what Meta lets through in the long run. */
const PAIR_RETRY_MS = 6_000;

/** What an answer that is no success says. */
export async function readProblem(answer: Response): Promise<GraphProblem> {
  const parsed = body.safeParse(await answer.json().catch(() => undefined));
  const { message = 'no reason given', code = 0, error_data: data } = parsed.success ? parsed.data.error : {};
  const seconds = Number(answer.headers.get('retry-after'));
  const retryAfterMs = seconds > 0 ? { retryAfterMs: seconds * 1000 } : {};
  return { status: answer.status, code, text: [message, data?.details].filter(Boolean).join(' '), ...retryAfterMs };
}

/** The error that a problem is: of an answer, or of a status that came later. */
export function graphFailure({ status, code, text, retryAfterMs }: GraphProblem): GatewayError {
  const message = `WhatsApp answered ${status}${code === 0 ? '' : `, code ${code}`}: ${text}`;
  const details = { status, code };
  if (code === WINDOW_CLOSED) {
    const closed = 'More than 24 hours have passed since the person wrote last. Until they write again WhatsApp takes only templates.';
    return new GatewayError('CHANNEL_WINDOW_CLOSED', { message: closed, details });
  }
  if (RATE_LIMITS.has(code) || status === 429) {
    const waitMs = retryAfterMs ?? (code === PAIR_LIMIT ? PAIR_RETRY_MS : RETRY_MS);
    return new GatewayError('CHANNEL_RATE_LIMITED', { message, details: { ...details, retryAfterMs: waitMs } });
  }
  if (status === 401 || code === 190) return new GatewayError('CHANNEL_UNAUTHORIZED', { message, details });
  if (code === 3 || code === 10 || (code >= 200 && code < 300)) return new GatewayError('CHANNEL_FORBIDDEN', { message, details });
  if (status >= 500 || OUT_OF_ORDER.has(code)) return new GatewayError('CHANNEL_UNAVAILABLE', { message, details });
  return new GatewayError('CHANNEL_REFUSED', { message, details });
}
