import { AuditVerified } from '@openclaw-gateway/events';
import { z } from 'zod';
import { AUDIT_CLASSES, auditFacets, auditRows, chosenClasses, scopeOf, trailQuery } from '../export/index.ts';
import { CHECKED_BY, proveEvent } from '../integrity/index.ts';
import type { Parts } from '../parts.ts';
import { procedure, router } from './procedure.ts';
import { page } from './rows.ts';
import { actorOf, actorShown } from './trail-actor.ts';
import { checkProgress, followCheck, shownCheck } from './trail-check.ts';
import { definedOnly } from './wire.ts';

const PAGE_ROWS = 200;
const MOST_CHECKPOINTS = 100;

const position = z.int().nonnegative();
const trailRow = z.object({
  position,
  time: z.number(),
  class: z.enum(AUDIT_CLASSES),
  type: z.string(),
  who: z.string(),
  what: z.string(),
  where: z.string(),
  source: z.string().optional(),
  target: z.string().optional(),
  outcome: z.enum(['success', 'failure']),
  reason: z.string().optional(),
  sessionId: z.string().optional(),
});

const trailFilter = z.object({
  classes: z.array(z.enum(AUDIT_CLASSES)).max(AUDIT_CLASSES.length).optional(),
  query: z.string().max(2000).optional(),
  actor: z.string().max(128).optional(),
  /** A kind, or a kind and an id. */
  target: z.string().max(300).optional(),
  failed: z.boolean().optional(),
  fromTime: z.number().optional(),
  toTime: z.number().optional(),
});

/** What an export asks for that is to hold the same events. */
const scope = z.object({ classes: z.array(z.enum(AUDIT_CLASSES)), query: z.string() });

const facetValues = z.array(z.object({ value: z.string(), count: z.number() })).readonly();
const checkpoint = z.object({ size: position, time: z.number(), root: z.string(), keyId: z.string(), note: z.string() });

