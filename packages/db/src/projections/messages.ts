/**
 * The way of each message, and what came and went by each account. Only ids, times and positions: what people wrote is read from the log, so that it is in one place.
 */
import type { MessageJourney } from '../views/queries.ts';
import { defineProjection, type ProjectedEvent, tableName, type ViewsTransaction } from './define.ts';

const VERSION = 3;
export const MESSAGES_TABLE = tableName('messages', VERSION);
export const TRAFFIC_TABLE = tableName('messages_traffic', VERSION);

export type MessageStatus = MessageJourney['status'];

export type MessageRow = {
  readonly position: number;
  readonly message_id: string;
  readonly channel: string;
  readonly account: string;
  session_id: string | null;
  agent_id: string | null;
  run_id: string | null;
  readonly request_id: string | null;
  status: MessageStatus;
  attempts: number;
  duplicates: number;
  /** Where the log holds the reply, and the newest problem. */
  reply_position: number | null;
  problem_position: number | null;
  readonly received_at: number;
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
  readonly account?: string;
  readonly requestId?: string;
  readonly sessionId?: string;
  readonly agentId?: string;
  readonly runId?: string;
  readonly retryAt?: number;
  readonly attempt?: number;
  readonly resolution?: string;
  readonly callId?: string;
};
type Handler = (row: MessageRow, event: ProjectedEvent) => void;

const COLUMNS = `position, message_id, channel, account, session_id, agent_id, request_id, received_at, run_id, status, attempts, duplicates,
  reply_position, problem_position, queued_at, started_at, answered_at, settled_at`;
const SELECT = `SELECT ${COLUMNS} FROM ${MESSAGES_TABLE} WHERE message_id = ?`;
const INSERT = `INSERT INTO ${MESSAGES_TABLE} (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const UPDATE = `UPDATE ${MESSAGES_TABLE} SET run_id = ?, status = ?, attempts = ?, duplicates = ?,
  reply_position = ?, problem_position = ?, queued_at = ?, started_at = ?, answered_at = ?, settled_at = ? WHERE position = ?`;

/** Apart, because a message hardly ever moves and its index would be written each time. */
const MOVE = `UPDATE ${MESSAGES_TABLE} SET session_id = ?, agent_id = ? WHERE position = ?`;

/** Width of the numbers that are kept of each account. */
export const TRAFFIC_BUCKET_MS = 600_000;

export type TrafficRow = {
  readonly channel: string;
  readonly account: string;
  /** Its start in widths since 1970. */
  readonly bucket: number;
  received: number;
  delivered: number;
  failed: number;
  /** When the newest of these came or went. */
  received_at: number | null;
  delivered_at: number | null;
};

const COUNTED: ReadonlySet<string> = new Set(['message.received', 'message.delivered', 'message.dead_lettered', 'delivery.failed']);
const ADD_TRAFFIC = `INSERT INTO ${TRAFFIC_TABLE} (channel, account, bucket, received, delivered, failed, received_at, delivered_at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET received = received + excluded.received, delivered = delivered + excluded.delivered,
    failed = failed + excluded.failed, received_at = coalesce(excluded.received_at, received_at),
    delivered_at = coalesce(excluded.delivered_at, delivered_at)`;

const failed: Handler = (row, event) => {
  row.problem_position = event.position;
};

/** What an event does to a message that has not ended. */
const HANDLERS: Readonly<Record<string, Handler>> = {
  'message.queued': (row, event) => {
    const { sessionId, agentId, runId } = event.metadata;
    row.status = 'queued';
    row.queued_at = event.time;
    row.session_id = sessionId ?? (event.openData as Data).sessionId ?? row.session_id;
    row.agent_id = agentId ?? (event.openData as Data).agentId ?? row.agent_id;
    row.run_id = runId ?? (event.openData as Data).runId ?? null;
  },
  'run.started': (row, event) => {
    row.status = 'running';
    row.started_at ??= event.time;
    row.attempts += 1;
    row.run_id = event.metadata.runId ?? (event.openData as Data).runId ?? row.run_id;
  },
  'run.failed': (row, event) => {
    row.status = (event.openData as Data).retryAt === undefined ? 'running' : 'queued';
    failed(row, event);
  },
  'model.failed': failed,
  'delivery.requested': (row, event) => {
    // What a tool call sends is no reply.
    if ((event.openData as Data).callId !== undefined) return;
    row.status = 'delivering';
    row.reply_position = event.position;
    row.answered_at ??= event.time;
  },
  'delivery.attempted': (row) => {
    if (row.reply_position !== null) row.status = 'delivering';
  },
  'delivery.failed': (row, event) => {
    if (row.reply_position !== null) failed(row, event);
  },
  'delivery.uncertain': (row, event) => {
    if (row.reply_position === null) return;
    row.status = (event.openData as Data).resolution === 'held' ? 'held' : 'delivering';
    failed(row, event);
  },
  'message.delivered': (row, event) => {
    settle(row, event);
    row.problem_position = null;
  },
  'message.rejected': (row, event) => {
    settle(row, event);
    failed(row, event);
  },
  'message.dead_lettered': (row, event) => {
    settle(row, event);
    failed(row, event);
  },
  'message.no_reply': settle,
  'message.merged': settle,
};

export const MessagesProjection = defineProjection({
  name: 'messages',
  version: VERSION,
  handles: [
    'message.received',
    'message.deduplicated',
    'message.resubmitted',
    'message.undelivered',
    'message.discarded',
    ...Object.keys(HANDLERS),
  ],
  reads: ['message.received', 'run.failed', 'delivery.requested', 'delivery.failed', 'delivery.uncertain'],
  tables: [
    `CREATE TABLE ${MESSAGES_TABLE} (
       position INTEGER PRIMARY KEY,
       message_id TEXT NOT NULL UNIQUE,
       channel TEXT NOT NULL,
       account TEXT NOT NULL,
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
    `CREATE TABLE ${TRAFFIC_TABLE} (
       channel TEXT NOT NULL,
       account TEXT NOT NULL,
       bucket INTEGER NOT NULL,
       received INTEGER NOT NULL,
       delivered INTEGER NOT NULL,
       failed INTEGER NOT NULL,
       received_at INTEGER,
       delivered_at INTEGER,
       PRIMARY KEY (channel, account, bucket)
     ) STRICT, WITHOUT ROWID`,
  ],
  apply: (tx, events) => {
    const drafts = new Map<string, Draft | undefined>();
    const traffic = new Traffic();
    for (const event of events) {
      const id = messageId(event);
      let draft = drafts.get(id);
      if (!draft && (!drafts.has(id) || event.type === 'message.received')) {
        draft = load(tx, id, event);
        drafts.set(id, draft);
      }
      if (!draft) continue;
      traffic.count(draft.row, event);
      if (event.type === 'message.deduplicated') draft.row.duplicates += 1;
      else if (event.type === 'message.resubmitted') reopen(draft.row);
      else if (event.type === 'message.undelivered') {
        reopen(draft.row);
        failed(draft.row, event);
      } else if (event.type === 'message.discarded') discard(draft.row, event);
      else if (draft.row.settled_at === null) HANDLERS[event.type]?.(draft.row, event);
    }
    for (const draft of drafts.values()) if (draft) save(tx, draft);
    traffic.save(tx);
  },
  forget: (tx, positions) => {
    for (const position of positions) tx.run(`UPDATE ${MESSAGES_TABLE} SET request_id = NULL WHERE position = ?`, position);
  },
});

