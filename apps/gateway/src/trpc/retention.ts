import { GatewayError } from '@openclaw-gateway/events';
import { z } from 'zod';
import { procedure, router } from './procedure.ts';
import { eventRow, page } from './rows.ts';
import { definedOnly } from './wire.ts';

const MOST_ROWS = 100;

const position = z.int().nonnegative();
const reason = z.string().trim().min(1).max(500);
const target = z.object({ kind: z.enum(['session', 'subject']), id: z.string().min(1).max(600) });
const segment = z.object({
  file: z.string(),
  first: z.number(),
  last: z.number(),
  events: z.number(),
  sizeBytes: z.number(),
  sha256: z.string(),
});
const report = z.object({
  contentBefore: z.string(),
  debugBefore: z.string(),
  archiveBefore: z.string(),
  content: z.number(),
  debug: z.number(),
  removedFromArchive: z.number(),
  kept: z.number(),
  files: z.number(),
  segments: z.array(segment).readonly(),
});
const texts = z.array(z.string()).readonly();
const erasure = z.object({
  subject: z.string(),
  dryRun: z.boolean(),
  keyDestroyed: z.boolean(),
  events: z.number(),
  sealedEvents: z.number(),
  sessions: texts,
  firstTime: z.string().optional(),
  lastTime: z.string().optional(),
  holds: z.array(target.extend({ reason: z.string() })).readonly(),
  attachments: z.object({ removed: texts, kept: texts, left: texts }),
});
const person = z.string().min(1).max(600);

/** What is kept how long, what must stay, and what goes on a person's wish. */
export const retentionRouter = router({
  overview: procedure
    .output(
      z.object({
        contentMs: z.number(),
        debugMs: z.number(),
        archiveMs: z.number(),
        intervalMs: z.number(),
        nextRunAt: z.number().optional(),
        holds: z.array(target.extend({ reason: z.string(), since: z.number().optional() })).readonly(),
      }),
    )
    .query(async ({ ctx: { parts } }) => {
      const { sessions, retention } = parts.config.current().config.gateway;
      const nextRunAt = parts.retentionSchedule()?.nextRunAt();
      return {
        contentMs: sessions.historyRetention,
        debugMs: retention.debug,
        archiveMs: retention.archiveAfter,
        intervalMs: retention.interval,
        ...(nextRunAt !== undefined && { nextRunAt }),
        holds: await parts.data.holds(),
      };
    }),

  /** What was removed and sealed so far, newest first. */
  history: procedure
    .input(z.object({ before: position.optional(), limit: z.int().min(1).max(MOST_ROWS) }))
    .output(page(eventRow))
    .query(({ ctx, input, signal }) =>
      ctx.parts.store.views.events(
        { types: ['data.retained', 'data.erased', 'data.held', 'data.released', 'data.erasure_requested'] },
        definedOnly({ ...input, signal }),
      ),
    ),

  segments: procedure
    .input(z.object({ before: position.optional(), limit: z.int().min(1).max(MOST_ROWS) }))
    .output(page(segment.extend({ position, time: z.number() })))
    .query(async ({ ctx, input, signal }) => {
      const { views } = ctx.parts.store;
      const found = await views.events({ types: ['data.archived'] }, definedOnly({ ...input, signal }));
      const details = await Promise.all(found.rows.map((row) => views.event(row.position)));
      const rows = details.flatMap((event) => {
        const archived = segment.safeParse(event?.data);
        return event && archived.success ? [{ ...archived.data, position: event.position, time: event.time }] : [];
      });
      return { ...found, rows };
    }),

  /** What the next run would remove and seal. Nothing is touched. */
  preview: procedure.output(report).mutation(({ ctx }) => ctx.parts.data.retain({ dryRun: true, actor: ctx.caller.actor })),

  run: procedure.output(report).mutation(({ ctx }) => ctx.parts.data.retain({ dryRun: false, actor: ctx.caller.actor })),

  hold: procedure
    .input(z.object({ target, reason }))
    .output(z.object({ target }))
    .mutation(async ({ ctx, input }) => {
      const held = ctx.parts.data.target(input.target);
      await ctx.parts.data.hold(held, input.reason, ctx.caller.actor);
      return { target: held };
    }),

  release: procedure
    .input(z.object({ target, reason }))
    .output(z.object({ released: z.boolean() }))
    .mutation(async ({ ctx, input }) => ({
      released: await ctx.parts.data.release(ctx.parts.data.target(input.target), input.reason, ctx.caller.actor),
    })),

  /** What an erasure would remove and what it cannot. */
  erasePreview: procedure
    .input(z.object({ person }))
    .output(erasure)
    .mutation(({ ctx, input }) => ctx.parts.data.erase(input.person, { reason: 'preview', dryRun: true, actor: ctx.caller.actor })),

  /** Erases for good; `typed` is the person once more, as a sign that it is meant. */
  erase: procedure
    .input(z.object({ person, typed: person, reason }))
    .output(erasure)
    .mutation(({ ctx, input }) => {
      if (input.typed !== input.person) {
        throw new GatewayError('BAD_REQUEST', { message: 'What was typed to confirm is not the person that is to be erased.' });
      }
      return ctx.parts.data.erase(input.person, { reason: input.reason, dryRun: false, actor: ctx.caller.actor });
    }),
});
