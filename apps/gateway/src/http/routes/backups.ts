/** What backups were made: they are made by a command beside the gateway, which says so here. */
import { BackupCreated, GatewayError } from '@openclaw-gateway/events';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Parts } from '../../parts.ts';
import { callerOf } from '../authenticate.ts';
import { parse } from '../validate.ts';

const hash = z.string({ error: 'a SHA-256 in hex' }).regex(/^[0-9a-f]{64}$/, { error: 'a SHA-256 in hex' });
const whole = z.int({ error: 'a whole number' }).nonnegative();
const createdBody = z.object(
  {
    head: z.object({ position: whole, hash }),
    manifestHash: hash,
    sizeBytes: whole,
    keys: z.enum(['inside', 'apart', 'left_out'], { error: '"inside", "apart" or "left_out"' }),
  },
  { error: 'an object' },
);

export function backupRoutes(app: FastifyInstance, { store }: Parts): void {
  app.post('/api/backups/created', async (request) => {
    const body = parse(createdBody, request.body);
    const { position } = body.head;
    if (position > 0 && (await store.views.event(position))?.hash !== body.head.hash) {
      throw new GatewayError('BAD_REQUEST', { message: `The log that was copied is not this one: position ${position} has another hash.` });
    }
    const metadata = { actor: callerOf(request).actor };
    const result = await store.log.append({ events: [{ streamId: 'backup', event: BackupCreated.create(body), metadata }] });
    if (!result.ok) throw new GatewayError('INTERNAL');
    return { position: result.first };
  });
}