type Draft = { readonly stored: MessageRow | undefined; readonly row: MessageRow };

/** What a page of events adds to the numbers of each account. */
class Traffic {
  readonly #rows = new Map<string, TrafficRow>();

  count({ channel, account, reply_position: replyPosition }: MessageRow, { type, time, openData }: ProjectedEvent): void {
    if (!COUNTED.has(type)) return;
    if (type === 'delivery.failed' && (replyPosition === null || (openData as Data).callId !== undefined)) return;
    const bucket = Math.floor(time / TRAFFIC_BUCKET_MS);
    const key = JSON.stringify([channel, account, bucket]);
    const row = this.#rows.get(key) ?? {
      channel,
      account,
      bucket,
      received: 0,
      delivered: 0,
      failed: 0,
      received_at: null,
      delivered_at: null,
    };
    this.#rows.set(key, row);
    if (type === 'message.received') {
      row.received += 1;
      row.received_at = time;
    } else if (type === 'message.delivered') {
      row.delivered += 1;
      row.delivered_at = time;
    } else row.failed += 1;
  }

  save(tx: ViewsTransaction): void {
    for (const { channel, account, bucket, received, delivered, failed, received_at, delivered_at } of this.#rows.values()) {
      tx.run(ADD_TRAFFIC, channel, account, bucket, received, delivered, failed, received_at, delivered_at);
    }
  }
}

/** The row as it stands, or a new one where the event is its receipt. */
function load(tx: ViewsTransaction, id: string, event: ProjectedEvent): Draft | undefined {
  const row = tx.first<MessageRow>(SELECT, id);
  if (row) return { stored: row, row: { ...row } };
  if (event.type !== 'message.received') return undefined;
  const open = event.openData as Data;
  // What is sealed of it is asked for only where there is one.
  const requestId = open.requestId === undefined || event.erased ? undefined : (event.data as Data).requestId;
  return {
    stored: undefined,
    row: {
      position: event.position,
      message_id: id,
      channel: event.metadata.channel ?? open.channel ?? '',
      account: open.account ?? '',
      session_id: event.metadata.sessionId ?? null,
      agent_id: event.metadata.agentId ?? null,
      run_id: null,
      request_id: requestId ?? null,
      status: 'received',
      attempts: 0,
      duplicates: 0,
      reply_position: null,
      problem_position: null,
      received_at: event.time,
      queued_at: null,
      started_at: null,
      answered_at: null,
      settled_at: null,
    },
  };
}

function save(tx: ViewsTransaction, { stored, row }: Draft): void {
  const counted = [row.run_id, row.status, row.attempts, row.duplicates, row.reply_position, row.problem_position] as const;
  const times = [row.queued_at, row.started_at, row.answered_at, row.settled_at] as const;
  if (!stored) {
    const { position, message_id, channel, account, session_id, agent_id, request_id, received_at } = row;
    tx.run(INSERT, position, message_id, channel, account, session_id, agent_id, request_id, received_at, ...counted, ...times);
    return;
  }
  tx.run(UPDATE, ...counted, ...times, row.position);
  if (row.session_id !== stored.session_id || row.agent_id !== stored.agent_id) tx.run(MOVE, row.session_id, row.agent_id, row.position);
}

/** Held in the metadata too, where it stays when the data is erased. */
function messageId(event: ProjectedEvent): string {
  return event.metadata.correlationId ?? (event.openData as Data).messageId ?? '';
}

function reopen(row: MessageRow): void {
  row.status = 'delivering';
  row.settled_at = null;
}

/** One that was given up has ended already; one that was held ends with it. */
function discard(row: MessageRow, event: ProjectedEvent): void {
  row.status = 'discarded';
  row.settled_at ??= event.time;
}

function settle(row: MessageRow, event: ProjectedEvent): void {
  row.status = event.type.slice('message.'.length) as MessageStatus;
  row.settled_at = event.time;
}
