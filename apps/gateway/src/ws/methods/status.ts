import { z } from 'zod';
import { defaultAgentId } from '../../pipeline/agent.ts';
import { defineMethod } from './method.ts';
import { describe } from './sessions-list.ts';

const RECENT_SESSIONS = 10;

/** A summary of the running gateway. */
export const status = defineMethod({
  name: 'status',
  scope: 'operator.read',
  params: z.strictObject({ includeChannelSummary: z.boolean().optional() }),
  run: async (_, { parts, connection }) => {
    const nowMs = Date.now();
    const { config, path } = parts.config.current();
    const [overview, { rows }] = await Promise.all([
      parts.store.views.overview(nowMs),
      parts.store.views.sessions({}, { limit: RECENT_SESSIONS }),
    ]);
    return {
      runtimeVersion: parts.version,
      phase: parts.phase(),
      startedAt: parts.startedAt,
      uptimeMs: Math.max(0, nowMs - parts.startedAt),
      activity: parts.pipeline.activity(),
      log: { head: overview.head, headTime: overview.headTime },
      messages: { unsettled: overview.unsettled, held: overview.held, errorsLastHour: overview.errorsLastHour },
      defaultAgentId: defaultAgentId(config),
      channelSummary: parts.channels
        .status()
        .map((row) => `${row.channel}/${row.account}: ${row.connected ? 'connected' : 'not connected'}`),
      queuedSystemEvents: [],
      sessions: {
        count: overview.sessions,
        defaults: { model: config.agents.defaults.model, contextTokens: null },
        recent: rows.map((row) => describe(row, false)),
      },
      ...(connection.holds('operator.admin') ? { gatewayId: parts.gatewayId, configPath: path } : {}),
    };
  },
});
