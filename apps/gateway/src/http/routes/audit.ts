/** The audit trail: who did what, and how it ended. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { AUDIT_CLASSES, auditRows, chosenClasses, scopeOf } from '../../export/index.ts';
import type { Parts } from '../../parts.ts';
import { viewsToCatchUp } from '../catch-up.ts';
import { defined, parse, queryList, queryNumber, queryPosition, text } from '../validate.ts';

const CLASS_NAMES = AUDIT_CLASSES.join(', ');

const auditQuery = z.object({
  class: queryList()
    .pipe(z.array(z.enum(AUDIT_CLASSES, { error: CLASS_NAMES })))
    .optional(),
  q: text(4000).optional(),
  session: text(128).optional(),
  channel: queryList().optional(),
  from: text(64).optional(),
  to: text(64).optional(),
  before: queryPosition().optional(),
  limit: queryNumber(1, 200).default(50),
});

export function auditRoutes(app: FastifyInstance, parts: Parts): void {
  app.get('/api/audit', async (request) => {
    const { class: classes, q, session, channel, from, to, before, limit } = parse(auditQuery, request.query);
    const { audit } = parts.config.current().config.gateway.logging;
    const chosen = chosenClasses(audit).filter((name) => !classes || classes.includes(name));
    const { filter } = scopeOf({ classes: chosen, query: q, session, channels: channel, from, to }, Date.now());
    await viewsToCatchUp(parts);
    return { enabled: audit.enabled, ...(await auditRows(parts.store.views, filter, defined({ before, limit }))) };
  });
}
