import { z } from 'zod';
import { defineAggregate, defineEvent } from '../define.ts';
import { count, explain, hash, name, problem } from './shared.ts';

export const AuditViewed = defineEvent('audit.viewed', {
  version: 1,
  description: 'Someone read the audit trail.',
  schema: z.object({ query: z.string().max(2000), rows: count }),
  summary: (d) => `Audit trail read: ${d.rows} rows`,
  retention: 'audit',
});

export const AuditExported = defineEvent('audit.exported', {
  version: 1,
  description: "Events were exported; the hash is that of the export's manifest.",
  schema: z.object({ format: name, query: z.string().max(2000), events: count, manifestHash: hash }),
  summary: (d) => `${d.events} events exported as ${d.format}`,
  retention: 'audit',
});

export const AuditVerified = defineEvent('audit.verified', {
  version: 1,
  description: 'The hash chain was checked.',
  schema: z.object({ from: count, to: count, ok: z.boolean(), firstBadPosition: count.optional(), problem: problem.optional() }),
  summary: (d) =>
    d.ok ? `Chain verified from ${d.from} to ${d.to}` : `Chain broken at ${d.firstBadPosition}: ${d.problem ? explain(d.problem) : ''}`,
  retention: 'audit',
});

export const AuditRevealed = defineEvent('audit.revealed', {
  version: 1,
  description: 'Someone looked at a value that is normally masked.',
  schema: z.object({ position: count, field: name, reason: z.string().max(500) }),
  summary: (d) => `Field ${d.field} of event ${d.position} revealed`,
  retention: 'audit',
  severity: 'warn',
});

export type AuditState = { readonly verifiedTo: number; readonly broken: boolean };

export const Audit = defineAggregate<AuditState>({
  name: 'audit',
  events: [AuditViewed, AuditExported, AuditVerified, AuditRevealed],
  initial: () => ({ verifiedTo: 0, broken: false }),
  evolve: (state, event) => (AuditVerified.is(event) ? { verifiedTo: event.data.to, broken: !event.data.ok } : state),
});
