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

/** `status` of an answer; a report of what became of a message has none. */
export type GraphProblem = { readonly status?: number; readonly code: number; readonly text: string; readonly retryAfterMs?: number };

const RATE_LIMITS: ReadonlySet<number> = new Set([4, 80007, 130429, 131048, 131056]);
const OUT_OF_ORDER: ReadonlySet<number> = new Set([1, 2, 131000, 131016, 131057, 133004]);
/** What Meta's own words do not say. */
const TO_DO: Readonly<Record<number, string>> = {
  130497: 'WhatsApp does not let this business write to people in that country.',
  131021: 'Write from another number: it is the business number itself.',
  131026:
    'The number may not be on WhatsApp, may use an old version of it, or may not have accepted its terms: ask the person by other means.',
  131031: 'See in Meta Business Suite why the account is locked.',
  131042: 'Set up a payment method for the WhatsApp Business account.',
  131045: 'Register the phone number again at Meta.',
  131048: "See the number's quality in WhatsApp Manager: people blocked or reported it.",
  131050: 'The person does not want messages of this kind.',
  131051: 'WhatsApp does not take messages of this kind.',
  131053: 'The file could not be taken: see docs/channels.md for types and sizes.',
};
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
  const what = status === undefined ? 'WhatsApp could not deliver it' : `WhatsApp answered ${status}`;
  const advice = TO_DO[code];
  const message = `${what}${code === 0 ? '' : `, code ${code}`}: ${text}${advice === undefined ? '' : `. ${advice}`}`;
  const details = { code, ...(status !== undefined && { status }) };
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
  if ((status !== undefined && status >= 500) || OUT_OF_ORDER.has(code))
    return new GatewayError('CHANNEL_UNAVAILABLE', { message, details });
  return new GatewayError('CHANNEL_REFUSED', { message, details });
}
