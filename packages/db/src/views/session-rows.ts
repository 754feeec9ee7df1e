import { SESSIONS_TABLE, type SessionTableRow } from '../projections/sessions.ts';
import type { Queries } from './compile.ts';
import type { Page, SessionRow } from './queries.ts';

type Filter = {
  readonly agentId?: string;
  readonly channel?: string;
  readonly openOnly?: boolean;
  /** Only conversations whose keys begin with one of these. */
  readonly keyPrefixes?: readonly string[];
};

/** No key goes on with this. */
export const END_OF_PREFIX = '\u{10ffff}';

/** Conversations, the one in which something happened last first. */
export function listSessions(
  queries: Queries,
  filter: Filter,
  page: { readonly before?: number; readonly limit: number },
): Omit<Page<SessionRow>, 'head'> {
  const { keyPrefixes } = filter;
  // Each beginning is a range of the keys' index; of their newest rows the newest are wanted.
  const rows = keyPrefixes
    ? keyPrefixes
        .flatMap((prefix) => newest(queries, filter, page, prefix))
        .sort((a, b) => b.last_position - a.last_position)
        .slice(0, page.limit + 1)
    : newest(queries, filter, page, undefined);
  const shown = rows.slice(0, page.limit).map(toSessionRow);
  const last = shown.at(-1);
  return rows.length > page.limit && last ? { rows: shown, next: last.lastPosition } : { rows: shown };
}

function newest(
  queries: Queries,
  { agentId, channel, openOnly }: Filter,
  page: { readonly before?: number; readonly limit: number },
  prefix: string | undefined,
): SessionTableRow[] {
  const key = `sessions ${agentId !== undefined} ${channel !== undefined} ${openOnly === true} ${prefix !== undefined}`;
  const before = page.before ?? Number.MAX_SAFE_INTEGER;
  const keys = { fromKey: prefix ?? '', toKey: `${prefix ?? ''}${END_OF_PREFIX}` };
  return queries.all<SessionTableRow>(
    key,
    { before, limit: page.limit + 1, agentId: agentId ?? '', channel: channel ?? '', ...keys },
    (db, argument) => {
      let query = db.selectFrom(SESSIONS_TABLE).selectAll().where('last_position', '<', argument('before'));
      if (prefix !== undefined) {
        query = query.where('session_key', '>=', argument<string>('fromKey')).where('session_key', '<', argument<string>('toKey'));
      }
      if (agentId !== undefined) query = query.where('agent_id', '=', argument<string>('agentId'));
      if (channel !== undefined) query = query.where('channel', '=', argument<string>('channel'));
      if (openOnly) query = query.where('open_messages', '>', 0);
      return query.orderBy('last_position', 'desc').limit(argument('limit'));
    },
  );
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
