/** A session as one file that verifies itself, to take elsewhere and replay there. */
import { hash } from 'node:crypto';
import { join } from 'node:path';
import { AuditExported } from '@openclaw-gateway/events';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { requireFreshProof } from '../../access/people/index.ts';
import { bundleOf } from '../../export/bundle-thread.ts';
import { MASKING_PROFILES } from '../../export/index.ts';
import { sessionIdOf } from '../../history/session-at.ts';
import type { Parts } from '../../parts.ts';
import { callerOf } from '../authenticate.ts';
import { demandOf } from '../authorise.ts';
import { viewsToCatchUp } from '../catch-up.ts';
import { parse } from '../validate.ts';

const query = z.object({ mask: z.enum(MASKING_PROFILES, { error: MASKING_PROFILES.join(', ') }).default('default') });

export function bundleRoutes(app: FastifyInstance, parts: Parts): void {
  app.get<{ Params: { id: string } }>('/api/sessions/:id/bundle', async (request, reply) => {
    const { mask } = parse(query, request.query);
    if (mask === 'none') {
      demandOf(request, parts, 'content.reveal');
      requireFreshProof(callerOf(request));
    }
    await viewsToCatchUp(parts);
    const sessionId = await sessionIdOf(parts.store, request.params.id);
    const gateway = { id: parts.gatewayId, version: parts.version };
    const { file, manifest } = await bundleOf({ dir: join(parts.stateDir, 'state'), sessionId, mask, gateway });
    const exported = AuditExported.create({
      format: 'bundle',
      query: `in:session/${sessionId}`,
      events: manifest.count,
      manifestHash: hash('sha256', JSON.stringify(manifest)),
    });
    await parts.store.log.append({ events: [{ streamId: 'audit', event: exported, metadata: { actor: callerOf(request).actor } }] });
    return reply
      .header('content-type', 'application/gzip')
      .header('content-disposition', `attachment; filename="${sessionId}.ocb"`)
      .send(file);
  });
}
