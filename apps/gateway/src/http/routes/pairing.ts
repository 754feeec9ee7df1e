/** Who was let in by a pairing code, and who waits for it. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Parts } from '../../parts.ts';
import { callerOf } from '../authenticate.ts';
import { parse, text } from '../validate.ts';

const codeBody = z.strictObject({ code: text(64, 'a pairing code') }, { error: 'an object with a code' });
const senderBody = z.strictObject(
  { channel: text(32, 'the name of a channel'), account: text(128).default('default'), sender: text(512, 'the id of a sender') },
  { error: 'an object with channel, account and sender' },
);

export function pairingRoutes(app: FastifyInstance, { pairing }: Parts): void {
  app.get('/api/pairing', async () => pairing.list());

  app.post('/api/pairing/approve', async (request) => await pairing.approve(parse(codeBody, request.body).code, callerOf(request).actor));

  app.post('/api/pairing/reject', async (request) => await pairing.reject(parse(codeBody, request.body).code, callerOf(request).actor));

  app.post('/api/pairing/revoke', async (request) => {
    const { channel, account, sender } = parse(senderBody, request.body);
    return await pairing.revoke({ channel, account, sender: { id: sender } }, callerOf(request).actor);
  });
}
