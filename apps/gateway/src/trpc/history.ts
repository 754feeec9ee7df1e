import { GatewayError } from '@openclaw-gateway/events';
import { z } from 'zod';
import { ownsKey } from '../access/ownership.ts';
import { momentOf, newestMoment } from '../history/moment.ts';
import { diff } from '../history/patch.ts';
import { sessionAt } from '../history/session-at.ts';
import { type StateAt, stateAt } from '../history/state-at.ts';
import { procedure, router } from './procedure.ts';

const moment = z.string().min(1).max(64);
const operation = z.object({ op: z.enum(['add', 'replace', 'remove']), path: z.string(), value: z.unknown().optional() });

/** Time travel: a session and the gateway at any position or time, and what changed between two. */
export const historyRouter = router({
  /** A session at a moment, and with `to` what turns its state there into its state then. */
  session: procedure
    .input(z.object({ sessionId: z.string().min(1).max(128), at: moment, to: moment.optional() }))
    .output(
      z.object({ at: z.object({ position: z.number(), time: z.number() }), state: z.unknown(), patch: z.array(operation).optional() }),
    )
    .query(async ({ ctx, input }) => {
      const { store } = ctx.parts;
      if (ctx.reach === 'own') {
        const session = await store.views.session(input.sessionId);
        if (!session || !ownsKey(ctx.caller, session.sessionKey)) throw new GatewayError('SESSION_NOT_FOUND');
      }
      const then = await sessionAt(store, input.sessionId, await momentOf(store.log, input.at));
      if (input.to === undefined) return then;
      const other = await sessionAt(store, input.sessionId, await momentOf(store.log, input.to));
      return { ...then, patch: diff(then.state, other.state) };
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