/** The audit page: who did what, whether the log is what was written, and who else can tell. */
export const trailRouter = router({
  /** Newest first, before a position. `older` is when the newest event before the beginning of the range was recorded. */
  list: procedure
    .input(z.object({ filter: trailFilter, before: position.optional(), limit: z.int().min(1).max(PAGE_ROWS) }))
    .output(page(trailRow).extend({ enabled: z.boolean(), older: z.number().optional(), scope }))
    .query(async ({ ctx, input, signal }) => {
      const { parts } = ctx;
      const { before, limit } = input;
      const filter = filterOf(parts, input.filter);
      const rows = await auditRows(parts.store.views, filter, definedOnly({ before, limit, signal }));
      const older = before === undefined ? await newestBefore(parts, input.filter) : undefined;
      return { enabled: isEnabled(parts), ...rows, ...(older !== undefined && { older }), scope: scopeIn(parts, input.filter) };
    }),

  facets: procedure
    .input(z.object({ filter: trailFilter }))
    .output(z.object({ sample: z.number(), more: z.boolean(), actors: facetValues, targets: facetValues, failures: z.number() }))
    .query(({ ctx, input, signal }) => auditFacets(ctx.parts.store.views, filterOf(ctx.parts, input.filter), signal)),

  /** Who somebody is who stands in the trail: what he may, by which tokens and logins he comes in. */
  actor: procedure
    .input(z.object({ id: z.string().min(1).max(128) }))
    .output(actorShown)
    .query(({ ctx, input }) => actorOf(ctx.parts, input.id)),

  /** The signed checkpoints, newest first, and those who keep them elsewhere. */
  checkpoints: procedure
    .input(z.object({ before: position.optional(), limit: z.int().min(1).max(MOST_CHECKPOINTS) }))
    .output(
      z.object({
        gatewayId: z.string(),
        verifierKey: z.string(),
        head: position,
        checkpoints: z.array(checkpoint).readonly(),
        witnesses: z
          .array(
            z.object({
              destination: z.string(),
              state: z.enum(['starting', 'current', 'behind', 'failing']),
              takenTo: position,
              failures: z.number(),
              problem: z.string().optional(),
            }),
          )
          .readonly(),
      }),
    )
    .query(async ({ ctx, input }) => {
      const { gatewayId, store, witnesses } = ctx.parts;
      const { checkpoints, log } = store;
      const list = await checkpoints.list(definedOnly(input));
      return { gatewayId, verifierKey: checkpoints.verifierKey, head: log.head(), checkpoints: list, witnesses: witnesses.status() };
    }),

  /** What shows to anyone that an event lies under a signed checkpoint. */
  proof: procedure
    .input(z.object({ position }))
    .output(
      z.object({
        verifierKey: z.string(),
        checkpoint,
        proof: z.object({ position, size: position, leaf: z.string(), path: z.array(z.string()).readonly() }),
      }),
    )
    .query(({ ctx, input }) => proveEvent(ctx.parts.store, input.position)),

  /** Begins a check of the log; without a range it goes on from where the last one found everything good. */
  verify: procedure
    .input(z.object({ from: position.min(1).optional(), to: position.min(1).optional() }))
    .output(checkProgress)
    .mutation(({ ctx, input }) => shownCheck(ctx.parts.logCheck.start(definedOnly(input), ctx.caller.actor))),

  /** What the gateway checks by itself: how often, 0 for never, what came of it last, and when it does again. */
  schedule: procedure
    .output(
      z.object({
        everyMs: z.number(),
        nextAt: z.number().optional(),
        last: z
          .object({ position, time: z.number(), from: position, to: position, ok: z.boolean(), firstBadPosition: position.optional() })
          .optional(),
      }),
    )
    .query(async ({ ctx, signal }) => {
      const { config, scheduledCheck, store } = ctx.parts;
      const everyMs = config.current().config.gateway.logging.audit.verifyEvery;
      const asked = { types: [AuditVerified.type], query: `actor:${CHECKED_BY.id}` };
      const { rows } = await store.views.events(asked, definedOnly({ limit: 1, signal }));
      const last = rows[0] && (await store.log.readAt(rows[0].position));
      return {
        everyMs,
        ...definedOnly({ nextAt: scheduledCheck.nextAt() }),
        ...(last && AuditVerified.is(last) && { last: { position: last.position, time: last.time, ...last.data } }),
      };
    }),

  cancelVerify: procedure.output(z.object({})).mutation(({ ctx }) => {
    ctx.parts.logCheck.cancel();
    return {};
  }),

  /** How the check is that runs, or was the last: now, and whenever it moves on. */
  verification: procedure.subscription(async function* ({ ctx, signal }) {
    for await (const state of followCheck(ctx.parts.logCheck, signal ?? new AbortController().signal)) yield state;
  }),
});

type TrailFilter = z.output<typeof trailFilter>;

function filterOf(parts: Parts, filter: TrailFilter) {
  const { fromTime, toTime } = filter;
  return { ...scopeOf(scopeIn(parts, filter), Date.now()).filter, ...definedOnly({ fromTime, toTime }) };
}

function scopeIn({ config }: Parts, filter: TrailFilter): z.output<typeof scope> {
  const { classes } = filter;
  const chosen = chosenClasses(config.current().config.gateway.logging.audit).filter((name) => !classes || classes.includes(name));
  return { classes: chosen, query: trailQuery(filter) };
}

function isEnabled({ config }: Parts): boolean {
  return config.current().config.gateway.logging.audit.enabled;
}

async function newestBefore(parts: Parts, filter: TrailFilter): Promise<number | undefined> {
  const { fromTime } = filter;
  if (fromTime === undefined) return undefined;
  const { rows } = await parts.store.views.events(filterOf(parts, { ...filter, fromTime: undefined, toTime: fromTime }), { limit: 1 });
  return rows[0]?.time;
}
