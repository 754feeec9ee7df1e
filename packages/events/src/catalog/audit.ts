import { z } from 'zod';
import { defineAggregate, defineEvent, pii } from '../define.ts';
import { client, count, explain, hash, name, problem } from './shared.ts';

const door = z.enum(['http', 'websocket', 'dashboard', 'gateway']);

/** What somebody looked at or did something to: a conversation, an event, the configuration … */
const target = z.object({ kind: name, id: name.optional() });

const named = (d: z.output<typeof target>): string => (d.id === undefined ? d.kind : `${d.kind} ${d.id}`);
const times = (count_: number): string => (count_ > 1 ? ` (${count_} times)` : '');

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
  version: 2,
  description:
    'Somebody who may was shown what is masked for others: the first time at once, and what the same caller is shown of the same target within the next minute together.',
  schema: z.object({
    target,
    /** The keys under which there was something to mask. */
    fields: z.array(name).min(1).max(20),
    door,
    times: count,
    client,
  }),
  upcast: {
    1: ({ position, field }) => ({ target: { kind: 'event', id: String(position) }, fields: [field], door: 'dashboard', times: 1 }),
  },
  summary: (d) => `${named(d.target)}: shown unmasked${times(d.times)}: ${d.fields.join(', ')}`,
  retention: 'audit',
});

export const AuditAccessed = defineEvent('audit.accessed', {
  version: 1,
  description:
    'Somebody looked at what the log holds: the first time at once, and what the same caller does to the same target within the next minute together.',
  schema: z.object({
    operation: z.enum(['list', 'read', 'search', 'follow', 'fetch']),
    target,
    door,
    /** What was searched for. */
    query: pii(z.string().max(300)).optional(),
    times: count,
    client,
  }),
  summary: (d) => `${named(d.target)}: ${d.operation}${times(d.times)}`,
  retention: 'audit',
});

export const AuditActionRequested = defineEvent('audit.action_requested', {
  version: 1,
  description: 'An operator is about to do something to the gateway. Committed before it is done: what cannot be recorded is not done.',
  schema: z.object({ action: name, target: target.optional(), door, reason: z.string().max(500).optional(), client }),
  summary: (d) => `Asked for ${d.action}${d.target ? ` of ${named(d.target)}` : ''}${d.reason ? `: ${d.reason}` : ''}`,
  retention: 'audit',
});

export const AuditActionEnded = defineEvent('audit.action_ended', {
  version: 1,
  description: 'How ended what an operator asked for.',
  schema: z.object({
    action: name,
    target: target.optional(),
    door,
    outcome: z.enum(['success', 'failure']),
    problem: problem.optional(),
    /** Where in the log it was asked for. */
    requestedAt: count,
    client,
  }),
  summary: (d) => `${d.action}${d.target ? ` of ${named(d.target)}` : ''}: ${d.outcome}${d.problem ? `, ${explain(d.problem)}` : ''}`,
  retention: 'audit',
});

export type AuditState = { readonly verifiedTo: number; readonly broken: boolean };

export const Audit = defineAggregate<AuditState>({
  name: 'audit',
  events: [AuditViewed, AuditExported, AuditVerified, AuditRevealed, AuditAccessed, AuditActionRequested, AuditActionEnded],
  initial: () => ({ verifiedTo: 0, broken: false }),
  evolve: (state, event) => (AuditVerified.is(event) ? { verifiedTo: event.data.to, broken: !event.data.ok } : state),
});
