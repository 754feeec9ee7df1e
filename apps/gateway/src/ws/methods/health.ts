import type { SessionRow } from '@openclaw-gateway/db';
import { z } from 'zod';
import { agentIds, defaultAgentId } from '../../pipeline/agent.ts';
import { labelOf, summaryOf } from './channels-status.ts';
import { defineMethod } from './method.ts';

const RECENT_SESSIONS = 5;
const NO_HEARTBEAT = { enabled: false, every: '', everyMs: null, prompt: '', target: 'none', ackMaxChars: 0 };

/** The health snapshot of the protocol. */
export const health = defineMethod({
  name: 'health',
  scope: 'operator.read',
  params: z.strictObject({ probe: z.boolean().optional() }),
  run: async (_, { parts }) => {
    const startedAt = Date.now();
    const { config } = parts.config.current();
    const [overview, { rows }] = await Promise.all([
      parts.store.views.overview(startedAt),
      parts.store.views.sessions({}, { limit: RECENT_SESSIONS }),
    ]);
    const channels = Map.groupBy(parts.channels.status(), (row) => row.channel);
    const order = [...channels.keys()];
    const recent = rows.map((row) => recentSession(row, startedAt));
    const defaultAgent = defaultAgentId(config);
    return {
      ok: true,
      ts: startedAt,
      durationMs: Date.now() - startedAt,
      channels: Object.fromEntries([...channels].map(([id, accounts]) => [id, summaryOf(accounts)])),
      channelOrder: order,
      channelLabels: Object.fromEntries(order.map((id) => [id, labelOf(id)])),
      defaultAgentId: defaultAgent,
      agents: agentIds(config).map((agentId) => {
        const own = rows.filter((row) => row.agentId === agentId).map((row) => recentSession(row, startedAt));
        return {
          agentId,
          isDefault: agentId === defaultAgent,
          heartbeat: NO_HEARTBEAT,
          sessions: { path: '', count: own.length, recent: own },
        };
      }),
      sessions: { path: '', count: overview.sessions, recent },
      deliveryQueues: { failed: overview.held > 0 ? [{ queueName: 'held', count: overview.held }] : [] },
    };
  },
});

function recentSession(row: SessionRow, nowMs: number): object {
  return { key: row.sessionKey, updatedAt: row.lastTime, age: Math.max(0, nowMs - row.lastTime) };
}
