import { statfs } from 'node:fs/promises';
import { MessageRejected, SessionQuarantined, SessionReleased } from '@openclaw-gateway/events';
import { z } from 'zod';
import type { Parts } from '../parts.ts';
import { attentionItem, needsAttention } from './attention.ts';
import { procedure, router } from './procedure.ts';
import { overview, slowAnswer } from './rows.ts';

const NEWEST = 5;
const MOST_QUARANTINES = 100;
const MOST_UNSETTLED = 100;
const SHOWN = 5;

const time = z.number();
const id = z.string().min(1).max(128);

const channel = z.object({
  channel: z.string(),
  account: z.string(),
  connected: z.boolean(),
  state: z.enum(['connecting', 'connected', 'degraded', 'disconnected', 'paused', 'draining', 'stopped']).optional(),
  since: time.optional(),
  lastInboundAt: time.optional(),
  lastOutboundAt: time.optional(),
  /** Messages that came by it and are not ended. */
  queue: z.number().optional(),
  problem: z.string().optional(),
});

const summary = overview.extend({
  phase: z.enum(['starting', 'ready', 'stopping']),
  waiting: z.number(),
  running: z.number(),
  channels: z.array(channel),
  logBytes: z.number(),
  walBytes: z.number(),
  /** By what an event took on average, and how many there were in the last day. */
  growthBytesPerDay: z.number(),
  diskFreeBytes: z.number().optional(),
  checkpoint: z.object({ size: z.number(), time }).optional(),
});

const activity = z.object({
  agents: z
    .array(z.object({ agentId: z.string(), answers: z.number(), inputTokens: z.number(), outputTokens: z.number(), costUsd: z.number() }))
    .readonly(),
  slowest: z.array(slowAnswer).readonly(),
  channels: z.array(z.object({ channel: z.string(), received: z.number(), delivered: z.number(), errors: z.number() })).readonly(),
  changes: z
    .array(
      z.object({
        position: z.int().nonnegative(),
        time,
        type: z.enum(['config.changed', 'config.rejected', 'config.rolled_back', 'config.proposed']),
        hash: z.string().optional(),
        actor: z.string().optional(),
        source: z.string(),
        summary: z.string(),
      }),
    )
    .readonly(),
});

/** The overview page: is it well, and what needs me? */
export const overviewRouter = router({
  summary: procedure.output(summary).query(({ ctx }) => summaryOf(ctx.parts)),

  attention: procedure.output(z.array(attentionItem)).query(({ ctx }) => attentionOf(ctx.parts)),

  /** Who is busy and slow, what came and went by channel, and what was changed last. */
  activity: procedure.output(activity).query(async ({ ctx }) => {
    const { views } = ctx.parts.store;
    const [busy, changes] = await Promise.all([views.activity(Date.now(), SHOWN), views.configHistory({ limit: SHOWN })]);
    return { ...busy, changes: changes.rows };
  }),

  /** Has a reply sent again that was given up or held. */
  resend: procedure
    .input(z.object({ messageId: id }))
    .output(z.object({ repeated: z.boolean() }))
    .mutation(({ ctx, input }) => ctx.parts.pipeline.resubmit(input.messageId, ctx.caller.actor)),

  /** Lets a conversation out of quarantine; what waits in it is run. */
  release: procedure
    .input(z.object({ sessionId: id }))
    .output(z.object({ released: z.boolean() }))
    .mutation(async ({ ctx, input }) => {
      return { released: await ctx.parts.pipeline.release(input.sessionId, { actor: ctx.caller.actor, forget: false }) };
    }),
});

async function summaryOf(parts: Parts): Promise<z.input<typeof summary>> {
  const { activeRuns, waitingMessages } = parts.pipeline.activity();
  const { fileBytes, walBytes, head } = parts.store.log.stats();
  const [state, checkpoint, disk] = await Promise.all([
    parts.store.views.overview(Date.now()),
    parts.store.checkpoints.latest(),
    statfs(parts.stateDir).catch(() => undefined),
  ]);
  return {
    ...state,
    phase: parts.phase(),
    waiting: waitingMessages,
    running: activeRuns,
    channels: parts.channels
      .status()
      .filter((status) => status.enabled)
      .map(({ error, ...status }) => (error ? { ...status, problem: error.message } : status)),
    logBytes: fileBytes,
    walBytes,
    growthBytesPerDay: head === 0 ? 0 : Math.round((fileBytes / head) * state.eventsLastDay),
    ...(disk && { diskFreeBytes: disk.bavail * disk.bsize }),
    ...(checkpoint && { checkpoint: { size: checkpoint.size, time: checkpoint.time } }),
  };
}

async function attentionOf(parts: Parts) {
  const { views } = parts.store;
  const nowMs = Date.now();
  const [state, held, deadLettered, unsettled, rejected, quarantines, unapplied] = await Promise.all([
    views.overview(nowMs),
    views.messages({ status: 'held' }, { limit: NEWEST }),
    views.messages({ status: 'dead_lettered' }, { limit: NEWEST }),
    views.messages({ settled: false }, { limit: MOST_UNSETTLED }),
    views.events({ types: [MessageRejected.type] }, { limit: 1 }),
    views.events({ types: [SessionQuarantined.type, SessionReleased.type] }, { limit: MOST_QUARANTINES }),
    parts.config.unapplied(),
  ]);
  return needsAttention({
    overview: state,
    channels: parts.channels.status(),
    held: held.rows,
    deadLettered: deadLettered.rows,
    unsettled: unsettled.rows.at(-1),
    rejected: rejected.rows[0],
    quarantines: quarantines.rows,
    approvals: parts.pipeline.approvals(),
    alerts: parts.alerts.list().alerts,
    unapplied,
    nowMs,
  });
}
