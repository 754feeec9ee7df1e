/**
 * Reads events for export in the thread it is called in: what they say, with the hashes that prove it. Which events belong
 * to a filter is decided by the scanner that every list of events uses, so an export holds what the same filter shows.
 */
import { eventDefinition } from '@openclaw-gateway/events/catalog/index';
import type { EventMetadata } from '@openclaw-gateway/events/envelope';
import { GatewayError } from '@openclaw-gateway/events/errors';
import { idFromHex } from '@openclaw-gateway/events/ids';
import { CHAIN_START, SALT_BYTES } from '../chain.ts';
import { openViewsReadOnly } from '../projections/open-views.ts';
import { type Connection, openReadOnly } from '../sqlite/connection.ts';
import { EVENTS_FILE, type StateFiles, stateFiles } from '../sqlite/files.ts';
import { LogNames } from '../sqlite/log-names.ts';
import { openError } from '../sqlite/open-error.ts';
import { LogReader } from '../sqlite/reads.ts';
import type { EventFilter } from '../views/queries.ts';
import { EventScanner, type ScanResult } from '../views/scan.ts';
import { type ExportedBody, ExportedEvent } from './event.ts';

const MAPPED_BYTES = 2 ** 31 - 65_536;

/**
 * `bytes` is the id, the hash of the data, the hash and the salt in hexadecimal: one text costs much less than four blobs. So
 * `sealed` brings the id along that is needed to open it.
 */
type Row = [
  position: number,
  streamNo: number,
  version: number,
  typeNo: number,
  schemaVersion: number,
  time: number,
  metadata: string,
  sealed: Buffer | null,
  bytes: string,
  json: string | null,
];
const COLUMNS = `position, stream_no, version, type_no, schema_version, time, metadata,
  CASE WHEN sealed IS NOT NULL THEN CAST(event_id || sealed AS BLOB) END,
  hex(event_id || data_hash || hash || coalesce(substr(data, 1, ${SALT_BYTES}), x'')), CAST(substr(data, ${SALT_BYTES + 1}) AS TEXT)`;
const ID_BYTES = 16;
/** Where in `bytes` each part ends. */
const ID_END = 2 * ID_BYTES;
const DATA_HASH_END = ID_END + 64;
const HASH_END = DATA_HASH_END + 64;

export type PositionRange = { readonly low: number; readonly high: number };
/** Which events a page holds: those at the positions, or without them all from `low` to `end`. The next page begins after `end`. */
export type PagePlan = { readonly low: number; readonly end: number; readonly positions?: readonly number[] };
/** `end` is the last position that was looked at; the next page begins after it. */
export type ExportPage = { readonly events: readonly ExportedEvent[]; readonly end: number };

export class ExportReader {
  readonly #events: Connection;
  readonly #files: StateFiles;
  readonly #log: LogReader;
  #views: Connection | undefined;
  #scanner: EventScanner | undefined;
  readonly #statements: ReturnType<typeof prepareStatements>;
  readonly #names: LogNames;

  /** Opens the log of a state directory's `state` folder, and its views when a filter needs them. Throws `LOG_UNAVAILABLE`, `LOG_TOO_NEW`, `LOG_CORRUPT`. */
  constructor(dir: string) {
    this.#files = stateFiles(dir);
    try {
      this.#events = openReadOnly(this.#files.events, EVENTS_FILE);
      // The whole log passes once: mapped pages spare a call and a copy for each.
      this.#events.pragma(`mmap_size = ${MAPPED_BYTES}`);
    } catch (error) {
      throw openError(error);
    }
    this.#log = new LogReader(this.#events);
    this.#statements = prepareStatements(this.#events);
    this.#names = new LogNames(this.#events);
  }

  /** The position of the last event in the log, which grows while an export runs. */
  head(): number {
    return this.#log.head();
  }

  /** The positions that a filter's times leave. */
  bounds(filter: EventFilter): PositionRange {
    return {
      low: filter.fromTime === undefined ? 1 : this.#log.firstSince(filter.fromTime),
      high: filter.toTime === undefined ? this.#log.head() : this.#log.firstSince(filter.toTime) - 1,
    };
  }

  /**
   * The next events of a filter within a range, at most `limit`. Throws `QUERY_INVALID`, `QUERY_UNBOUNDED`, and
   * `VIEW_UNAVAILABLE` when a filter needs views that are not there or not of this version.
   */
  page(filter: EventFilter, range: PositionRange, limit: number): ExportPage {
    const plan = this.plan(filter, range, limit);
    return { events: this.read(plan), end: plan.end };
  }

  /** The same without reading the events, which is for another thread to do. */
  plan(filter: EventFilter, { low, high }: PositionRange, limit: number): PagePlan {
    if (low > high) return { low, end: high };
    if (isOpen(filter)) return { low, end: Math.min(high, low + limit - 1) };
    const { events, end } = this.#scan(filter, { low, high }, limit);
    return { low, end, positions: events.map(({ position }) => position) };
  }

