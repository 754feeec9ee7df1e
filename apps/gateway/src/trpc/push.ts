import { z } from 'zod';
import { procedure, router } from './procedure.ts';
import { definedOnly } from './wire.ts';

const id = z.string().regex(/^[0-9a-f]{32}$/);
const base64url = /^[\w-]+=*$/;

/** The browsers in which somebody is notified of calls that wait. Everybody sees and removes the own ones only. */
export const pushRouter = router({
  /** `key` is what a browser needs to subscribe. */
  list: procedure
    .output(
      z.object({
        key: z.string(),
        browsers: z.array(z.object({ id, device: z.string().optional(), service: z.string(), since: z.number() })),
      }),
    )
    .query(async ({ ctx: { parts, caller } }) => {
      const browsers = await parts.push.list(caller);
      return { key: parts.push.publicKey, browsers: browsers.map((browser) => definedOnly(browser)) };
    }),

  subscribe: procedure
    .input(
      z.object({
        endpoint: z.string().min(1).max(2048),
        p256dh: z.string().max(100).regex(base64url),
        auth: z.string().max(40).regex(base64url),
      }),
    )
    .output(z.object({ id }))
    .mutation(({ ctx, input }) => ctx.parts.push.subscribe(input, ctx.caller)),

  unsubscribe: procedure
    .input(z.object({ id }))
    .output(z.object({ id }))
    .mutation(async ({ ctx, input }) => {
      await ctx.parts.push.unsubscribe(input.id, ctx.caller);
      return input;
    }),
});
