/**
 * The way of each message. Only ids, times and positions: what people wrote is read from the log, so that it is in one place.
 */
import type { StoredEvent } from '@openclaw-gateway/events/envelope';
import type { MessageJourney } from '../views/queries.ts';
import { defineProjection, tableName, type ViewsTransaction } from './define.ts';

const VERSION = 1;
export const MESSAGES_TABLE = tableName('messages', VERSION);

export type MessageStatus = MessageJourney['status'];

export type MessageRow = {
  position: number;
  message_id: string;
  channel: string;
  session_id: string | null;
  agent_id: string | null;
  run_id: string | null;
  request_id: string | null;
  status: MessageStatus;
  attempts: number;
  duplicates: number;
  /** Where the log holds the reply, and the newest problem. */
  reply_position: number | null;
  problem_position: number | null;
  received_at: number;
  queued_at: number | null;
  started_at: number | null;
  answered_at: number | null;
  settled_at: number | null;
};

/** What a message is while it has no terminal event. */
export const OPEN_STATUSES = ['received', 'queued', 'running', 'delivering', 'held'] as const satisfies readonly MessageStatus[];

/** Nearly every message ends as `delivered`; only the others are worth an index entry. */
export const COMMON_STATUS = 'delivered' satisfies MessageStatus;

type Data = {
  readonly messageId?: string;
  readonly channel?: string;
  readonly requestId?: string;
  readonly sessionId?: string;
  readonly agentId?: string;
  readonly runId?: string;
  readonly retryAt?: number;
  readonly attempt?: number;
  readonly resolution?: string;
};
type Handler = (tx: ViewsTransaction, event: StoredEvent, data: Data) => void;

const HANDLERS: Readonly<Record<string, Handler>> = {
  'message.received': (tx, event, data) =>
    tx.run(
      `INSERT INTO ${MESSAGES_TABLE} (position, message_id, channel, session_id, agent_id, request_id, status, attempts, duplicates, received_at)
       VALUES (?, ?, ?, ?, ?, ?, 'received', 0, 0, ?) ON CONFLICT (message_id) DO NOTHING`,
      event.position,
      messageId(event, data),
      data.channel ?? event.metadata.channel ?? '',
      event.metadata.sessionId ?? null,
      event.metadata.agentId ?? null,
      data.requestId ?? null,
      event.time,
    ),
  'message.deduplicated': (tx, event, data) =>
    tx.run(`UPDATE ${MESSAGES_TABLE} SET duplicates = duplicates + 1 WHERE message_id = ?`, messageId(event, data)),
  'message.queued': (tx, event, data) =>
    update(
      tx,
      event,
      data,
      `status = 'queued', queued_at = ?, session_id = coalesce(?, session_id), agent_id = coalesce(?, agent_id), run_id = ?`,
      event.time,
      data.sessionId ?? event.metadata.sessionId ?? null,
      data.agentId ?? event.metadata.agentId ?? null,
      data.runId ?? event.metadata.runId ?? null,
    ),
  'run.started': (tx, event, data) =>
    update(
      tx,
      event,
      data,
      `status = 'running', started_at = coalesce(started_at, ?), attempts = attempts + 1, run_id = coalesce(?, run_id)`,
      event.time,
      data.runId ?? event.metadata.runId ?? null,
    ),
  'run.failed': (tx, event, data) =>
    update(tx, event, data, 'status = ?, problem_position = ?', data.retryAt === undefined ? 'running' : 'queued', event.position),
  'model.failed': (tx, event, data) => update(tx, event, data, 'problem_position = ?', event.position),
  'delivery.requested': (tx, event, data) =>
    update(
      tx,
      event,
      data,
      `status = 'delivering', reply_position = ?, answered_at = coalesce(answered_at, ?)`,
      event.position,
      event.time,
    ),
  'delivery.attempted': (tx, event, data) => update(tx, event, data, `status = 'delivering'`),
  'delivery.failed': (tx, event, data) => update(tx, event, data, 'problem_position = ?', event.position),
  'delivery.uncertain': (tx, event, data) =>
    update(tx, event, data, 'status = ?, problem_position = ?', data.resolution === 'held' ? 'held' : 'delivering', event.position),
  'message.delivered': settle('delivered', 'NULL'),
  'message.rejected': settle('rejected', '?'),
  'message.dead_lettered': settle('dead_lettered', '?'),
  'message.no_reply': settle('no_reply', 'problem_position'),
  'message.merged': settle('merged', 'problem_position'),
};

export const MessagesProjection = defineProjection({
  name: 'messages',
  version: VERSION,
  handles: Object.keys(HANDLERS),
  tables: [
    `CREATE TABLE ${MESSAGES_TABLE} (
       position INTEGER PRIMARY KEY,
       message_id TEXT NOT NULL UNIQUE,
       channel TEXT NOT NULL,
       session_id TEXT,
       agent_id TEXT,
       run_id TEXT,
       request_id TEXT,
       status TEXT NOT NULL,
       attempts INTEGER NOT NULL,
       duplicates INTEGER NOT NULL,
       reply_position INTEGER,
       problem_position INTEGER,
       received_at INTEGER NOT NULL,
       queued_at INTEGER,
       started_at INTEGER,
       answered_at INTEGER,
       settled_at INTEGER
     ) STRICT`,
    `CREATE INDEX ${MESSAGES_TABLE}_session ON ${MESSAGES_TABLE} (session_id, position) WHERE session_id IS NOT NULL`,
    `CREATE INDEX ${MESSAGES_TABLE}_status ON ${MESSAGES_TABLE} (status, position) WHERE status <> '${COMMON_STATUS}'`,
    `CREATE INDEX ${MESSAGES_TABLE}_request ON ${MESSAGES_TABLE} (request_id, position) WHERE request_id IS NOT NULL`,
  ],
  apply: (tx, event) => HANDLERS[event.type]?.(tx, event, event.data as Data),
  erase: (tx, sessionId) => tx.run(`UPDATE ${MESSAGES_TABLE} SET request_id = NULL WHERE session_id = ?`, sessionId),
});

/** Held in the metadata too, where it stays when the data is erased. */
function messageId(event: StoredEvent, data: Data): string {
  return event.metadata.correlationId ?? data.messageId ?? '';
}

/** A settled message stays as it is. */
function update(tx: ViewsTransaction, event: StoredEvent, data: Data, assignments: string, ...values: (string | number | null)[]): void {
  tx.run(`UPDATE ${MESSAGES_TABLE} SET ${assignments} WHERE message_id = ? AND settled_at IS NULL`, ...values, messageId(event, data));
}

function settle(status: MessageStatus, problem: '?' | 'NULL' | 'problem_position'): Handler {
  return (tx, event, data) => {
    const values = problem === '?' ? [event.time, event.position] : [event.time];
    update(tx, event, data, `status = '${status}', settled_at = ?, problem_position = ${problem}`, ...values);
  };
}
