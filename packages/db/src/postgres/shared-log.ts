/**
 * Appends to the log that several instances share. A batch is one transaction that holds the row of the head from its first statement to its
 * commit: positions are given in the order of commits, without a gap, and the chain cannot fork. Without threads; `writer.worker.ts` gives it one.
 */
import { hash } from 'node:crypto';
import { GatewayError } from '@openclaw-gateway/events/errors';
import { idToBytes } from '@openclaw-gateway/events/ids';
import type pg from 'pg';
import { type ChainedRow, chainHashHex, leafHash, SALT_BYTES } from '../chain.ts';
import { meets } from '../request.ts';
import { RandomPool } from '../sealing/random-pool.ts';
import { type SubjectKey, seal } from '../sealing/seal.ts';
import type { WireEvent, WireRequest, WireResult } from '../sqlite/protocol.ts';
import { subjectsOf } from '../sqlite/wire.ts';
import { type Remembered, storeRows } from './store-rows.ts';

export type Answers = [id: number, result: WireResult][];

/** `rows` are what was stored, as it lies in the database, `head` is the position of the last event there. */
export type Appended = { readonly answers: Answers; readonly rows: readonly ChainedRow[]; readonly head: number };

/** The keys with which what is personal is sealed. */
export type SealingKeys = {
  get(subject: string): SubjectKey;
  /** Whether the keys of these subjects are still those of the database. */
  areCurrent(client: pg.Client, subjects: ReadonlySet<string>): Promise<boolean>;
};

/** A key was destroyed since it was read: nothing was stored, and the keys must be read again. */
export class KeysChanged extends Error {}

export type AppendOptions = {
  readonly epoch?: number;
  /** Hears what will be stored, before the database does. */
  readonly onStoring?: (appended: Appended) => void;
  /** Is called once while the database stores: what it does takes no time of this batch. */
  readonly meanwhile?: () => void;
};

type Head = { position: number; time: number; hash: Buffer; epoch: number; moved_to: string | null };

const salts = new RandomPool(SALT_BYTES);

/** A transaction that hangs must not keep the head to itself; who waits for it hears so before the connection counts as lost. */
const LOCK_HEAD = `BEGIN ISOLATION LEVEL READ COMMITTED;
  SET LOCAL lock_timeout = '3s'; SET LOCAL statement_timeout = '30s'; SET LOCAL idle_in_transaction_session_timeout = '2s';
  SET LOCAL synchronous_commit = on;
  SELECT position, time, hash, epoch, moved_to FROM openclaw.log_head WHERE id = 1 FOR UPDATE`;

/**
 * Stores the requests in one transaction, each answered by itself. `epoch`: the turn in which they may be stored; rejects with `LOG_FENCED`
 * when another has begun, `KeysChanged` when a key must be read anew. Rejects with what `pg` throws when the database fails; with a connection
 * that was lost nobody knows yet whether they are stored, and `isStored` says it of the rows that `onStoring` was told of.
 */
export async function appendShared(
  client: pg.Client,
  keys: SealingKeys,
  requests: readonly WireRequest[],
  { epoch, onStoring, meanwhile }: AppendOptions = {},
): Promise<Appended> {
  // Sent together: each statement sees what was committed before the head was locked for it. What needs no head is done while they are answered.
  const [head, areCurrent, versions, earlier, links] = await Promise.all([
    lockHead(client),
    keys.areCurrent(client, subjectsOf(requests)),
    versionsOf(client, requests),
    earlierOf(client, requests),
    (async () => requests.map(({ events }) => events.map((event) => linkOf(event, keys))))(),
  ]);
  if (epoch !== undefined && head.epoch !== epoch) {
    await client.query('ROLLBACK');
    throw new GatewayError('LOG_FENCED', { details: { epoch, current: head.epoch } });
  }
  if (!areCurrent) {
    await client.query('ROLLBACK');
    throw new KeysChanged();
  }
  if (head.moved_to !== null) {
    await client.query('ROLLBACK');
    throw new GatewayError('LOG_MOVED', { details: { to: head.moved_to } });
  }
  const batch = new Batch(head, versions, earlier);
  const answers = requests.map((request, at): Answers[number] => [request.id, batch.store(request, links[at] ?? [])]);
  const appended = { answers, rows: batch.rows, head: head.position + batch.rows.length };
  if (batch.rows.length === 0) await client.query('ROLLBACK');
  else {
    onStoring?.(appended);
    // Of a transaction that failed the second is the end too.
    await Promise.all([storeRows(client, batch), client.query('COMMIT'), (async () => meanwhile?.())()]);
  }
  return appended;
}

/** Locks the row of the head until the transaction ends. */
export async function lockHead(client: pg.Client): Promise<Head> {
  const results = (await client.query(LOCK_HEAD)) as unknown as readonly pg.QueryResult<Head>[];
  const head = results.at(-1)?.rows[0];
  if (!head) throw new GatewayError('LOG_CORRUPT', { message: 'The log in the database has no head.' });
  return head;
}

/** Whether an event is in the log, once no transaction that could still store it is under way. */
export async function isStored(client: pg.Client, { position, eventId }: Pick<ChainedRow, 'position' | 'eventId'>): Promise<boolean> {
  await lockHead(client);
  const { rowCount } = await client.query('SELECT 1 FROM openclaw.events WHERE position = $1 AND event_id = $2', [position, eventId]);
  await client.query('ROLLBACK');
  return rowCount === 1;
}