  /** The events of a page. Throws `LOG_CORRUPT`, `LOG_TOO_NEW`. */
  read({ low, end, positions }: PagePlan): readonly ExportedEvent[] {
    this.#log.refreshKeys();
    return positions ? positions.flatMap((position) => this.#at(position)) : this.#everything(low, end);
  }

  /** The chain's hash at a position in hexadecimal; 64 zeros before the first. */
  hashAt(position: number): string {
    return (this.#log.hashAt(position) ?? CHAIN_START).toString('hex');
  }

  close(): void {
    this.#log.close();
    this.#events.close();
    this.#views?.close();
  }

  /** Nobody else waits for this thread, so it searches to the end of the page. */
  #scan(filter: EventFilter, range: PositionRange, limit: number): ScanResult {
    try {
      this.#views ??= openViewsReadOnly(this.#files);
      this.#scanner ??= new EventScanner(this.#events, this.#views, this.#log);
      const search = this.#scanner.scan(
        filter,
        { ...range, order: 'ascending', limit },
        { stopAt: Number.POSITIVE_INFINITY, contentAt: Number.POSITIVE_INFINITY },
      );
      for (;;) {
        const step = search.next();
        if (step.done) return step.value;
      }
    } catch (error) {
      if (error instanceof GatewayError) throw error;
      throw new GatewayError('VIEW_UNAVAILABLE', { details: { cause: error instanceof Error ? error.message : String(error) } });
    }
  }

  #everything(low: number, high: number): ExportedEvent[] {
    let previousHash = this.hashAt(low - 1);
    return this.#statements.range.all(low, high).map((row) => {
      const event = this.#toEvent(row, previousHash);
      previousHash = event.hash;
      return event;
    });
  }

  #at(position: number): ExportedEvent[] {
    const row = this.#statements.at.get(position);
    return row ? [this.#toEvent(row, this.hashAt(position - 1))] : [];
  }

  #toEvent(row: Row, previousHash: string): ExportedEvent {
    const [position, streamNo, version, typeNo, schemaVersion, time, metadataJson, sealed, upper, json] = row;
    const bytes = upper.toLowerCase();
    const type = this.#names.type(typeNo);
    if (schemaVersion > (eventDefinition(type)?.version ?? 0)) throw new GatewayError('LOG_TOO_NEW', { details: { type, schemaVersion } });
    const fields = {
      id: idFromHex('event', bytes.slice(0, ID_END)),
      type,
      schemaVersion,
      position,
      streamId: this.#names.streamId(streamNo),
      version,
      time,
      metadataJson,
      dataHash: bytes.slice(ID_END, DATA_HASH_END),
      hash: bytes.slice(DATA_HASH_END, HASH_END),
      previousHash,
    };
    if (json === null) return new ExportedEvent(fields, this.#read(position));
    if (sealed === null) return new ExportedEvent(fields, { stored: json, salt: bytes.slice(HASH_END) });
    const { data, erased } = this.#log.unseal({
      type,
      schemaVersion,
      subject: this.#subject(metadataJson),
      open: JSON.parse(json) as unknown,
      eventId: sealed.subarray(0, ID_BYTES),
      sealed: sealed.subarray(ID_BYTES),
    });
    return new ExportedEvent(fields, { read: data, erased });
  }

  /** The events of a commit mostly have the same metadata. */
  #lastMetadata: { readonly json: string; readonly subject: string | undefined } = { json: '', subject: undefined };

  #subject(json: string): string | undefined {
    if (this.#lastMetadata.json !== json) this.#lastMetadata = { json, subject: (JSON.parse(json) as EventMetadata).subject };
    return this.#lastMetadata.subject;
  }

  /** What left the row is read as every reader of the log reads it: fetched from a segment, or gone. */
  #read(position: number): ExportedBody {
    const event = this.#log.readAt(position);
    const data = event?.data ?? { erased: true };
    return { read: data, erased: event?.erased === true || (data as { readonly erased?: unknown }).erased === true };
  }
}

/** Whether a filter leaves out nothing but by time, which the range has taken care of. */
function isOpen({ fromTime, toTime, nowMs, ...rest }: EventFilter): boolean {
  return Object.values(rest).every((value) => value === undefined || (Array.isArray(value) && value.length === 0));
}

function prepareStatements(db: Connection) {
  return {
    range: db.prepare<[number, number], Row>(`SELECT ${COLUMNS} FROM events WHERE position BETWEEN ? AND ? ORDER BY position`).raw(),
    at: db.prepare<[number], Row>(`SELECT ${COLUMNS} FROM events WHERE position = ?`).raw(),
  };
}
