import type { EventDetail } from '@openclaw-gateway/db';
import { ToolApprovalGiven, ToolApproved, ToolDenied } from '@openclaw-gateway/events';
import { z } from 'zod';
import { mayDo } from '../access/roles.ts';
import { allowAlways, inspectApproval } from '../approvals/index.ts';
import { ALLOWED_FOR_SESSION, DECIDED_BY_A_PERSON, EXPIRED } from '../pipeline/approvals.ts';
import { procedure, router } from './procedure.ts';
import { definedOnly } from './wire.ts';

const position = z.int().nonnegative();
const code = z.string().min(1).max(16);
const reason = z.string().trim().min(1).max(500);

const waiting = z.object({
  code,
  tool: z.string(),
  arguments: z.unknown(),
  rule: z.string(),
  requestedAt: z.number(),
  expiresAt: z.number(),
  callId: z.string(),
  runId: z.string(),
  messageId: z.string(),
  sessionId: z.string(),
  agentId: z.string(),
  channel: z.string(),
  /** Present where two people have to say yes. */
  people: z.literal(2).optional(),
  given: z
    .object({ actor: z.string(), time: z.number(), reason: z.string(), lasting: z.enum(['session', 'always']).optional() })
    .optional(),
});

const toolRule = z.object({
  tools: z.array(z.string()).readonly().optional(),
  agents: z.array(z.string()).readonly().optional(),
  when: z.record(z.string(), z.array(z.string()).readonly()).optional(),
  action: z.enum(['allow', 'ask', 'deny']),
});

const inspection = waiting.extend({
  message: z.object({ senderId: z.string(), senderName: z.string().optional(), text: z.string() }).optional(),
  risks: z
    .array(
      z.enum([
        'runs_program',
        'changes_files',
        'changes_something',
        'writes_to_others',
        'reaches_internet',
        'third_party',
        'untrusted_before',
        'echoes_untrusted',
      ]),
    )
    .readonly(),
  leaving: z.object({ to: z.string(), sizeBytes: z.number().optional() }).optional(),
  untrusted: z
    .array(z.object({ kind: z.enum(['message', 'tool_result']), position, tool: z.string().optional(), text: z.string() }))
    .readonly(),
  moreUntrusted: z.number(),
  echoes: z.array(z.object({ path: z.string(), value: z.string(), text: z.number() })).readonly(),
  lastApproved: z.object({ arguments: z.unknown(), time: z.number(), position, rule: z.string() }).optional(),
  /** Whether there is a rule for such calls; nothing where none can say exactly this. */
  lasting: z.object({ rule: toolRule, at: z.number(), open: z.array(z.string()).readonly() }).optional(),
  configHash: z.string(),
  /** Whether who asks may write that rule. */
  mayWriteRule: z.boolean(),
  /** Why a yes of who asks would not count, as a code of the registry: that person said yes already, or is not known. */
  yesRefused: z.string().optional(),
  /** The name of the user who said the first yes. */
  givenBy: z.string().optional(),
});

const decided = z.object({
  position,
  time: z.number(),
  tool: z.string(),
  /** `given` is the yes of the first of two people. */
  verdict: z.enum(['approved', 'denied', 'given']),
  by: z.enum(['person', 'conversation', 'time']),
  actor: z.string().optional(),
  reason: z.string(),
  lasting: z.enum(['session', 'always']).optional(),
  people: z.literal(2).optional(),
  agentId: z.string().optional(),
  channel: z.string().optional(),
  sessionId: z.string().optional(),
});

const BY: Readonly<Record<string, z.output<typeof decided>['by']>> = {
  [DECIDED_BY_A_PERSON]: 'person',
  [ALLOWED_FOR_SESSION]: 'conversation',
  [EXPIRED]: 'time',
};
const VERDICTS: Readonly<Record<string, z.output<typeof decided>['verdict']>> = {
  [ToolApproved.type]: 'approved',
  [ToolDenied.type]: 'denied',
  [ToolApprovalGiven.type]: 'given',
};
const DECIDED = `(type:${ToolApprovalGiven.type} OR data.rule:(${Object.keys(BY).join(',')}))`;

