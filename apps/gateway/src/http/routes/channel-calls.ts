/** The door through which chat services call: `/webhooks/<channel>/<account>`. The adapter asks for the service's proof. */
import { GatewayError, toGatewayError } from '@openclaw-gateway/events';
import type { ChannelCall } from '@openclaw-gateway/sdk';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { accessRequest } from '../../access/request.ts';
import type { Parts } from '../../parts.ts';

export const CHANNEL_CALLS = '/webhooks/:channel/:account';

const RETRY_AFTER_MS = 1_000;
/** What no service needs to be told about the connection. */
const OWN_HEADERS = new Set(['connection', 'content-length', 'date', 'keep-alive', 'set-cookie', 'transfer-encoding', 'upgrade']);

export function channelCallRoutes(app: FastifyInstance, parts: Parts): void {
  // Signatures cover the bytes as they came.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_, body, done) => done(null, body));

  app.route<{ Params: { channel: string; account: string }; Body: Buffer | undefined }>({
    method: ['GET', 'POST'],
    url: CHANNEL_CALLS,
    exposeHeadRoute: false,
    handler: async (request, reply) => {
      const { channel, account } = request.params;
      const answer = await parts.channels.webhook(channel, account, callOf(request)).catch((thrown: unknown) => {
        const error = toGatewayError(thrown);
        if (error.code.startsWith('SIGNATURE_'))
          parts.access.recordDenial({ door: 'hook', method: 'hmac', error, client: accessRequest(request).socket });
        throw error.retryable ? notTaken(error) : error;
      });
      const headers = Object.entries(answer.headers ?? {}).filter(([name]) => !OWN_HEADERS.has(name.toLowerCase()));
      return reply
        .status(answer.status)
        .headers(Object.fromEntries(headers))
        .send(answer.body ?? '');
    },
  });
}

function callOf(request: FastifyRequest<{ Body: Buffer | undefined }>): ChannelCall {
  const query = Object.entries(request.query as Record<string, unknown>).flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, value] as const] : [],
  );
  return {
    method: request.method,
    headers: request.headers,
    query: Object.fromEntries(query),
    rawBody: request.body ?? Buffer.alloc(0),
  };
}

/** Every service tries again after 503; what other codes mean to them differs. */
function notTaken(error: GatewayError): GatewayError {
  if (error.status === 503) return error;
  const asked = error.details?.['retryAfterMs'];
  const retryAfterMs = typeof asked === 'number' ? asked : RETRY_AFTER_MS;
  return new GatewayError('CHANNEL_CALL_NOT_TAKEN', { details: { cause: error.code, retryAfterMs }, cause: error });
}
