/**
 * Writes the log: checks what each request expects, numbers and chains the events, commits, and only then answers.
 * Synchronous and without threads; `writer.worker.ts` gives it one.
 */
import { type ErrorBody, GatewayError } from '@openclaw-gateway/events/errors';
import { idToBytes } from '@openclaw-gateway/events/ids';
import Database from 'better-sqlite3';
import { CHAIN_START, type ChainedRow, chainHash, leafHash, SALT_BYTES, verifyChain } from '../chain.ts';
import { meets } from '../request.ts';
import { RandomPool } from '../sealing/random-pool.ts';
import { seal } from '../sealing/seal.ts';
import type { SubjectKeys } from '../sealing/subject-keys.ts';
import type { Connection } from './connection.ts';
import { LruMap } from './lru.ts';
import type { WireEvent, WireRequest, WireResult } from './protocol.ts';
import { subjectsOf } from './wire.ts';

const KNOWN_STREAMS = 10_000;

type Stream = { readonly no: number; readonly version: number };
type Answers = [id: number, result: WireResult][];
type Tip = { readonly position: number; readonly time: number; readonly hash: Uint8Array };

/** The file can no longer be trusted to take what is written. The writer that threw this must not be used again. */
export class LogFailure extends Error {}

export class LogWriter {
  readonly #db: Connection;
  readonly #keys: SubjectKeys;
  readonly #statements: ReturnType<typeof prepareStatements>;
  readonly #streams = new LruMap<string, Stream>(KNOWN_STREAMS);
  readonly #typeNumbers = new Map<string, number>();
  readonly #salts = new RandomPool(SALT_BYTES);
  #tip: Tip;
  #commitMs: number | undefined;

  constructor(db: Connection, keys: SubjectKeys) {
    this.#db = db;
    this.#keys = keys;
    this.#statements = prepareStatements(db);
    this.#tip = this.#readTip();
  }

  get head(): number {
    return this.#tip.position;
  }

  /** The chain's hash of the last event. */
  get hash(): Uint8Array {
    return this.#tip.hash;
  }

  /** How long the last commit took, the sync of the disk included; once for each append. */
  takeCommitMs(): number | undefined {
    const taken = this.#commitMs;
    this.#commitMs = undefined;
    return taken;
  }

  /**
   * Stores the requests in one transaction and returns an answer for each. One that fails by itself is refused alone.
   * Throws `LogFailure` when the disk or the file fails: what was durable then is known only by reading it again.
   */
  append(requests: readonly WireRequest[]): Answers {
    try {
      return this.#transact(requests);
    } catch (error) {
      this.#rollBack(error);
      if (requests.length > 1 && !isBusy(error)) return requests.flatMap((request) => this.append([request]));
      return requests.map((request) => [request.id, { kind: 'failed', error: describe(error) }]);
    }
  }

  /** Takes in what another log holds, byte for byte. Throws `LOG_CORRUPT` when it does not follow what is here, or was changed. */
  copy(rows: readonly ChainedRow[]): void {
    this.#copy(rows, rows);
  }

  /** The same with rows that were chained to each other here: that the first follows says that all do. */
  copyOwn(rows: readonly ChainedRow[]): void {
    this.#copy(rows, rows.slice(0, 1));
  }

  #copy(rows: readonly ChainedRow[], checked: readonly ChainedRow[]): void {
    const verdict = verifyChain(checked, this.#tip);
    if (!verdict.ok) throw new GatewayError('LOG_CORRUPT', { details: { position: verdict.position, reason: verdict.reason } });
    this.#statements.begin.run();
    try {
      for (const row of rows) this.#insertRow(row);
      this.#statements.commit.run();
    } catch (error) {
      this.#rollBack(error);
      throw error;
    }
  }

