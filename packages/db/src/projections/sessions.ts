/** One row a conversation: who it is with and how much was said. */
import { shorten } from '@openclaw-gateway/events/define';
import { defineProjection, type ProjectedEvent, tableName, type ViewsTransaction } from './define.ts';

const VERSION = 3;
export const SESSIONS_TABLE = tableName('sessions', VERSION);
const TITLE_LENGTH = 80;

export type SessionTableRow = {
  /** Without a gap, so that the highest is the count. */
  readonly session_no: number;
  readonly session_id: string;
  session_key: string;
  title: string;
  agent_id: string;
  channel: string;
  account: string;
  peer_id: string;
  /** The events that the title, and the key and peer, were taken from. */
  title_position: number;
  named_position: number;
  opened_at: number;
  last_time: number;
  last_position: number;
  turns: number;
  messages: number;
  open_messages: number;
  input_tokens: number;
  output_tokens: number;
  last_outcome: string;
};
type Row = Omit<SessionTableRow, 'session_no'>;

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
type Handler = (row: Row, event: ProjectedEvent) => void;

/** What changes seldom, and what each message changes. They are written apart: an index is written anew with each column that is named. */
const NAMES = [
  'session_key',
  'title',
  'agent_id',
  'channel',
  'account',
  'peer_id',
  'title_position',
  'named_position',
  'opened_at',
] as const;
const COUNTS = [
  'last_time',
  'last_position',
  'turns',
  'messages',
  'open_messages',
  'input_tokens',
  'output_tokens',
  'last_outcome',
] as const;
const COLUMNS = ['session_id', ...NAMES, ...COUNTS] as const satisfies readonly (keyof Row)[];

const assign = (columns: readonly string[]): string => columns.map((column) => `${column} = ?`).join(', ');
const SELECT = `SELECT ${COLUMNS.join(', ')} FROM ${SESSIONS_TABLE} WHERE session_id = ?`;
const INSERT = `INSERT INTO ${SESSIONS_TABLE} (${COLUMNS.join(', ')}) VALUES (${COLUMNS.map(() => '?').join(', ')})`;
const RENAME = `UPDATE ${SESSIONS_TABLE} SET ${assign(NAMES)} WHERE session_id = ?`;
const COUNT = `UPDATE ${SESSIONS_TABLE} SET ${assign(COUNTS)} WHERE session_id = ?`;

/** The first message of a conversation comes before session.opened in the same commit. */
const BEGINNINGS: ReadonlySet<string> = new Set(['message.received', 'session.opened']);

const reopened: Handler = (row) => {
  row.open_messages += 1;
};
const ended: Handler = (row, event) => {
  row.open_messages -= 1;
  row.last_outcome = event.type.slice('message.'.length);
};

const countTokens: Handler = (row, event) => {
  const { usage } = event.openData as Data;
  row.input_tokens += usage?.inputTokens ?? 0;
  row.output_tokens += usage?.outputTokens ?? 0;
};

const HANDLERS: Readonly<Record<string, Handler>> = {
  'message.received': (row, event) => {
    row.messages += 1;
    row.open_messages += 1;
    if (row.title !== '' || event.erased) return;
    row.title = shorten(dataOf(event).text ?? '', TITLE_LENGTH);
    row.title_position = event.position;
  },
  'session.opened': (row, event) => {
    const {
      sessionKey = '',
      agentId = event.metadata.agentId ?? '',
      channel = event.metadata.channel ?? '',
      account = '',
      peer,
    } = dataOf(event);
    row.session_key = event.erased ? '' : sessionKey;
    row.named_position = event.position;
    row.agent_id = agentId;
    row.channel = channel;
    row.account = account;
    row.peer_id = event.erased ? '' : (peer?.id ?? '');
    row.opened_at = event.time;
  },
  'session.updated': (row, event) => {
    const { title, agentId } = dataOf(event);
    if (title !== undefined && !event.erased) {
      row.title = title;
      row.title_position = event.position;
    }
    row.agent_id = agentId ?? row.agent_id;
  },
  'session.quarantined': (row) => {
    row.last_outcome = 'quarantined';
  },
  'session.released': (row) => {
    row.last_outcome = 'released';
  },
  'session.closed': (row) => {
    row.last_outcome = 'closed';
  },
  'model.responded': countTokens,
  'session.compacted': countTokens,
  'run.completed': (row) => {
    row.turns += 1;
  },
  'run.stopped': (row) => {
    row.turns += 1;
  },
  'message.resubmitted': reopened,
  'message.undelivered': reopened,
  'message.delivered': ended,
  'message.dead_lettered': ended,
  'message.no_reply': ended,
  'message.merged': ended,
};

