import { SESSIONS_TABLE, type SessionTableRow } from '../projections/sessions.ts';
import type { Queries } from './compile.ts';
import type { Page, SessionRow } from './queries.ts';

type Filter = { readonly agentId?: string; readonly channel?: string; readonly openOnly?: boolean };

/** Conversations, the one in which something happened last first. */
export function listSessions(
  queries: Queries,
  filter: Filter,
  page: { readonly before?: number; readonly limit: number },
): Omit<Page<SessionRow>, 'head'> {
  const { agentId, channel, openOnly } = filter;
  const key = `sessions ${agentId !== undefined} ${channel !== undefined} ${openOnly === true}`;
  const before = page.before ?? Number.MAX_SAFE_INTEGER;
  const rows = queries.all<SessionTableRow>(
    key,
    { before, limit: page.limit + 1, agentId: agentId ?? '', channel: channel ?? '' },
    (db, argument) => {
      let query = db.selectFrom(SESSIONS_TABLE).selectAll().where('last_position', '<', argument('before'));
      if (agentId !== undefined) query = query.where('agent_id', '=', argument<string>('agentId'));
      if (channel !== undefined) query = query.where('channel', '=', argument<string>('channel'));
      if (openOnly) query = query.where('open_messages', '>', 0);
      return query.orderBy('last_position', 'desc').limit(argument('limit'));
    },
  );
  const shown = rows.slice(0, page.limit).map(toSessionRow);
  const last = shown.at(-1);
  return rows.length > page.limit && last ? { rows: shown, next: last.lastPosition } : { rows: shown };
}

export function findSession(queries: Queries, column: 'session_id' | 'session_key', value: string): SessionRow | undefined {
  const [row] = queries.all<SessionTableRow>(`session by ${column}`, { value }, (db, argument) =>
    db.selectFrom(SESSIONS_TABLE).selectAll().where(column, '=', argument<string>('value')).limit(1),
  );
  return row && toSessionRow(row);
}

export function countSessions(queries: Queries): number {
  const [row] = queries.all<{ sessions: number | null }>('count sessions', {}, (db) =>
    db.selectFrom(SESSIONS_TABLE).select(({ fn }) => fn.max('session_no').as('sessions')),
  );
  return row?.sessions ?? 0;
}

function toSessionRow(row: SessionTableRow): SessionRow {
  return {
    sessionId: row.session_id,
    sessionKey: row.session_key,
    title: row.title,
    agentId: row.agent_id,
    channel: row.channel,
    account: row.account,
    peerId: row.peer_id,
    openedAt: row.opened_at,
    lastTime: row.last_time,
    lastPosition: row.last_position,
    turns: row.turns,
    messages: row.messages,
    openMessages: row.open_messages,
    inputTokens: row.input_tokens,
    outputTokens: row.output_tokens,
    lastOutcome: row.last_outcome,
  };
}
