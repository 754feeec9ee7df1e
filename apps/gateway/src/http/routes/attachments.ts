/** Files that came or went with messages: saved by whoever may read the conversation, never shown in place. */
import { type Attachment, GatewayError } from '@openclaw-gateway/events';
import type { FastifyInstance } from 'fastify';
import { ownsMessage } from '../../access/ownership.ts';
import { accessRequest } from '../../access/request.ts';
import { findAttachment } from '../../attachments/find.ts';
import { readText } from '../../attachments/sniff.ts';
import type { Parts } from '../../parts.ts';
import { callerOf } from '../authenticate.ts';
import { viewsToCatchUp } from '../catch-up.ts';
import { NO_PAGE } from '../headers.ts';

export function attachmentRoutes(app: FastifyInstance, parts: Parts): void {
  const { store, attachments, audit } = parts;

  app.get<{ Params: { id: string } }>('/api/attachments/:id', async (request, reply) => {
    const { id } = request.params;
    await viewsToCatchUp(parts);
    const reference = await store.views.attachment(id);
    const caller = callerOf(request);
    // Takes as long for what is not there as for what is somebody else's.
    const isTheirs =
      request.reach !== 'own' || (await ownsMessage(store.views, caller, reference && { senderId: '', ...sessionOf(reference) }));
    const found = reference && isTheirs ? await findAttachment(store.log, reference) : undefined;
    if (!found) throw new GatewayError('ATTACHMENT_NOT_FOUND');
    const bytes = await attachments.read(found);
    const asker = { caller, socket: accessRequest(request).socket, door: 'http' } as const;
    const text = readText(bytes);
    const shown = text === undefined ? bytes : Buffer.from(audit.shown(asker, { kind: 'attachment', id }, text));
    return reply
      .header('content-type', found.dangerous ? 'application/octet-stream' : typeOf(found))
      .header('content-length', shown.length)
      .header('content-disposition', disposition(found.name))
      .header('content-security-policy', `${NO_PAGE}; sandbox`)
      .header('cache-control', 'private, no-store')
      .send(shown);
  });
}

function sessionOf({ sessionId }: { readonly sessionId?: string }) {
  return sessionId === undefined ? {} : { sessionId };
}

function typeOf({ mimeType }: Attachment): string {
  return mimeType.startsWith('text/') ? `${mimeType}; charset=utf-8` : mimeType;
}

/** As RFC 6266 writes it: in ASCII for old programs, and whole. */
function disposition(name: string): string {
  const ascii = name.replace(/[^\x20-\x7e]|["\\%]/g, '_');
  const whole = encodeURIComponent(name).replace(/['()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
  return `attachment; filename="${ascii}"; filename*=UTF-8''${whole}`;
}