export const SessionsProjection = defineProjection({
  name: 'sessions',
  version: VERSION,
  handles: Object.keys(HANDLERS),
  reads: ['message.received', 'session.opened', 'session.updated', 'model.responded', 'session.compacted'],
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
       title_position INTEGER NOT NULL DEFAULT 0,
       named_position INTEGER NOT NULL DEFAULT 0,
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
  apply: (tx, events) => {
    const drafts = new Map<string, Draft | undefined>();
    for (const event of events) {
      const sessionId = sessionOf(event);
      if (sessionId === undefined) continue;
      let draft = drafts.get(sessionId);
      if (!draft && (!drafts.has(sessionId) || BEGINNINGS.has(event.type))) {
        draft = load(tx, sessionId, event);
        // Rows are numbered in the order in which conversations began.
        drafts.delete(sessionId);
        drafts.set(sessionId, draft);
      }
      if (!draft) continue;
      HANDLERS[event.type]?.(draft.row, event);
      draft.row.last_time = event.time;
      draft.row.last_position = event.position;
    }
    for (const draft of drafts.values()) if (draft) save(tx, draft);
  },
  forget: (tx, positions) => {
    const list = JSON.stringify(positions);
    tx.run(`UPDATE ${SESSIONS_TABLE} SET title = '', title_position = 0 WHERE title_position IN (SELECT value FROM json_each(?))`, list);
    tx.run(`UPDATE ${SESSIONS_TABLE} SET session_key = '', peer_id = '' WHERE named_position IN (SELECT value FROM json_each(?))`, list);
  },
});

type Draft = { readonly stored: Row | undefined; readonly row: Row };

/** The row as it stands, or a new one where the event begins a conversation. */
function load(tx: ViewsTransaction, sessionId: string, event: ProjectedEvent): Draft | undefined {
  const row = tx.first<Row>(SELECT, sessionId);
  if (row) return { stored: row, row: { ...row } };
  if (!BEGINNINGS.has(event.type)) return undefined;
  const { agentId, channel } = event.openData as Data;
  return {
    stored: undefined,
    row: {
      session_id: sessionId,
      session_key: '',
      title: '',
      agent_id: agentId ?? event.metadata.agentId ?? '',
      channel: channel ?? event.metadata.channel ?? '',
      account: '',
      peer_id: '',
      title_position: 0,
      named_position: 0,
      opened_at: event.time,
      last_time: event.time,
      last_position: event.position,
      turns: 0,
      messages: 0,
      open_messages: 0,
      input_tokens: 0,
      output_tokens: 0,
      last_outcome: '',
    },
  };
}

function save(tx: ViewsTransaction, { stored, row }: Draft): void {
  if (!stored) {
    tx.run(INSERT, ...COLUMNS.map((column) => row[column]));
    return;
  }
  tx.run(COUNT, ...COUNTS.map((column) => row[column]), row.session_id);
  if (NAMES.some((column) => row[column] !== stored[column])) tx.run(RENAME, ...NAMES.map((column) => row[column]), row.session_id);
}

/** Only what lies in a session's own stream counts: a rejected message names a session that it never entered. */
function sessionOf(event: ProjectedEvent): string | undefined {
  return event.streamId.startsWith('session/') ? event.streamId.slice('session/'.length) : undefined;
}

function dataOf(event: ProjectedEvent): Data {
  return event.data as Data;
}
