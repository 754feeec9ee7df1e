import { GatewayError } from '@openclaw-gateway/events';
import { z } from 'zod';
import { requireChannel } from '../channels/unknown-channel.ts';
import { MOST_MESSAGES } from '../replay/collect.ts';
import { type DecisionChange, ON_MISS, type SessionReport, type TurnComparison, type TurnSpread } from '../replay/job.ts';
import { CHANGE_VERDICTS } from '../replays/changes-file.ts';
import type { Estimate } from '../replays/estimate.ts';
import { MAX_RUNS, REPLAY_LEVELS, type ReplayCase, type ReplayReport, type ReplayRun } from '../replays/order.ts';
import { imagined } from './dry-run.ts';
import { procedure, router } from './procedure.ts';

const id = z.string().min(1).max(64);
const MOST_TOKENS = 2_000_000;
const MOST_REQUESTS = 2_000;
const MOST_USD = 1_000;
const CONFIG_CHARS = 256 * 1024;
const RULE_CHARS = 16 * 1024;
const RESULT_CHARS = 64 * 1024;
const MOST_ANSWERS = 50;

const source = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('session'), sessionId: z.string().min(1).max(1024), toPosition: z.int().positive().optional() }),
  z.object({ kind: z.literal('query'), query: z.string().max(2000), last: z.int().min(1).max(MOST_MESSAGES) }),
  z.object({ kind: z.literal('bundle'), bundleId: id }),
  z.object({ kind: z.literal('message'), message: imagined }),
  z.object({ kind: z.literal('log') }),
]);

const toolAnswer = z.discriminatedUnion('kind', [
  z.object({ kind: z.enum(['history', 'deny']) }),
  z.object({ kind: z.literal('static'), result: z.unknown().refine(isShort, `at most ${RESULT_CHARS} characters of JSON`) }),
]);

const change = z.object({
  config: z.string().max(CONFIG_CHARS).optional(),
  rule: z.object({ text: z.string().min(1).max(RULE_CHARS), replace: z.int().min(0).max(9_999).optional() }).optional(),
  agentId: z.string().min(1).max(128).optional(),
  model: z.string().min(1).max(256).optional(),
  systemPrompt: z
    .string()
    .max(64 * 1024)
    .optional(),
  tools: z.array(z.string().min(1).max(128)).max(200).optional(),
  toolAnswers: z.record(z.string().min(1).max(128), toolAnswer).refine(isFew, `at most ${MOST_ANSWERS} tools`).optional(),
  onMiss: z.enum(ON_MISS).optional(),
});

const runs = z.int().min(1).max(MAX_RUNS).optional();

const order = z.object({
  source,
  level: z.enum(REPLAY_LEVELS),
  change,
  budget: z
    .object({
      tokens: z.int().min(1).max(MOST_TOKENS),
      requests: z.int().min(1).max(MOST_REQUESTS),
      costUsd: z.number().positive().max(MOST_USD).optional(),
    })
    .optional(),
  runs,
});

const range = z.object({ messages: z.number(), events: z.number(), first: z.number(), last: z.number(), hash: z.string() });

/** A turn as the list of a report shows it: without its events, and of several runs without their answers. */
export type ListedTurn = Omit<TurnComparison, 'events' | 'spread'> & { readonly spread?: Omit<TurnSpread, 'answers'> };
export type ListedReport =
  | ({ readonly kind: 'session' } & Omit<SessionReport, 'turns'> & { readonly turns: readonly ListedTurn[] })
  | Exclude<ReplayReport, { readonly kind: 'session' }>;

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

  /** What live runs would use and cost. */
  estimate: procedure
    .input(z.object({ source, change, runs }))
    .output(z.custom<Estimate>())
    .mutation(({ ctx, input }) => ctx.parts.replays.estimate(input)),

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

  /** What a run of decisions would make otherwise: looser first, then stricter, then other routes; the newest first within each. */
  changes: procedure
    .input(
      z.object({
        id,
        verdict: z.enum(CHANGE_VERDICTS).optional(),
        cursor: z.string().max(32).optional(),
        limit: z.int().min(1).max(500).default(100),
      }),
    )
    .output(z.object({ rows: z.array(z.custom<DecisionChange>()), next: z.string().optional() }))
    .query(async ({ ctx, input: { id: run, ...page } }) => {
      const { rows, next } = await ctx.parts.replays.changes(run, page);
      return { rows: [...rows], ...(next !== undefined && { next }) };
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

function isShort(result: unknown): boolean {
  return (JSON.stringify(result)?.length ?? 0) <= RESULT_CHARS;
}

function isFew(answers: object): boolean {
  return Object.keys(answers).length <= MOST_ANSWERS;
}

function listed(report: ReplayReport): ListedReport {
  if (report.kind !== 'session') return report;
  return { ...report, turns: (report.turns ?? []).map(listedTurn) };
}

function listedTurn({ events: _, spread, ...turn }: TurnComparison): ListedTurn {
  if (!spread) return turn;
  const { answers: __, ...rest } = spread;
  return { ...turn, spread: rest };
}
