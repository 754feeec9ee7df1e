/** Who is busy: models' use by agent, the slowest answers, and what came and went by channel. */
import { eventDefinition } from '@openclaw-gateway/events/catalog/index';
import { MESSAGES_TABLE } from '../projections/messages.ts';
import { SESSIONS_TABLE } from '../projections/sessions.ts';
import { USAGE_HOUR_MS, USAGE_TABLE } from '../projections/usage.ts';
import type { Queries } from './compile.ts';
import { type CountRow, countsByFacet } from './counts.ts';
import type { Activity, SlowAnswer, TimeRange } from './queries.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const SLOWEST_OF = 1000;

export function readActivity(queries: Queries, nowMs: number, limit: number): Activity {
  return {
    agents: busiestAgents(queries, nowMs - DAY_MS, limit),
    slowest: slowestSessions(queries, { fromTime: nowMs - DAY_MS, toTime: nowMs + 1 }, Number.MAX_SAFE_INTEGER, limit),
    channels: channelRates(countsByFacet(queries, { fromTime: nowMs - HOUR_MS, toTime: nowMs })),
  };
}

function busiestAgents(queries: Queries, sinceTime: number, limit: number): Activity['agents'] {
  const rows = queries.all<{ agent: string; answers: number; input: number; output: number; cost: number }>(
    'usage by agent',
    { from: Math.floor(sinceTime / USAGE_HOUR_MS), limit },
    (db, argument) =>
      db
        .selectFrom(USAGE_TABLE)
        .select(({ fn }) => [
          'agent',
          fn.sum<number>('answers').as('answers'),
          fn.sum<number>('input_tokens').as('input'),
          fn.sum<number>('output_tokens').as('output'),
          fn.sum<number>('cost_micro_usd').as('cost'),
        ])
        .where('hour', '>=', argument('from'))
        .groupBy('agent')
        .orderBy('cost', 'desc')
        .orderBy('input', 'desc')
        .limit(argument('limit')),
  );
  return rows.map(({ agent, answers, input, output, cost }) => ({
    agentId: agent,
    answers,
    inputTokens: input,
    outputTokens: output,
    costUsd: cost / 1_000_000,
  }));
}

/** Of each conversation its slowest answer in this time, among the newest messages before a position. */
export function slowestSessions(queries: Queries, { fromTime, toTime }: TimeRange, below: number, limit: number): readonly SlowAnswer[] {
  const rows = queries.all<{ message_id: string; session_id: string | null; received_at: number; answered_at: number | null }>(
    'slowest',
    { below, limit: SLOWEST_OF },
    (db, argument) =>
      db
        .selectFrom(MESSAGES_TABLE)
        .select(['message_id', 'session_id', 'received_at', 'answered_at'])
        .where('position', '<', argument('below'))
        .orderBy('position', 'desc')
        .limit(argument('limit')),
  );
  const slowest = new Map<string, { messageId: string; tookMs: number; at: number }>();
  for (const { message_id, session_id, received_at, answered_at } of rows) {
    if (session_id === null || answered_at === null || answered_at < fromTime || answered_at >= toTime) continue;
    const tookMs = answered_at - received_at;
    if (tookMs > (slowest.get(session_id)?.tookMs ?? -1)) slowest.set(session_id, { messageId: message_id, tookMs, at: answered_at });
  }
  return [...slowest]
    .sort(([, a], [, b]) => b.tookMs - a.tookMs)
    .slice(0, limit)
    .map(([sessionId, rest]) => ({ sessionId, ...sessionName(queries, sessionId), ...rest }));
}

function sessionName(queries: Queries, sessionId: string): { readonly title: string; readonly agentId: string; readonly channel: string } {
  const [row] = queries.all<{ title: string; agent_id: string; channel: string }>('session name', { sessionId }, (db, argument) =>
    db.selectFrom(SESSIONS_TABLE).select(['title', 'agent_id', 'channel']).where('session_id', '=', argument<string>('sessionId')).limit(1),
  );
  return { title: row?.title ?? '', agentId: row?.agent_id ?? '', channel: row?.channel ?? '' };
}

function channelRates(rows: readonly CountRow[]): Activity['channels'] {
  const rates = new Map<string, { received: number; delivered: number; errors: number }>();
  for (const { type, channel, events } of rows) {
    if (channel === '') continue;
    const rate = rates.get(channel) ?? { received: 0, delivered: 0, errors: 0 };
    rates.set(channel, rate);
    if (type === 'message.received') rate.received += events;
    else if (type === 'message.delivered') rate.delivered += events;
    if (eventDefinition(type)?.severity === 'error') rate.errors += events;
  }
  return [...rates].map(([channel, rate]) => ({ channel, ...rate }));
}
