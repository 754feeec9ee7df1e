/** The signed checkpoints of the log, proofs against them, and what checks of the log found. */
import { AuditVerified, GatewayError } from '@openclaw-gateway/events';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { proveEvent } from '../../integrity/prove.ts';
import type { Parts } from '../../parts.ts';
import { callerOf } from '../authenticate.ts';
import { defined, parse, queryNumber, queryPosition } from '../validate.ts';

const checkpointsQuery = z.object({ before: queryPosition().optional(), limit: queryNumber(1, 1000).default(50) });
const proofParams = z.object({ position: queryPosition() });
const position = z.int({ error: 'a position' }).nonnegative();
const verifiedBody = z.object(
  {
    from: position,
    to: position,
    hash: z.string({ error: 'the chain hash at `to`, in hex' }).regex(/^[0-9a-f]{64}$/, { error: 'the chain hash at `to`, in hex' }),
    firstBadPosition: position.optional(),
    problem: z.string({ error: 'what is wrong there' }).max(2000).optional(),
  },
  { error: 'an object' },
);

export function checkpointRoutes(app: FastifyInstance, parts: Parts): void {
  const { checkpoints, log, views } = parts.store;

  app.get('/api/audit/checkpoints', async (request) => {
    const { before, limit } = parse(checkpointsQuery, request.query);
    return {
      verifierKey: checkpoints.verifierKey,
      head: log.head(),
      checkpoints: await checkpoints.list(defined({ before, limit })),
      witnesses: parts.witnesses.status(),
    };
  });

  app.get('/api/audit/proofs/:position', async (request) => {
    const { position: at } = parse(proofParams, request.params);
    return await proveEvent(parts.store, at);
  });

  // Whoever checked the log read the file itself; what he says he saw at the end must be what is there.
  app.post('/api/audit/verified', async (request) => {
    const { from, to, hash, firstBadPosition, problem } = parse(verifiedBody, request.body);
    const ok = firstBadPosition === undefined;
    if (ok && to > 0 && (await views.event(to))?.hash !== hash) {
      throw new GatewayError('BAD_REQUEST', { message: `The log that was checked is not this one: position ${to} has another hash.` });
    }
    const event = AuditVerified.create({
      from,
      to,
      ok,
      ...(firstBadPosition !== undefined && { firstBadPosition }),
      ...(problem !== undefined && { problem: { code: 'LOG_CORRUPT', message: problem } }),
    });
    const result = await log.append({ events: [{ streamId: 'audit', event, metadata: { actor: callerOf(request).actor } }] });
    if (!result.ok) throw new GatewayError('INTERNAL');
    return { position: result.first };
  });
}