/** The page of approvals: what waits, all about one call, deciding, and what was decided. */
export const approvalsRouter = router({
  /** For the badge: how many there are, and nothing of them. */
  count: procedure.output(z.object({ waiting: z.number() })).query(({ ctx }) => ({ waiting: ctx.parts.pipeline.approvals().length })),

  /** The oldest first; `now` by the gateway's clock. */
  waiting: procedure
    .output(z.object({ approvals: z.array(waiting), now: z.number() }))
    .query(({ ctx }) => ({ approvals: [...ctx.parts.pipeline.approvals()], now: Date.now() })),

  inspect: procedure
    .input(z.object({ code }))
    .output(inspection)
    .query(async ({ ctx, input, signal }) => {
      const { pipeline, access } = ctx.parts;
      const call = await inspectApproval(ctx.parts, input.code, signal);
      const yesRefused = pipeline.approvalRefusal(input.code, ctx.caller.actor, 'once')?.code;
      const givenBy = call.given && access.people.users.byId(call.given.actor)?.name;
      return { ...call, mayWriteRule: mayDo(ctx.caller, 'config.write'), ...definedOnly({ yesRefused, givenBy }) };
    }),

  /** The newest first; with a query in the language of events. */
  history: procedure
    .input(z.object({ query: z.string().max(2000).optional(), before: position.optional(), limit: z.int().min(1).max(50) }))
    .output(z.object({ rows: z.array(decided), next: position.optional(), partial: z.literal(true).optional() }))
    .query(async ({ ctx, input, signal }) => {
      const { views } = ctx.parts.store;
      const { query = '', before, limit } = input;
      const types = [ToolApprovalGiven.type, ToolApproved.type, ToolDenied.type];
      const filter = { types, query: query.trim() === '' ? DECIDED : `${DECIDED} (${query})` };
      const { rows, next, partial } = await views.events(filter, definedOnly({ before, limit, signal }));
      const events = await Promise.all(rows.map((row) => views.event(row.position)));
      return { rows: events.flatMap((event) => (event ? [toDecided(event)] : [])), ...definedOnly({ next, partial }) };
    }),

  /**
   * `session` lets every further call of the tool run in its conversation. `always` is the first yes of two to the rule that the
   * second one has written.
   */
  decide: procedure
    .input(
      z.object({
        code,
        verdict: z.enum(['approve', 'deny']),
        lasting: z.enum(['session', 'always']).optional(),
        reason: reason.optional(),
      }),
    )
    .output(z.object({ code, tool: z.string(), sessionId: z.string(), outcome: z.enum(['runs', 'waits', 'denied']) }))
    .mutation(async ({ ctx, input }) => {
      const { verdict, lasting, reason: why } = input;
      const by = { actor: ctx.caller.actor, ...definedOnly({ lasting, reason: why }) };
      return await ctx.parts.pipeline.decideApproval(input.code, verdict, by);
    }),

  /** Writes the rule that `inspect` shows into the configuration; the call itself still waits. Where two people are needed the first must have said `always`. */
  allowAlways: procedure
    .input(z.object({ code, baseHash: z.string().min(12).max(64) }))
    .output(z.object({ configHash: z.string() }))
    .mutation(async ({ ctx, input }) => {
      const refusal = ctx.parts.pipeline.approvalRefusal(input.code, ctx.caller.actor, 'rule');
      if (refusal) throw refusal;
      const { snapshot } = await allowAlways(ctx.parts, input.code, { actor: ctx.caller.actor, baseHash: input.baseHash });
      return { configHash: snapshot.hash };
    }),
});

function toDecided({ position: at, time, type, data, agentId, channel, sessionId, actor }: EventDetail): z.output<typeof decided> {
  const {
    tool,
    rule,
    reason: why,
    problem,
    lasting,
    people,
  } = data as {
    readonly tool: string;
    readonly rule?: string;
    readonly reason?: string;
    readonly problem?: { readonly message: string };
    readonly lasting?: 'session' | 'always';
    readonly people?: 2;
  };
  return {
    position: at,
    time,
    tool,
    verdict: VERDICTS[type] ?? 'denied',
    by: BY[rule ?? ''] ?? 'person',
    reason: why ?? problem?.message ?? '',
    ...definedOnly({ lasting, people, agentId, channel, sessionId, actor }),
  };
}
