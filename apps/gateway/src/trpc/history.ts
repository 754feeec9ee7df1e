import { diff } from '@openclaw-gateway/events/json-patch';
import { z } from 'zod';
import { configAt } from '../history/config-at.ts';
import { modelContext } from '../history/model-context.ts';
import { momentOf, newestMoment } from '../history/moment.ts';
import { sessionAt } from '../history/session-at.ts';
import { sessionSteps, shortened } from '../history/session-steps.ts';
import { type StateAt, stateAt } from '../history/state-at.ts';
import { demandOwn, reachedSession } from './own-session.ts';
import { procedure, router } from './procedure.ts';

const moment = z.string().min(1).max(64);
const sessionId = z.string().min(1).max(128);
const position = z.int().positive();
const momentShape = z.object({ position: z.number(), time: z.number() });
const operation = z.union([
  z.object({ op: z.enum(['add', 'replace']), path: z.string(), value: z.unknown().optional() }),
  z.object({ op: z.literal('remove'), path: z.string() }),
]);

/** Time travel: a session and the gateway at any position or time, and what changed between two. */
export const historyRouter = router({
  /** A session at a moment, and with `to` what turns its state there into its state then. */
  session: procedure
    .input(z.object({ sessionId, at: moment, to: moment.optional() }))
    .output(z.object({ at: momentShape, state: z.unknown(), patch: z.array(operation).optional() }))
    .query(async ({ ctx, input }) => {
      const { store } = ctx.parts;
      await demandOwn(ctx, input.sessionId);
      const then = await sessionAt(store, input.sessionId, await momentOf(store.log, input.at));
      if (input.to === undefined) return then;
      const other = await sessionAt(store, input.sessionId, await momentOf(store.log, input.to));
      return { ...then, patch: diff(then.state, other.state) };
    }),

  /** A session at a position, and what each of its next events changed. */
  steps: procedure
    .input(z.object({ sessionId, at: position, count: z.int().min(0).max(100) }))
    .output(
      z.object({
        at: momentShape,
        state: z.unknown(),
        earlierEntries: z.number(),
        steps: z.array(z.object({ position: z.number(), patch: z.array(operation).readonly() })).readonly(),
      }),
    )
    .query(async ({ ctx, input }) => {
      const { store } = ctx.parts;
      await demandOwn(ctx, input.sessionId);
      return sessionSteps(store, input.sessionId, await momentOf(store.log, String(input.at)), input.count);
    }),

  /** What the model was shown last before or at a position. */
  context: procedure
    .input(z.object({ sessionId, at: position }))
    .output(
      z.object({
        context: z
          .object({
            position: z.number(),
            time: z.number(),
            provider: z.string(),
            step: z.number(),
            exact: z.boolean(),
            /** Long texts are cut. */
            request: z.unknown(),
          })
          .optional(),
      }),
    )
    .query(async ({ ctx, input }) => {
      const { store, tools } = ctx.parts;
      await reachedSession(ctx, input.sessionId);
      const context = await modelContext(store, input.sessionId, input.at, tools.registry());
      return context ? { context: { ...context, request: shortened(context.request) } } : {};
    }),

  /** The configuration that was in force at a position, as it is written, without its secrets. */
  config: procedure
    .input(z.object({ at: position }))
    .output(z.object({ hash: z.string().optional(), document: z.record(z.string(), z.unknown()).optional() }))
    .query(async ({ ctx, input }) => {
      const { log } = ctx.parts.store;
      return configAt(log, await momentOf(log, String(input.at)));
    }),

  /** The gateway at a moment; now when none is named. */
  state: procedure
    .input(z.object({ at: moment.optional(), to: moment.optional() }))
    .output(z.object({ state: z.custom<StateAt>(), patch: z.array(operation).optional() }))
    .query(async ({ ctx, input }) => {
      const { store } = ctx.parts;
      const state = await stateAt(store, input.at === undefined ? await newestMoment(store.log) : await momentOf(store.log, input.at));
      if (input.to === undefined) return { state };
      return { state, patch: diff(state, await stateAt(store, await momentOf(store.log, input.to))) };
    }),
});