  #transact(requests: readonly WireRequest[]): Answers {
    // Before the events that need them: a key that was lost would take what it sealed with it.
    this.#keys.ensure(subjectsOf(requests));
    this.#statements.begin.run();
    const before = this.#tip;
    const answers = requests.map((request): Answers[number] => [request.id, this.#store(request)]);
    if (this.#tip === before) this.#statements.rollback.run();
    else this.#commit();
    return answers;
  }

  #commit(): void {
    const startedAt = performance.now();
    this.#statements.commit.run();
    this.#commitMs = performance.now() - startedAt;
  }

  #store(request: WireRequest): WireResult {
    const earlier = request.idempotency && this.#findEarlier(...request.idempotency);
    if (earlier) return earlier;
    for (const [streamId, expected] of request.expected ?? []) {
      const actual = this.#stream(streamId)?.version ?? 0;
      if (!meets(actual, expected)) return { kind: 'conflict', streamId, actual };
    }
    const first = this.#tip.position + 1;
    const time = Math.max(Date.now(), this.#tip.time);
    const versions = request.events.map((event) => this.#insert(event, time));
    if (request.idempotency) {
      const [key, requestHash] = request.idempotency;
      this.#statements.insertKey.run(key, first, request.events.length, requestHash);
    }
    return { kind: 'stored', first, time, versions };
  }

  #findEarlier(key: string, requestHash: string): WireResult | undefined {
    const row = this.#statements.selectKey.get(key);
    if (!row) return undefined;
    if (row.request_hash !== requestHash) return { kind: 'idempotency_mismatch', position: row.position };
    return { kind: 'replayed', first: row.position, last: row.position + row.count - 1 };
  }

  #insert([streamId, type, schemaVersion, id, json, metadata, personal, subject]: WireEvent, time: number): number {
    const version = (this.#stream(streamId)?.version ?? 0) + 1;
    const position = this.#tip.position + 1;
    const eventId = idToBytes('event', id);
    const data = this.#salted(json);
    const sealed = personal === undefined || subject === undefined ? null : seal(this.#keys.get(subject), eventId, personal);
    const dataHash = leafHash(data, sealed);
    const hash = chainHash(this.#tip.hash, { position, streamId, version, type, schemaVersion, time, eventId, dataHash, metadata });
    this.#insertRow({ position, streamId, version, type, schemaVersion, time, eventId, metadata, dataHash, hash, data, sealed });
    return version;
  }

  #insertRow({
    position,
    streamId,
    version,
    type,
    schemaVersion,
    time,
    eventId,
    metadata,
    dataHash,
    hash,
    data,
    sealed = null,
  }: ChainedRow): void {
    const no = this.#stream(streamId)?.no ?? this.#insertStream(streamId);
    const typeNo = this.#typeNumber(type);
    this.#statements.insertEvent.run(position, no, version, typeNo, schemaVersion, time, eventId, metadata, dataHash, hash, data, sealed);
    this.#streams.set(streamId, { no, version });
    this.#tip = { position, time, hash };
  }

  #salted(json: string): Buffer {
    const data = Buffer.allocUnsafe(SALT_BYTES + Buffer.byteLength(json));
    this.#salts.draw(data, 0);
    data.write(json, SALT_BYTES);
    return data;
  }

  #stream(streamId: string): Stream | undefined {
    const known = this.#streams.get(streamId);
    if (known) return known;
    const no = this.#statements.selectStream.get(streamId);
    if (no === undefined) return undefined;
    const stream = { no, version: this.#statements.selectVersion.get(no) ?? 0 };
    this.#streams.set(streamId, stream);
    return stream;
  }

  #insertStream(streamId: string): number {
    return Number(this.#statements.insertStream.run(streamId).lastInsertRowid);
  }

  #typeNumber(type: string): number {
    const known = this.#typeNumbers.get(type) ?? this.#statements.selectType.get(type);
    const typeNo = known ?? Number(this.#statements.insertType.run(type).lastInsertRowid);
    this.#typeNumbers.set(type, typeNo);
    return typeNo;
  }

  /** What is known of the file is read from it again, since part of it was never committed. */
  #rollBack(cause: unknown): void {
    if (isFileFailure(cause)) throw new LogFailure('the log cannot be written', { cause });
    try {
      if (this.#db.inTransaction) this.#statements.rollback.run();
      this.#streams.clear();
      this.#typeNumbers.clear();
      this.#tip = this.#readTip();
    } catch (error) {
      throw new LogFailure('the log cannot be read again', { cause: error });
    }
  }

  #readTip(): Tip {
    return this.#statements.selectTip.get() ?? { position: 0, time: 0, hash: CHAIN_START };
  }
}

function prepareStatements(db: Connection) {
  return {
    begin: db.prepare('BEGIN IMMEDIATE'),
    commit: db.prepare('COMMIT'),
    rollback: db.prepare('ROLLBACK'),
    selectTip: db.prepare<[], Tip>('SELECT position, time, hash FROM events ORDER BY position DESC LIMIT 1'),
    selectStream: db.prepare<[string], number>('SELECT stream_no FROM streams WHERE stream_id = ?').pluck(),
    selectVersion: db.prepare<[number], number | null>('SELECT max(version) FROM events WHERE stream_no = ?').pluck(),
    insertStream: db.prepare<[string]>('INSERT INTO streams (stream_id) VALUES (?)'),
    selectType: db.prepare<[string], number>('SELECT type_no FROM event_types WHERE type = ?').pluck(),
    insertType: db.prepare<[string]>('INSERT INTO event_types (type) VALUES (?)'),
    insertEvent: db.prepare<
      [number, number, number, number, number, number, Uint8Array, string, Uint8Array, Uint8Array, Uint8Array | null, Uint8Array | null]
    >(
      `INSERT INTO events (position, stream_no, version, type_no, schema_version, time, event_id, metadata, data_hash, hash, data, sealed)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    selectKey: db.prepare<[string], { position: number; count: number; request_hash: string }>(
      'SELECT position, count, request_hash FROM idempotency WHERE key = ?',
    ),
    insertKey: db.prepare<[string, number, number, string]>(
      'INSERT INTO idempotency (key, position, count, request_hash) VALUES (?, ?, ?, ?)',
    ),
  };
}

/** After these nobody knows what is on the disk; the rest is the fault of one request, or of another process that holds the file. */
function isFileFailure(error: unknown): boolean {
  return error instanceof Database.SqliteError && /^SQLITE_(IOERR|FULL|CORRUPT|NOTADB|CANTOPEN|READONLY|PROTOCOL)/.test(error.code);
}

/** Another program keeps the file to itself. */
export function isBusy(error: unknown): boolean {
  return error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY');
}

function describe(error: unknown): ErrorBody {
  return new GatewayError(isBusy(error) ? 'LOG_UNAVAILABLE' : 'INTERNAL', {
    details: { cause: error instanceof Error ? error.message : String(error) },
  }).toBody();
}
