import { SessionQuarantined, SessionReleased } from '@openclaw-gateway/events';
import { z } from 'zod';
import type { Parts } from '../parts.ts';
import { attentionItem, needsAttention } from './attention.ts';
import { procedure, router } from './procedure.ts';
import { overview } from './rows.ts';

const NEWEST = 5;
const MOST_QUARANTINES = 100;

const summary = overview.extend({
  phase: z.enum(['starting', 'ready', 'stopping']),
  waiting: z.number(),
  running: z.number(),
  channels: z.array(z.object({ channel: z.string(), account: z.string(), connected: z.boolean(), since: z.number().optional() })),
  logBytes: z.number(),
  walBytes: z.number(),
});

/** The overview page: is it well, and what needs me? */
export const overviewRouter = router({
  summary: procedure.output(summary).query(async ({ ctx }) => {
    const { parts } = ctx;
    const { activeRuns, waitingMessages } = parts.pipeline.activity();
    const { fileBytes, walBytes } = parts.store.log.stats();
    return {
      ...(await parts.store.views.overview(Date.now())),
      phase: parts.phase(),
      waiting: waitingMessages,
      running: activeRuns,
      channels: parts.channels.status().filter((status) => status.enabled),
      logBytes: fileBytes,
      walBytes,
    };
  }),

  attention: procedure.output(z.array(attentionItem)).query(({ ctx }) => attentionOf(ctx.parts)),
});

async function attentionOf(parts: Parts) {
  const { views } = parts.store;
  const nowMs = Date.now();
  const [state, held, deadLettered, quarantines] = await Promise.all([
    views.overview(nowMs),
    views.messages({ status: 'held' }, { limit: NEWEST }),
    views.messages({ status: 'dead_lettered' }, { limit: NEWEST }),
    views.events({ types: [SessionQuarantined.type, SessionReleased.type] }, { limit: MOST_QUARANTINES }),
  ]);
  const channels = parts.channels.status();
  return needsAttention({
    overview: state,
    channels,
    held: held.rows,
    deadLettered: deadLettered.rows,
    quarantines: quarantines.rows,
    nowMs,
  });
}
