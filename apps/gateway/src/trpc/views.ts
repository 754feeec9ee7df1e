import { VIEW_RANGES } from '@openclaw-gateway/events';
import { z } from 'zod';
import { procedure, router } from './procedure.ts';
import { definedOnly } from './wire.ts';

const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/);
const draft = z.object({
  name,
  label: z.string().min(1).max(80),
  query: z.string().max(2000),
  range: z.enum(VIEW_RANGES),
  columns: z.array(z.string().max(40)).max(20).optional(),
  pinned: z.boolean(),
  shared: z.boolean(),
});
const listed = draft.extend({ system: z.boolean(), mine: z.boolean() });

/** Saved views of the events: those that everybody has, one's own, and those that others share. */
export const viewsRouter = router({
  list: procedure.output(z.array(listed).readonly()).query(({ ctx }) => ctx.parts.savedViews.list(ctx.caller.actor)),

  save: procedure
    .input(draft)
    .output(listed)
    .mutation(({ ctx, input }) => ctx.parts.savedViews.save(definedOnly(input), ctx.caller.actor)),

  remove: procedure
    .input(z.object({ name }))
    .output(z.object({ removed: z.string() }))
    .mutation(async ({ ctx, input }) => {
      await ctx.parts.savedViews.remove(input.name, ctx.caller.actor);
      return { removed: input.name };
    }),
});