/** The chain's hash at a position of the log. */
export async function hashAt(client: pg.Client, position: number): Promise<Uint8Array | undefined> {
  const { rows } = await client.query<{ hash: Buffer }>('SELECT hash FROM openclaw.events WHERE position = $1', [position]);
  return rows[0]?.hash;
}

/** The events after a position as they lie in the database, in order. */
export async function readRows(client: pg.Client, after: number, limit: number): Promise<ChainedRow[]> {
  const { rows } = await client.query<ChainedRow>(
    `SELECT e.position, s.stream_id AS "streamId", e.version, e.type, e.schema_version AS "schemaVersion", e.time, e.event_id AS "eventId", e.metadata,
            e.data_hash AS "dataHash", e.hash, e.data, e.sealed
     FROM openclaw.events e JOIN openclaw.streams s USING (stream_no) WHERE e.position > $1 ORDER BY e.position LIMIT $2`,
    [after, limit],
  );
  return rows;
}

async function versionsOf(client: pg.Client, requests: readonly WireRequest[]): Promise<Map<string, number>> {
  const ids = new Set<string>();
  for (const { events, expected = [] } of requests) {
    for (const [streamId] of events) ids.add(streamId);
    for (const [streamId] of expected) ids.add(streamId);
  }
  const { rows } = await client.query<{ stream_id: string; version: number }>(
    'SELECT stream_id, version FROM openclaw.streams WHERE stream_id = ANY($1)',
    [[...ids]],
  );
  return new Map(rows.map((row) => [row.stream_id, row.version]));
}

async function earlierOf(client: pg.Client, requests: readonly WireRequest[]): Promise<Map<string, Remembered>> {
  const keys = requests.flatMap(({ idempotency }) => (idempotency ? [idempotency[0]] : []));
  if (keys.length === 0) return new Map();
  const { rows } = await client.query<Remembered>(
    'SELECT key, position, count, request_hash FROM openclaw.idempotency WHERE key = ANY($1)',
    [keys],
  );
  return new Map(rows.map((row) => [row.key, row]));
}

/** An event with all that does not depend on where in the log it comes. */
type Link = Required<Omit<ChainedRow, 'position' | 'version' | 'time' | 'hash'>> & { readonly metadataHash: string };

function linkOf([streamId, type, schemaVersion, id, json, metadata, personal, subject]: WireEvent, keys: SealingKeys): Link {
  const eventId = Buffer.from(idToBytes('event', id));
  const data = Buffer.allocUnsafe(SALT_BYTES + Buffer.byteLength(json));
  salts.draw(data, 0);
  data.write(json, SALT_BYTES);
  const sealed = personal === undefined || subject === undefined ? null : seal(keys.get(subject), eventId, personal);
  const dataHash = leafHash(data, sealed);
  return { streamId, type, schemaVersion, eventId, metadata, metadataHash: hash('sha256', metadata), data, sealed, dataHash };
}

/** What the requests of one transaction come to, on the head that is locked for it. */
class Batch {
  readonly rows: ChainedRow[] = [];
  readonly #versions: Map<string, number>;
  readonly #earlier: Map<string, Remembered>;
  readonly remembered: Remembered[] = [];
  #tip: Pick<Head, 'position' | 'time' | 'hash'>;

  constructor(head: Head, versions: Map<string, number>, earlier: Map<string, Remembered>) {
    this.#tip = head;
    this.#versions = versions;
    this.#earlier = earlier;
  }

  store({ expected = [], idempotency }: WireRequest, links: readonly Link[]): WireResult {
    const earlier = idempotency && this.#earlier.get(idempotency[0]);
    if (earlier && earlier.request_hash !== idempotency[1]) return { kind: 'idempotency_mismatch', position: earlier.position };
    if (earlier) return { kind: 'replayed', first: earlier.position, last: earlier.position + earlier.count - 1 };
    for (const [streamId, wanted] of expected) {
      const actual = this.#versions.get(streamId) ?? 0;
      if (!meets(actual, wanted)) return { kind: 'conflict', streamId, actual };
    }
    const first = this.#tip.position + 1;
    const time = Math.max(Date.now(), this.#tip.time);
    const versions = links.map((link) => this.#insert(link, time));
    if (idempotency) {
      const [key, requestHash] = idempotency;
      const row = { key, position: first, count: links.length, request_hash: requestHash };
      this.#earlier.set(key, row);
      this.remembered.push(row);
    }
    return { kind: 'stored', first, time, versions };
  }

  #insert({ streamId, type, schemaVersion, eventId, metadata, metadataHash, data, sealed, dataHash }: Link, time: number): number {
    const version = (this.#versions.get(streamId) ?? 0) + 1;
    const position = this.#tip.position + 1;
    const fields = { position, streamId, version, type, schemaVersion, time, eventId, dataHash };
    const hash = Buffer.from(chainHashHex(this.#tip.hash, fields, metadataHash), 'hex');
    this.rows.push({ position, streamId, version, type, schemaVersion, time, eventId, metadata, dataHash, hash, data, sealed });
    this.#versions.set(streamId, version);
    this.#tip = { position, time, hash };
    return version;
  }
}
