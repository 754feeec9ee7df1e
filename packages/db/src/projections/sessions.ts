/** One row a conversation: who it is with and how much was said. */
import { shorten } from '@openclaw-gateway/events/define';
import type { StoredEvent } from '@openclaw-gateway/events/envelope';
import { defineProjection, tableName, type ViewsTransaction } from './define.ts';

const VERSION = 1;
export const SESSIONS_TABLE = tableName('sessions', VERSION);
const TITLE_LENGTH = 80;

type Data = {
  readonly sessionKey?: string;
  readonly title?: string;
  readonly agentId?: string;
  readonly channel?: string;
  readonly account?: string;
  readonly peer?: { readonly id: string };
  readonly text?: string;
  readonly usage?: { readonly inputTokens: number; readonly outputTokens: number };
};
type Handler = (tx: ViewsTransaction, event: StoredEvent, data: Data, sessionId: string) => void;

/** Rows are numbered without a gap, so that the highest number is the count. */
const INSERT = `INSERT INTO ${SESSIONS_TABLE} (session_id, agent_id, channel, title, opened_at, last_time, last_position)
  SELECT ?, ?, ?, ?, ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM ${SESSIONS_TABLE} WHERE session_id = ?)`;

const ended: Handler = (tx, event, _data, sessionId) =>
  update(tx, event, sessionId, 'open_messages = open_messages - 1, last_outcome = ?', event.type.slice('message.'.length));

const HANDLERS: Readonly<Record<string, Handler>> = {
  // The first message of a conversation comes before session.opened in the same commit.
  'message.received': (tx, event, data, sessionId) => {
    insert(tx, event, data, sessionId);
    const title = shorten(data.text ?? '', TITLE_LENGTH);
    update(
      tx,
      event,
      sessionId,
      `messages = messages + 1, open_messages = open_messages + 1, title = CASE title WHEN '' THEN ? ELSE title END`,
      title,
    );
  },
  'session.opened': (tx, event, data, sessionId) => {
    insert(tx, event, data, sessionId);
    update(
      tx,
      event,
      sessionId,
      'session_key = ?, agent_id = ?, channel = ?, account = ?, peer_id = ?, opened_at = ?',
      data.sessionKey ?? '',
      data.agentId ?? event.metadata.agentId ?? '',
      data.channel ?? event.metadata.channel ?? '',
      data.account ?? '',
      data.peer?.id ?? '',
      event.time,
    );
  },
  'session.updated': (tx, event, data, sessionId) =>
    update(tx, event, sessionId, 'title = coalesce(?, title), agent_id = coalesce(?, agent_id)', data.title ?? null, data.agentId ?? null),
  'session.closed': (tx, event, _data, sessionId) => update(tx, event, sessionId, `last_outcome = 'closed'`),
  'model.responded': (tx, event, data, sessionId) =>
    update(
      tx,
      event,
      sessionId,
      'input_tokens = input_tokens + ?, output_tokens = output_tokens + ?',
      data.usage?.inputTokens ?? 0,
      data.usage?.outputTokens ?? 0,
    ),
  'run.completed': (tx, event, _data, sessionId) => update(tx, event, sessionId, 'turns = turns + 1'),
  'message.delivered': ended,
  'message.dead_lettered': ended,
  'message.no_reply': ended,
  'message.merged': ended,
};

export const SessionsProjection = defineProjection({
  name: 'sessions',
  version: VERSION,
  handles: Object.keys(HANDLERS),
  tables: [
    `CREATE TABLE ${SESSIONS_TABLE} (
       session_no INTEGER PRIMARY KEY,
       session_id TEXT NOT NULL UNIQUE,
       session_key TEXT NOT NULL DEFAULT '',
       title TEXT NOT NULL,
       agent_id TEXT NOT NULL,
       channel TEXT NOT NULL,
       account TEXT NOT NULL DEFAULT '',
       peer_id TEXT NOT NULL DEFAULT '',
       opened_at INTEGER NOT NULL,
       last_time INTEGER NOT NULL,
       last_position INTEGER NOT NULL,
       turns INTEGER NOT NULL DEFAULT 0,
       messages INTEGER NOT NULL DEFAULT 0,
       open_messages INTEGER NOT NULL DEFAULT 0,
       input_tokens INTEGER NOT NULL DEFAULT 0,
       output_tokens INTEGER NOT NULL DEFAULT 0,
       last_outcome TEXT NOT NULL DEFAULT ''
     ) STRICT`,
    `CREATE INDEX ${SESSIONS_TABLE}_last ON ${SESSIONS_TABLE} (last_position)`,
    `CREATE INDEX ${SESSIONS_TABLE}_key ON ${SESSIONS_TABLE} (session_key)`,
  ],
  apply: (tx, event) => {
    const sessionId = sessionOf(event);
    if (sessionId) HANDLERS[event.type]?.(tx, event, event.data as Data, sessionId);
  },
  erase: (tx, sessionId) =>
    tx.run(`UPDATE ${SESSIONS_TABLE} SET session_key = '', title = '', peer_id = '' WHERE session_id = ?`, sessionId),
});

/** Only what lies in a session's own stream counts: a rejected message names a session that it never entered. */
function sessionOf(event: StoredEvent): string | undefined {
  return event.streamId.startsWith('session/') ? event.streamId.slice('session/'.length) : undefined;
}

function insert(tx: ViewsTransaction, event: StoredEvent, data: Data, sessionId: string): void {
  const { agentId = '', channel = '' } = event.metadata;
  tx.run(INSERT, sessionId, data.agentId ?? agentId, data.channel ?? channel, '', event.time, event.time, event.position, sessionId);
}

function update(
  tx: ViewsTransaction,
  event: StoredEvent,
  sessionId: string,
  assignments: string,
  ...values: (string | number | null)[]
): void {
  tx.run(
    `UPDATE ${SESSIONS_TABLE} SET ${assignments}, last_time = ?, last_position = ? WHERE session_id = ?`,
    ...values,
    event.time,
    event.position,
    sessionId,
  );
}
