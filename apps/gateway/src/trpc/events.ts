import { GatewayError } from '@openclaw-gateway/events';
import { tracked } from '@trpc/server';
import { z } from 'zod';
import { askerOf } from './audit.ts';
import { toTrpcError } from './errors.ts';
import { liveEvents } from './live.ts';
import { procedure, router } from './procedure.ts';
import { eventDetail, eventFilter, eventRow, facets, histogram, page } from './rows.ts';
import { definedOnly } from './wire.ts';

const PAGE_ROWS = 200;
const HINT_ROWS = 100;

const position = z.int().nonnegative();
const range = z.object({ fromTime: z.number(), toTime: z.number() });
const clause = z.enum(['types', 'severities', 'channels', 'agentIds', 'sessionId', 'correlationId', 'query', 'time']);
const batch = z.object({
  rows: z.array(eventRow).readonly(),
  head: position,
  skipped: z.object({ skippedTo: position, count: z.number() }).optional(),
});

/** The events page: a keyset list both ways, what surrounds it, and what is being committed right now. */
export const eventsRouter = router({
  /** Newest first, before a position. */
  list: procedure
    .input(z.object({ filter: eventFilter, before: position.optional(), limit: z.int().min(1).max(PAGE_ROWS) }))
    .output(page(eventRow))
    .query(({ ctx, input, signal }) => {
      const { filter, ...page } = input;
      return ctx.parts.store.views.events(definedOnly(filter), definedOnly({ ...page, signal }));
    }),

  /** Oldest first, after a position. */
  after: procedure
    .input(z.object({ filter: eventFilter, after: position, limit: z.int().min(1).max(PAGE_ROWS) }))
    .output(z.object({ rows: z.array(eventRow).readonly(), scannedTo: position, partial: z.literal(true).optional() }))
    .query(({ ctx, input, signal }) => {
      const { filter, ...page } = input;
      return ctx.parts.store.views.eventsAfter(definedOnly(filter), definedOnly({ ...page, signal }));
    }),

  get: procedure
    .input(z.object({ position }))
    .output(eventDetail)
    .query(async ({ ctx, input }) => {
      const event = await ctx.parts.store.views.event(input.position);
      if (!event) throw new GatewayError('EVENT_NOT_FOUND', { details: { position: input.position } });
      return event;
    }),

  facets: procedure
    .input(range)
    .output(facets)
    .query(({ ctx, input }) => ctx.parts.store.views.facets(input)),

  histogram: procedure
    .input(range.extend({ buckets: z.int().min(1).max(120), filter: eventFilter.pick({ types: true, severities: true, channels: true }) }))
    .output(histogram)
    .query(({ ctx, input }) => {
      const { filter, ...rest } = input;
      return ctx.parts.store.views.histogram(rest, definedOnly(filter));
    }),

  /** How many events there would be without each clause of the filter, counted to one hundred: which clause hides them? */
  withoutEach: procedure
    .input(z.object({ filter: eventFilter }))
    .output(z.array(z.object({ clause, count: z.number(), more: z.boolean() })))
    .query(async ({ ctx, input }) => {
      const { views } = ctx.parts.store;
      return Promise.all(
        clause.options
          .filter((name) => hasClause(input.filter, name))
          .map(async (name) => {
            const found = await views.events(definedOnly(withoutClause(input.filter, name)), { limit: HINT_ROWS });
            return { clause: name, count: found.rows.length, more: found.next !== undefined };
          }),
      );
    }),

  /** Rows as they are committed, those that match the query when there is one. The id of a batch is the position to go on after, also across a reconnect. */
  live: procedure
    .input(z.object({ after: position.optional(), query: eventFilter.shape.query, lastEventId: z.string().regex(/^\d+$/).optional() }))
    .subscription(async function* ({ ctx, input, signal }) {
      const { store } = ctx.parts;
      const after = input.lastEventId === undefined ? (input.after ?? store.log.head()) : Number(input.lastEventId);
      const until = signal ?? new AbortController().signal;
      try {
        for await (const [at, rows] of liveEvents(store, Math.min(after, store.log.head()), until, input.query)) {
          yield tracked(String(at), ctx.parts.audit.shown(askerOf(ctx), { kind: 'events' }, batch.parse(rows)));
        }
      } catch (error) {
        throw error instanceof GatewayError ? toTrpcError(error) : error;
      }
    }),
});

type Filter = z.output<typeof eventFilter>;
type Clause = z.output<typeof clause>;

function hasClause(filter: Filter, name: Clause): boolean {
  if (name === 'time') return filter.fromTime !== undefined || filter.toTime !== undefined;
  return filter[name] !== undefined;
}

function withoutClause(filter: Filter, name: Clause): Filter {
  if (name === 'time') return { ...filter, fromTime: undefined, toTime: undefined };
  return { ...filter, [name]: undefined };
}
