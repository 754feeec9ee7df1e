import { z } from 'zod';
import { defineAggregate, defineEvent, pii, shorten } from '../define.ts';
import { attachment, count, durationMs, explain, MOST_ATTACHMENTS, name, problem } from './shared.ts';

const call = { runId: name, callId: name, tool: name };
/** How many people have to say yes; one when left out. */
const people = z.literal(2);

/**
 * What stood before a model when it asked for a call, and came from nobody who is signed in: messages of others, and what tools
 * returned, such as pages and files. The positions say where the log has it.
 */
const influence = z.object({
  kind: z.enum(['message', 'tool_result']),
  position: count,
  messageId: name.optional(),
  callId: name.optional(),
  tool: name.optional(),
});

export type Influence = z.output<typeof influence>;

export const ToolRequested = defineEvent('tool.requested', {
  version: 1,
  description: 'A model asked for a tool call.',
  schema: z.object({
    ...call,
    arguments: pii(z.unknown()),
    /** The untrusted texts since the last trusted message, the newest ones. */
    influences: z.array(influence).max(50).optional(),
    /** How many older ones there are. */
    moreInfluences: count.optional(),
  }),
  summary: (d) => `${d.tool} ${shorten(JSON.stringify(d.arguments) ?? '', 120)}${influenced(d.influences)}`,
  retention: 'content',
});

function influenced(influences: readonly Influence[] = []): string {
  return influences.length === 0 ? '' : ` (after ${influences.length} untrusted ${influences.length === 1 ? 'text' : 'texts'})`;
}

export const ToolApprovalRequested = defineEvent('tool.approval_requested', {
  version: 1,
  description: 'The policy wants a person to decide about a tool call.',
  schema: z.object({
    ...call,
    rule: name,
    expiresAt: z.int(),
    /** What a person writes to decide about it: `yes K7QF2M`. */
    approvalCode: z.string().max(16).optional(),
    people: people.optional(),
  }),
  summary: (d) =>
    `${d.tool} waits for approval${d.people === undefined ? '' : ' by two people'}${d.approvalCode === undefined ? '' : ` (${d.approvalCode})`}`,
  retention: 'audit',
  severity: 'warn',
});

export const ToolApprovalGiven = defineEvent('tool.approval_given', {
  version: 1,
  description: 'The first of two people said yes to a tool call, which still waits for the second.',
  schema: z.object({
    ...call,
    /** Whose word it is, whichever door it came by: opaque, and another for the second. */
    person: name,
    reason: z.string().max(500),
    /** What was said yes to beyond this call; it holds when the second says the same. */
    lasting: z.enum(['session', 'always']).optional(),
  }),
  summary: (d) => `${d.tool} allowed by one of two people: ${d.reason}`,
  retention: 'audit',
});

export const ToolApproved = defineEvent('tool.approved', {
  version: 1,
  description: 'A tool call may run, and by which rule.',
  schema: z.object({
    ...call,
    rule: name,
    reason: z.string().max(500),
    /** Further calls of the tool in this conversation run without anybody being asked, until it is closed. */
    lasting: z.literal('session').optional(),
    people: people.optional(),
  }),
  summary: (d) =>
    `${d.tool} allowed${d.people === undefined ? '' : ' by two people'}${d.lasting === undefined ? '' : ' for the whole conversation'}: ${d.reason}`,
  retention: 'audit',
});

export const ToolDenied = defineEvent('tool.denied', {
  version: 1,
  description: 'A tool call may not run; the model is told.',
  schema: z.object({ ...call, rule: name, problem }),
  summary: (d) => `${d.tool} denied: ${explain(d.problem)}`,
  retention: 'audit',
  severity: 'warn',
});

export const ToolStarted = defineEvent('tool.started', {
  version: 1,
  description: 'A tool call is about to have its effect. Never run again once this is committed.',
  schema: z.object(call),
  summary: (d) => `${d.tool} started`,
  retention: 'audit',
});

export const ToolCompleted = defineEvent('tool.completed', {
  version: 1,
  description: 'A tool call finished; its result goes back to the model.',
  schema: z.object({
    ...call,
    result: pii(z.unknown()),
    /** Files that it gave to go out with the answer, or for the model alone to see. */
    attachments: z
      .array(attachment.extend({ toModel: z.boolean().optional() }))
      .max(MOST_ATTACHMENTS)
      .optional(),
    durationMs,
  }),
  summary: (d) => `${d.tool} → ${shorten(JSON.stringify(d.result) ?? '', 120)}`,
  retention: 'content',
});

export const ToolFailed = defineEvent('tool.failed', {
  version: 1,
  description: 'A tool call failed, or was interrupted by a crash; the model is told.',
  schema: z.object({ ...call, problem, durationMs: durationMs.optional() }),
  summary: (d) => `${d.tool} failed: ${explain(d.problem)}`,
  retention: 'content',
  severity: 'error',
});

export type ToolState = { readonly status: 'none' | 'requested' | 'waiting' | 'approved' | 'denied' | 'started' | 'completed' | 'failed' };
const STATUS: Readonly<Record<string, ToolState['status']>> = {
  'tool.requested': 'requested',
  'tool.approval_requested': 'waiting',
  'tool.approval_given': 'waiting',
  'tool.approved': 'approved',
  'tool.denied': 'denied',
  'tool.started': 'started',
  'tool.completed': 'completed',
  'tool.failed': 'failed',
};

export const Tool = defineAggregate<ToolState>({
  name: 'tool',
  events: [ToolRequested, ToolApprovalRequested, ToolApprovalGiven, ToolApproved, ToolDenied, ToolStarted, ToolCompleted, ToolFailed],
  initial: () => ({ status: 'none' }),
  evolve: (state, event) => {
    const status = STATUS[event.type];
    return status ? { status } : state;
  },
});
