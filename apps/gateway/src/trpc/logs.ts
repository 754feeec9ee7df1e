import { GatewayError } from '@openclaw-gateway/events';
import { z } from 'zod';
import { LOG_LEVELS } from '../operations/log-line.ts';
import { readLogPage } from '../operations/log-page.ts';
import { tailLog } from '../operations/log-tail.ts';
import { LOG_COMPONENTS } from '../operations/logs.ts';
import { logFilePath } from '../operations/state-dir.ts';
import type { Parts } from '../parts.ts';
import { askerOf } from './audit.ts';
import { toTrpcError } from './errors.ts';
import { procedure, router } from './procedure.ts';
import { definedOnly } from './wire.ts';

const MOST_ROWS = 500;
const A_WEEK_MS = 7 * 24 * 3_600_000;

const level = z.enum(LOG_LEVELS);
const component = z.enum(LOG_COMPONENTS);
const place = z.object({ inode: z.number(), sizeBytes: z.number() });
const entry = z.object({
  level: level.optional(),
  time: z.number().optional(),
  component: z.string().optional(),
  message: z.string(),
  aside: z.string().optional(),
  detail: z.string().optional(),
  correlationId: z.string().optional(),
  sessionId: z.string().optional(),
  position: z.number().optional(),
  truncated: z.literal(true).optional(),
});
const batch = z.object({ rows: z.array(entry).readonly(), dropped: z.number() });
const levelState = z.object({ level, configured: level, until: z.number().optional(), lostLines: z.number() });

/** The log of the process: what the gateway says about itself. Messages are in the event log. */
export const logsRouter = router({
  /** Newest first, before a place in the log. */
  list: procedure
    .input(
      z.object({
        minLevel: level.optional(),
        component: component.optional(),
        query: z.string().max(500).optional(),
        /** Whether the query is a regular expression. */
        regex: z.boolean().optional(),
        sinceMs: z.number().optional(),
        untilMs: z.number().optional(),
        /** The `next` of the page before. */
        cursor: place.optional(),
        limit: z.int().min(1).max(MOST_ROWS),
      }),
    )
    .output(
      z.object({
        rows: z.array(entry.extend({ at: place })).readonly(),
        next: place.optional(),
        partial: z.literal(true).optional(),
        /** Whether the gateway writes a log file at all. */
        enabled: z.boolean(),
      }),
    )
    .query(async ({ ctx, input, signal }) => {
      const { query, regex, minLevel, cursor, ...rest } = input;
      const found = query && (regex ? { regex: query } : { grep: query });
      const lowest = minLevel && numberOf(minLevel);
      const page = await readLogPage(
        pathOf(ctx.parts),
        { ...definedOnly({ ...rest, minLevel: lowest, before: cursor }), ...found },
        signal,
      );
      return { ...page, enabled: ctx.parts.config.current().config.gateway.logging.file.enabled };
    }),

  /** Entries as they are written. */
  tail: procedure.input(z.object({ minLevel: level.optional() })).subscription(async function* ({ ctx, input, signal }) {
    const until = signal ?? new AbortController().signal;
    const lowest = input.minLevel === undefined ? undefined : numberOf(input.minLevel);
    try {
      for await (const written of tailLog(pathOf(ctx.parts), lowest, until))
        yield ctx.parts.audit.shown(askerOf(ctx), { kind: 'log' }, batch.parse(written));
    } catch (error) {
      throw error instanceof GatewayError ? toTrpcError(error) : error;
    }
  }),

  level: procedure.output(levelState).query(({ ctx }) => ctx.parts.logLevel.current()),

  /** Changes the level for a while; it returns by itself. */
  setLevel: procedure
    .input(z.object({ level, forMs: z.int().min(1).max(A_WEEK_MS) }))
    .output(levelState)
    .mutation(async ({ ctx, input }) => {
      await ctx.parts.logLevel.set(input.level, { forMs: input.forMs, actor: ctx.caller.actor });
      return ctx.parts.logLevel.current();
    }),
});

const pathOf = ({ config, stateDir }: Parts) => logFilePath(config.current().config, stateDir);
const numberOf = (name: z.output<typeof level>) => (LOG_LEVELS.indexOf(name) + 2) * 10;
