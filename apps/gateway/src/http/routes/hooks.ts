/** Signed webhooks: `POST <hooks.path>/<name>`. */
import { GatewayError } from '@openclaw-gateway/events';
import type { FastifyInstance } from 'fastify';
import { accessRequest } from '../../access/request.ts';
import { webhookText } from '../../channels/webhook/text.ts';
import { verifyWebhook } from '../../channels/webhook/verify.ts';
import type { Parts } from '../../parts.ts';
import { submit, withDetails } from '../submit.ts';
import { hookFiles } from './hook-files.ts';

export function hookRoutes(app: FastifyInstance, parts: Parts): void {
  // The signature covers the bytes as they came.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_, body, done) => done(null, body));

  app.post<{ Params: { name: string }; Body: Buffer | undefined }>(
    `${parts.config.current().config.hooks.path}/:name`,
    async (request, reply) => {
      const { hooks } = parts.config.current().config;
      const { name } = request.params;
      const hook = hooks.enabled && Object.hasOwn(hooks.entries, name) ? hooks.entries[name] : undefined;
      if (!hook) throw new GatewayError('NOT_FOUND', { message: 'There is no webhook of this name.' });

      const rawBody = request.body ?? Buffer.alloc(0);
      const verdict = verifyWebhook({ headers: request.headers, rawBody }, { ...hook, maxSkewMs: hooks.maxSkew }, Date.now());
      if (!verdict.ok) {
        parts.access.recordDenial({ door: 'hook', method: 'hmac', error: verdict.error, client: accessRequest(request).socket });
        throw verdict.error;
      }
      const { agentId, sessionKey, template } = hook;
      const text = rawBody.toString();
      // The bodies of GitHub are its own.
      const attachments = hook.signature === 'openclaw' && text !== '' ? hookFiles(text) : [];
      const received = await submit(
        parts,
        {
          channel: 'webhook',
          account: name,
          inbound: {
            externalId: verdict.replayKey,
            sender: { id: `hook:${name}` },
            peer: { kind: 'direct', id: `hook:${name}` },
            text: webhookText(text, template, attachments.length > 0),
            ...(attachments.length > 0 && { attachments }),
          },
          caller: { method: 'hmac', actor: { type: 'service_account', id: `hook:${name}` } },
          sessionKey,
          ...(agentId === undefined ? {} : { agentId }),
        },
        request,
      );
      const { messageId, sessionId, sessionKey: fullKey, position, duplicate } = received;
      if (duplicate) throw withDetails(new GatewayError('WEBHOOK_REPLAYED'), { messageId });
      return reply.status(202).send({ messageId, sessionId, sessionKey: fullKey, position });
    },
  );
}
