import { GatewayError } from '@openclaw-gateway/events';
import { z } from 'zod';
import { procedure, router } from './procedure.ts';

const sessionId = z.string().min(1).max(128);
const reason = z.string().trim().min(1).max(500);
/** Where the log keeps a name rather than a text. */
const shortReason = z.string().trim().min(1).max(128);
const done = z.object({ done: z.boolean() });

/** What an operator does with a conversation. Each is recorded with who did it and why. */
export const sessionActsRouter = router({
  note: procedure
    .input(z.object({ sessionId, text: z.string().trim().min(1).max(2000), about: z.int().positive().optional() }))
    .output(done)
    .mutation(async ({ ctx, input }) => {
      const { pipeline } = ctx.parts;
      const { about, text } = input;
      await known(ctx.parts.store.views, input.sessionId);
      await pipeline.note(input.sessionId, { actor: ctx.caller.actor, text, ...(about !== undefined && { about }) });
      return { done: true };
    }),

  /** The model is not shown again what was said; the next message begins afresh. */
  reset: procedure
    .input(z.object({ sessionId, reason: shortReason }))
    .output(done)
    .mutation(async ({ ctx, input }) => {
      await known(ctx.parts.store.views, input.sessionId);
      await ctx.parts.pipeline.close(input.sessionId, { actor: ctx.caller.actor, reason: input.reason });
      return { done: true };
    }),

  /** `done` is false where it was not in quarantine. */
  release: procedure
    .input(z.object({ sessionId, reason, forget: z.boolean() }))
    .output(done)
    .mutation(async ({ ctx, input }) => {
      await known(ctx.parts.store.views, input.sessionId);
      return { done: await ctx.parts.pipeline.release(input.sessionId, { actor: ctx.caller.actor, forget: input.forget }) };
    }),

  cancel: procedure
    .input(z.object({ sessionId, messageId: z.string().max(128).optional(), reason: shortReason }))
    .output(z.object({ cancelled: z.array(z.string()).readonly() }))
    .mutation(async ({ ctx, input }) => {
      const { messageId } = input;
      await known(ctx.parts.store.views, input.sessionId);
      const target = { sessionId: input.sessionId, ...(messageId !== undefined && { messageId }) };
      return { cancelled: await ctx.parts.pipeline.abort(target, input.reason) };
    }),

  /** Nothing of it is erased, archived or removed while it is held. */
  hold: procedure
    .input(z.object({ sessionId, reason, held: z.boolean() }))
    .output(done)
    .mutation(async ({ ctx, input }) => {
      const { data, store } = ctx.parts;
      await known(store.views, input.sessionId);
      const target = data.target({ kind: 'session', id: input.sessionId });
      if (!input.held) return { done: await data.release(target, input.reason, ctx.caller.actor) };
      await data.hold(target, input.reason, ctx.caller.actor);
      return { done: true };
    }),
});

async function known(views: { readonly session: (id: string) => Promise<unknown> }, id: string): Promise<void> {
  if (!(await views.session(id))) throw new GatewayError('SESSION_NOT_FOUND', { details: { sessionId: id } });
}
