import { GatewayError } from '@openclaw-gateway/events';
import { z } from 'zod';
import { requireChannel } from '../channels/unknown-channel.ts';
import type { DecisionsReport, SessionReport, TurnComparison } from '../replay/job.ts';
import { REPLAY_LEVELS, type ReplayCase, type ReplayReport, type ReplayRun } from '../replays/order.ts';
import { imagined } from './dry-run.ts';
import { procedure, router } from './procedure.ts';

const id = z.string().min(1).max(64);
const MOST_TOKENS = 200_000;
const MOST_REQUESTS = 200;
const CONFIG_CHARS = 256 * 1024;

const source = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('session'), sessionId: z.string().min(1).max(1024), toPosition: z.int().positive().optional() }),
  z.object({ kind: z.literal('query'), query: z.string().max(2000), last: z.int().min(1).max(10_000) }),
  z.object({ kind: z.literal('bundle'), bundleId: id }),
  z.object({ kind: z.literal('message'), message: imagined }),
  z.object({ kind: z.literal('log') }),
]);

const order = z.object({
  source,
  level: z.enum(REPLAY_LEVELS),
  change: z.object({
    config: z.string().max(CONFIG_CHARS).optional(),
    agentId: z.string().min(1).max(128).optional(),
    model: z.string().min(1).max(256).optional(),
    systemPrompt: z
      .string()
      .max(64 * 1024)
      .optional(),
    tools: z.array(z.string().min(1).max(128)).max(200).optional(),
  }),
  budget: z.object({ tokens: z.int().min(1).max(MOST_TOKENS), requests: z.int().min(1).max(MOST_REQUESTS) }).optional(),
});

const range = z.object({ messages: z.number(), events: z.number(), first: z.number(), last: z.number(), hash: z.string() });

/** A turn as the list of a report shows it: without its events. */
export type ListedTurn = Omit<TurnComparison, 'events'>;
export type ListedReport =
  | ({ readonly kind: 'session' } & Omit<SessionReport, 'turns'> & { readonly turns: readonly ListedTurn[] })
  | ({ readonly kind: 'decisions' } & DecisionsReport)
  | Extract<ReplayReport, { readonly kind: 'projections' }>;

/** The page Replay: runs of the past with something changed, and what came of them. */
export const replaysRouter = router({
  list: procedure
    .output(z.object({ runs: z.array(z.custom<ReplayRun>()) }))
    .query(async ({ ctx }) => ({ runs: [...(await ctx.parts.replays.list())] })),

  /** What an order would run again. */
  preview: procedure
    .input(z.object({ source }))
    .output(range)
    .query(({ ctx, input }) => ctx.parts.replays.preview(input.source)),

  start: procedure
    .input(order)
    .output(z.custom<ReplayRun>())
    .mutation(({ ctx, input }) => {
      const { config, replays } = ctx.parts;
      if (input.source.kind === 'message') requireChannel(input.source.message.channel, config.current().config);
      return replays.start(input, ctx.caller.actor);
    }),

  get: procedure
    .input(z.object({ id }))
    .output(z.object({ run: z.custom<ReplayRun>(), report: z.custom<ListedReport>().optional() }))
    .query(async ({ ctx, input }) => {
      const { replays } = ctx.parts;
      const [run, report] = await Promise.all([replays.get(input.id), replays.report(input.id)]);
      return { run, ...(report && { report: listed(report) }) };
    }),

  /** One message of a run with its events, then and now. */
  turn: procedure
    .input(z.object({ id, message: z.int().positive() }))
    .output(z.custom<TurnComparison>())
    .query(async ({ ctx, input }) => {
      const turn = await ctx.parts.replays.turn(input.id, input.message);
      if (!turn) throw new GatewayError('MESSAGE_NOT_FOUND', { message: 'The report has no such message.' });
      return turn;
    }),

  cancel: procedure
    .input(z.object({ id }))
    .output(z.custom<ReplayRun>())
    .mutation(({ ctx, input }) => ctx.parts.replays.cancel(input.id)),

  /** How a run gets on, until it has ended. */
  follow: procedure.input(z.object({ id })).subscription(async function* ({ ctx, input, signal }) {
    for await (const run of ctx.parts.replays.follow(input.id, signal ?? new AbortController().signal)) {
      const { state, progress } = run;
      yield { state, ...(progress && { progress }) };
    }
  }),

  /** Keeps a run as one that has to come out the same from now on. */
  keep: procedure
    .input(z.object({ id, name: z.string().min(1).max(64) }))
    .output(z.custom<ReplayCase>())
    .mutation(({ ctx, input }) => ctx.parts.replays.keep(input.id, input.name, ctx.caller.actor)),

  cases: procedure
    .output(z.object({ cases: z.array(z.custom<ReplayCase>()) }))
    .query(async ({ ctx }) => ({ cases: [...(await ctx.parts.replays.cases())] })),
});

function listed(report: ReplayReport): ListedReport {
  if (report.kind !== 'session') return report;
  return { ...report, turns: (report.turns ?? []).map(({ events: _, ...turn }) => turn) };
}
