import { sql } from 'kysely';
import { COMMON_STATUS, MESSAGES_TABLE, type MessageRow, type MessageStatus, OPEN_STATUSES } from '../projections/messages.ts';
import { SESSIONS_TABLE } from '../projections/sessions.ts';
import type { Queries } from './compile.ts';
import { END_OF_PREFIX } from './session-rows.ts';

type Filter = {
  readonly sessionId?: string;
  readonly settled?: boolean;
  readonly status?: MessageStatus;
  /** With a rare status only: of all other messages there are too many to look through. */
  readonly channel?: string;
  /** As `channel`. */
  readonly account?: string;
  /** Only those that a reply was made for; as `channel`, with a rare status only. */
  readonly hasReply?: boolean;
  /** Only messages of conversations whose keys begin with one of these. */
  readonly keyPrefixes?: readonly string[];
};

/** Messages, the newest first, at most `limit`. */
export function listMessages(queries: Queries, filter: Filter, before: number, limit: number): MessageRow[] {
  const statuses = statusesOf(filter);
  if (filter.keyPrefixes) {
    const rows = filter.keyPrefixes.flatMap((prefix) => ofKeys(queries, prefix, filter.sessionId, statuses, before, limit));
    return rows.sort((a, b) => b.position - a.position).slice(0, limit);
  }
  if (filter.sessionId !== undefined) return ofSession(queries, filter.sessionId, statuses, before, limit);
  if (!statuses || statuses.includes(COMMON_STATUS)) return newest(queries, statuses, before, limit);
  // Each status has its own index range; of their newest rows the newest are wanted.
  const rows = statuses.flatMap((status) => ofStatus(queries, status, filter, before, limit));
  return rows.sort((a, b) => b.position - a.position).slice(0, limit);
}

export function countStatus(queries: Queries, statuses: readonly MessageStatus[]): number {
  let total = 0;
  for (const status of statuses) {
    const [row] = queries.all<{ messages: number }>('count status', { status }, (db, argument) =>
      db
        .selectFrom(MESSAGES_TABLE)
        .select(({ fn }) => fn.countAll<number>().as('messages'))
        .where('status', '=', argument<MessageStatus>('status'))
        .where('status', '<>', sql.lit(COMMON_STATUS)),
    );
    total += row?.messages ?? 0;
  }
  return total;
}

/** When the oldest message came in that has no terminal event. */
export function oldestOpenAt(queries: Queries): number | undefined {
  const times = OPEN_STATUSES.flatMap((status) =>
    queries
      .all<{ received_at: number }>('oldest of status', { status }, (db, argument) =>
        db
          .selectFrom(MESSAGES_TABLE)
          .select('received_at')
          .where('status', '=', argument<MessageStatus>('status'))
          .where('status', '<>', sql.lit(COMMON_STATUS))
          .orderBy('position')
          .limit(1),
      )
      .map((row) => row.received_at),
  );
  return times.length > 0 ? Math.min(...times) : undefined;
}

/** How long the newest answers took, in milliseconds, ascending. */
export function replyTimes(queries: Queries, sinceTime: number, limit: number): number[] {
  const rows = queries.all<{ received_at: number; answered_at: number | null }>(
    'reply times',
    { below: Number.MAX_SAFE_INTEGER, limit },
    (db, argument) =>
      db
        .selectFrom(MESSAGES_TABLE)
        .select(['received_at', 'answered_at'])
        .where('position', '<', argument('below'))
        .orderBy('position', 'desc')
        .limit(argument('limit')),
  );
  return rows
    .flatMap((row) => (row.answered_at !== null && row.answered_at >= sinceTime ? [row.answered_at - row.received_at] : []))
    .sort((a, b) => a - b);
}

function statusesOf({ settled, status }: Filter): readonly MessageStatus[] | undefined {
  if (status !== undefined) {
    const open = (OPEN_STATUSES as readonly MessageStatus[]).includes(status);
    return settled === undefined || settled !== open ? [status] : [];
  }
  if (settled === undefined) return undefined;
  if (!settled) return OPEN_STATUSES;
  return [COMMON_STATUS, 'rejected', 'dead_lettered', 'no_reply', 'merged', 'discarded'];
}

function newest(queries: Queries, statuses: readonly MessageStatus[] | undefined, before: number, limit: number): MessageRow[] {
  return queries.all<MessageRow>(`messages ${statuses?.join()}`, { before, limit }, (db, argument) => {
    let query = db.selectFrom(MESSAGES_TABLE).selectAll().where('position', '<', argument('before'));
    if (statuses) query = query.where('status', 'in', statuses);
    return query.orderBy('position', 'desc').limit(argument('limit'));
  });
}

function ofSession(
  queries: Queries,
  sessionId: string,
  statuses: readonly MessageStatus[] | undefined,
  before: number,
  limit: number,
): MessageRow[] {
  if (statuses?.length === 0) return [];
  return queries.all<MessageRow>(`session messages ${statuses?.join()}`, { sessionId, before, limit }, (db, argument) => {
    let query = db
      .selectFrom(MESSAGES_TABLE)
      .selectAll()
      .where('session_id', '=', argument<string>('sessionId'))
      .where('session_id', 'is not', null)
      .where('position', '<', argument('before'));
    if (statuses) query = query.where('status', 'in', statuses);
    return query.orderBy('position', 'desc').limit(argument('limit'));
  });
}

function ofKeys(
  queries: Queries,
  prefix: string,
  sessionId: string | undefined,
  statuses: readonly MessageStatus[] | undefined,
  before: number,
  limit: number,
): MessageRow[] {
  if (statuses?.length === 0) return [];
  const named = { fromKey: prefix, toKey: `${prefix}${END_OF_PREFIX}`, sessionId: sessionId ?? '' };
  return queries.all<MessageRow>(
    `messages of keys ${sessionId !== undefined} ${statuses?.join()}`,
    { ...named, before, limit },
    (db, argument) => {
      let sessions = db
        .selectFrom(SESSIONS_TABLE)
        .select('session_id')
        .where('session_key', '>=', argument<string>('fromKey'))
        .where('session_key', '<', argument<string>('toKey'));
      if (sessionId !== undefined) sessions = sessions.where('session_id', '=', argument<string>('sessionId'));
      let query = db
        .selectFrom(MESSAGES_TABLE)
        .selectAll()
        .where('session_id', 'in', sessions)
        .where('session_id', 'is not', null)
        .where('position', '<', argument('before'));
      if (statuses) query = query.where('status', 'in', statuses);
      return query.orderBy('position', 'desc').limit(argument('limit'));
    },
  );
}

function ofStatus(
  queries: Queries,
  status: MessageStatus,
  { channel, account, hasReply = false }: Pick<Filter, 'channel' | 'account' | 'hasReply'>,
  before: number,
  limit: number,
): MessageRow[] {
  const values = { status, before, limit, ...(channel !== undefined && { channel }), ...(account !== undefined && { account }) };
  return queries.all<MessageRow>(
    `messages of status ${channel !== undefined} ${account !== undefined} ${hasReply}`,
    values,
    (db, argument) => {
      let query = db
        .selectFrom(MESSAGES_TABLE)
        .selectAll()
        .where('status', '=', argument<MessageStatus>('status'))
        .where('status', '<>', sql.lit(COMMON_STATUS))
        .where('position', '<', argument('before'));
      if (channel !== undefined) query = query.where('channel', '=', argument<string>('channel'));
      if (account !== undefined) query = query.where('account', '=', argument<string>('account'));
      if (hasReply) query = query.where('reply_position', 'is not', null);
      return query.orderBy('position', 'desc').limit(argument('limit'));
    },
  );
}
