/** Whether a webhook call is from who knows the hook's secret, and what message it is. Pure: the HTTP door calls it. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { GatewayError } from '@openclaw-gateway/events';

export type WebhookHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

export type WebhookCall = {
  readonly headers: WebhookHeaders;
  /** The bytes as they came, before any parsing. */
  readonly rawBody: Buffer;
};

export type WebhookRules = {
  readonly secret: string;
  /** `openclaw` (the default): timestamp and `x-openclaw-signature`. `github`: `x-hub-signature-256`. */
  readonly signature?: 'openclaw' | 'github';
  /** How far the timestamp may be from the clock. */
  readonly maxSkewMs: number;
};

export type WebhookVerdict =
  /** `replayKey` is the same for the same signed call: it is the message's `externalId`. */
  { readonly ok: true; readonly replayKey: string } | { readonly ok: false; readonly error: GatewayError };

/**
 * Checks the signature of a call. The error is SIGNATURE_MISSING, SIGNATURE_INVALID or SIGNATURE_EXPIRED.
 * @example const verdict = verifyWebhook({ headers, rawBody }, { secret, maxSkewMs: 300_000 }, Date.now());
 */
export function verifyWebhook(call: WebhookCall, rules: WebhookRules, nowMs: number): WebhookVerdict {
  return rules.signature === 'github' ? verifyGitHub(call, rules.secret) : verifyOwn(call, rules, nowMs);
}

/** The signature a caller sends: `sha256=` and the HMAC-SHA256 of `<timestamp>.<raw body>` in hexadecimal. */
export function signWebhook(secret: string, timestamp: string, rawBody: string | Buffer): string {
  return `sha256=${createHmac('sha256', secret).update(`${timestamp}.`).update(rawBody).digest('hex')}`;
}

function verifyOwn({ headers, rawBody }: WebhookCall, { secret, maxSkewMs }: WebhookRules, nowMs: number): WebhookVerdict {
  const timestamp = header(headers, 'x-openclaw-timestamp');
  const signature = header(headers, 'x-openclaw-signature');
  if (!timestamp || !signature) return refuse('SIGNATURE_MISSING');
  if (!/^\d{1,12}$/.test(timestamp)) return refuse('SIGNATURE_INVALID', 'x-openclaw-timestamp is not a Unix time in seconds.');
  const expected = signWebhook(secret, timestamp, rawBody);
  if (!isSame(signature, expected)) return refuse('SIGNATURE_INVALID');
  // After the signature, so that the clock tells nothing to those who do not know the secret.
  const skewMs = Math.abs(nowMs - Number(timestamp) * 1000);
  if (skewMs > maxSkewMs) return refuse('SIGNATURE_EXPIRED', undefined, { skewMs: Math.round(skewMs), maxSkewMs });
  return { ok: true, replayKey: keyOf(secret, expected) };
}

function verifyGitHub({ headers, rawBody }: WebhookCall, secret: string): WebhookVerdict {
  const signature = header(headers, 'x-hub-signature-256');
  const delivery = header(headers, 'x-github-delivery');
  if (!signature || !delivery) return refuse('SIGNATURE_MISSING', 'Send x-hub-signature-256 and x-github-delivery.');
  const expected = `sha256=${createHmac('sha256', secret).update(rawBody).digest('hex')}`;
  if (!isSame(signature, expected))
    return refuse('SIGNATURE_INVALID', "The signature is not the HMAC-SHA256 of the body with the hook's secret.");
  // GitHub signs neither a time nor the delivery's id, so a captured call under another id cannot be told from a new one.
  return { ok: true, replayKey: keyOf(secret, `github:${delivery}`) };
}

/** A keyed hash, because the log keeps it: the signature itself could be used to call again. */
function keyOf(secret: string, what: string): string {
  return createHmac('sha256', secret).update(`replay:${what}`).digest('hex');
}

function isSame(given: string, expected: string): boolean {
  const [a, b] = [given.trim().toLowerCase(), expected].map((text) => createHmac('sha256', 'length').update(text).digest());
  return a !== undefined && b !== undefined && timingSafeEqual(a, b);
}

/** A header that came once; a repeated one is nobody's. */
function header(headers: WebhookHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' && value.length <= 512 ? value : undefined;
}

function refuse(
  code: 'SIGNATURE_MISSING' | 'SIGNATURE_INVALID' | 'SIGNATURE_EXPIRED',
  message?: string,
  details?: Readonly<Record<string, unknown>>,
): WebhookVerdict {
  return { ok: false, error: new GatewayError(code, { ...(message ? { message } : {}), ...(details ? { details } : {}) }) };
}
