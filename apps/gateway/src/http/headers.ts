/** What every answer tells browsers: not to guess, not to frame, not to share. Pages put a policy of their own in place of the one here. */
import type { FastifyInstance, FastifyReply } from 'fastify';

/** An answer of the API is no page: nothing in it is run or loaded, wherever it is opened. */
export const NO_PAGE = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const HEADERS = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy':
    'accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=()',
  'content-security-policy': NO_PAGE,
} as const;

/** Adds them to the answers of everything that is registered after it. */
export function addSecurityHeaders(app: FastifyInstance): void {
  app.addHook('onRequest', async (_, reply: FastifyReply) => void reply.headers(HEADERS));
}
