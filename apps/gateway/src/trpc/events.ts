import { verifyInclusion } from '@openclaw-gateway/db';
import { conditionOf, FIELDS, parseQuery, printQuery } from '@openclaw-gateway/db/query/index';
import { EVENTS, GatewayError } from '@openclaw-gateway/events';
import { tracked } from '@trpc/server';
import { z } from 'zod';
import { askerOf } from './audit.ts';
import { toTrpcError } from './errors.ts';
import { liveEvents } from './live.ts';
import { procedure, router } from './procedure.ts';
import { breakdown, comparison, eventDetail, eventFilter, eventPart, eventRow, facets, histogram, page } from './rows.ts';
import { definedOnly } from './wire.ts';

const PAGE_ROWS = 200;
const HINT_ROWS = 100;
const MOST_CLAUSES = 20;
/** So many of the newest matches are counted where counters cannot answer. */
const SAMPLE = 50_000;

/** What can be completed without looking into the log. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  type: [...new Set(EVENTS.flatMap(({ type }) => [`${type.split('.')[0]}.*`, type]))],
  sev: ['debug', 'info', 'warn', 'error', '>=warn'],
  outcome: ['delivered', 'rejected', 'dead_lettered', 'no_reply', 'merged', 'completed', 'failed', 'aborted', 'denied', 'approved'],
  actor: ['user', 'app_user', 'service_account', 'system', 'unauthenticated'],
  has: ['error', 'session', 'tool', 'model'],
  is: ['terminal', 'erased', 'retry'],
  time: ['-1h', '-24h', '-7d', 'today', 'yesterday'],
  dur: ['>1s', '>5s', '>1m'],
};

const MEANINGS: Readonly<Record<string, string>> = Object.fromEntries(EVENTS.map(({ type, description }) => [type, description]));

const position = z.int().nonnegative();
const range = z.object({ fromTime: z.number(), toTime: z.number() });
const buckets = z.int().min(1).max(120);
const by = z.enum(['severity', 'family']).default('severity');
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

  /** The same with what is masked otherwise. */
  reveal: procedure
    .input(z.object({ position }))
    .output(eventDetail)
    .mutation(async ({ ctx, input }) => {
      const event = await ctx.parts.store.views.event(input.position);
      if (!event) throw new GatewayError('EVENT_NOT_FOUND', { details: { position: input.position } });
      return ctx.parts.audit.revealed(askerOf(ctx), { kind: 'event', id: String(input.position) }, event);
    }),

  /** A branch of the data of an event that is too large to be shown at once, or 64 KB of a text in it. */
  part: procedure
    .input(z.object({ position, path: z.array(z.string().max(500)).max(50), offset: z.int().nonnegative() }))
    .output(eventPart)
    .query(async ({ ctx, input }) => {
      const part = await ctx.parts.store.views.eventPart(input.position, input.path, input.offset);
      if (!part) throw new GatewayError('EVENT_NOT_FOUND', { details: { position: input.position } });
      return { ...part, value: input.path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), part.value) };
    }),

  /** That the event lies where the newest checkpoint says it does: worked out again from its hash. */
  proof: procedure
    .input(z.object({ position }))
    .output(
      z.object({
        checkpoint: z.object({ size: z.number(), time: z.number(), root: z.string() }).optional(),
        /** `missing`: no checkpoint covers the event yet. */
        verdict: z.enum(['proven', 'contradicted', 'missing']),
      }),
    )
    .query(async ({ ctx, input }) => {
      const { checkpoints } = ctx.parts.store;
      const checkpoint = await checkpoints.covering(input.position);
      const proof = checkpoint && (await checkpoints.prove(input.position, checkpoint.size));
      if (!checkpoint || !proof) return { verdict: 'missing' };
      const { size, time, root } = checkpoint;
      return {
        checkpoint: { size, time, root },
        verdict: verifyInclusion({ ...proof, index: proof.position - 1, root }) ? 'proven' : 'contradicted',
      };
    }),

  facets: procedure
    .input(range.extend({ filter: eventFilter.default({}) }))
    .output(facets)
    .query(async ({ ctx, input: { filter, ...rest } }) => (await ctx.parts.store.views.facets(rest, definedOnly(filter))) ?? null),

  histogram: procedure
    .input(range.extend({ buckets, by, filter: eventFilter }))
    .output(histogram)
    .query(async ({ ctx, input: { filter, ...rest } }) => (await ctx.parts.store.views.histogram(rest, definedOnly(filter))) ?? null),

  /** What the newest events that match have in common, and when they were. */
  breakdown: procedure
    .input(range.extend({ buckets, by, filter: eventFilter }))
    .output(breakdown)
    .query(({ ctx, input: { filter, ...span }, signal }) =>
      ctx.parts.store.views.breakdown(
        definedOnly({ ...filter, ...bounds(filter, span) }),
        definedOnly({ limit: SAMPLE, range: span, signal }),
      ),
    ),

  /** How some events differ from the rest of what is looked at. */
  compare: procedure
    .input(z.object({ selected: eventFilter, baseline: eventFilter }))
    .output(comparison)
    .query(({ ctx, input: { selected, baseline }, signal }) =>
      ctx.parts.store.views.compare(definedOnly(selected), definedOnly(baseline), definedOnly({ limit: SAMPLE, signal })),
    ),

  /** Whether a query can be read: refused with the place of the mistake where it cannot. */
  check: procedure
    .input(z.object({ query: eventFilter.shape.query.unwrap() }))
    .output(z.object({ canonical: z.string() }))
    .query(({ input }) => {
      conditionOf({ query: input.query }, Date.now());
      return { canonical: printQuery(parseQuery(input.query)) };
    }),

  /** The fields of the query language, for those who write in it. */
  fields: procedure
    .output(
      z.array(
        z.object({
          name: z.string(),
          aliases: z.array(z.string()).readonly(),
          operators: z.array(z.string()).readonly(),
          description: z.string(),
          example: z.string(),
          values: z.array(z.string()).readonly(),
          /** What a value means, in one sentence. */
          meanings: z.record(z.string(), z.string()).optional(),
        }),
      ),
    )
    .query(() =>
      Object.entries(FIELDS).map(([name, { aliases, operators, description, example }]) => ({
        name,
        aliases,
        operators,
        description,
        example,
        values: VALUES[name] ?? [],
        ...(name === 'type' && { meanings: MEANINGS }),
      })),
    ),

  /** How many events there would be without each of the clauses, counted to one hundred: which clause hides them? */
  without: procedure
    .input(z.object({ filters: z.array(eventFilter).max(MOST_CLAUSES) }))
    .output(z.array(z.object({ count: z.number(), more: z.boolean() })))
    .query(async ({ ctx, input, signal }) => {
      const { views } = ctx.parts.store;
      return Promise.all(
        input.filters.map(async (filter) => {
          const found = await views.events(definedOnly(filter), definedOnly({ limit: HINT_ROWS, signal }));
          return { count: found.rows.length, more: found.next !== undefined };
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

/** The span, narrowed by what the filter says of time. */
function bounds(filter: z.output<typeof eventFilter>, span: z.output<typeof range>): z.output<typeof range> {
  return {
    fromTime: Math.max(filter.fromTime ?? span.fromTime, span.fromTime),
    toTime: Math.min(filter.toTime ?? span.toTime, span.toTime),
  };
}
