/**
 * The event log on the simulated disk: it batches, checks, numbers, chains and syncs as the one on SQLite does, and ends for good
 * after a failed write. Every stage is a step of the machine, so that a crash can fall between any two of them.
 */
import {
  type AppendRequest,
  type AppendResult,
  CHAIN_START,
  type ChainedRow,
  chainHash,
  type EventLog,
  leafHash,
} from '@openclaw-gateway/db';
import { follow, Head } from '@openclaw-gateway/db/head';
import { checkRequest, meets, metadataOf, pageLimit } from '@openclaw-gateway/db/request';
import { GatewayError, idToBytes, type StoredEvent } from '@openclaw-gateway/events';
import type { Disk } from './disk.ts';
import { type HomeOptions, StoredEvents } from './log-home.ts';
import type { Owner } from './machine.ts';

/** An event as a record on the disk holds it. */
export type DiskEvent = Omit<StoredEvent, 'data' | 'metadata'> & {
  readonly json: string;
  readonly metadata: string;
  readonly salt: string;
  readonly hash: string;
};
/** One commit: all of it is there after a crash, or nothing. */
export type DiskRecord = { readonly events: readonly DiskEvent[]; readonly keys: readonly (readonly [string, KeyUse])[] };

type KeyUse = { readonly first: number; readonly last: number; readonly requestHash: string };
type Pending = {
  readonly request: AppendRequest;
  readonly json: readonly string[];
  readonly resolve: (result: AppendResult) => void;
  readonly reject: (error: GatewayError) => void;
};
type Tip = { readonly position: number; readonly time: number; readonly hash: Uint8Array };

export type DiskLogOptions = HomeOptions & {
  readonly disk: Disk;
  /** The process that has the log open. */
  readonly owner: Owner;
};

const MOST_IN_BATCH = 8;
const SALT_BYTES = 16;

export class DiskLog implements EventLog {
  readonly #options: DiskLogOptions;
  readonly #head: Head;
  readonly events = new StoredEvents();
  readonly #keys = new Map<string, KeyUse>();
  readonly #versions = new Map<string, number>();
  #tip: Tip = { position: 0, time: 0, hash: CHAIN_START };
  #pending: Pending[] = [];
  #busy = false;
  readonly #failing = Promise.withResolvers<GatewayError>();
  #failure: GatewayError | undefined;
  #closed = false;
  #idle: (() => void) | undefined;

  constructor(options: DiskLogOptions, records: readonly DiskRecord[]) {
    this.#options = options;
    for (const record of records) {
      for (const [key, use] of record.keys) this.#keys.set(key, use);
      for (const event of record.events) {
        this.#versions.set(event.streamId, event.version);
        this.#tip = { position: event.position, time: event.time, hash: Buffer.from(event.hash, 'hex') };
      }
      this.#publish(record);
    }
    this.#head = new Head(this.#tip.position);
  }

  /** Resolves when nothing can be appended any more. */
  get failed(): Promise<GatewayError> {
    return this.#failing.promise;
  }

  async append(request: AppendRequest): Promise<AppendResult> {
    checkRequest(request);
    if (this.#closed) throw new GatewayError('SHUTTING_DOWN');
    if (this.#failure) throw this.#failure;
    const json = request.events.map(({ event }) => JSON.stringify(event.data));
    return new Promise((resolve, reject) => {
      this.#pending.push({ request, json, resolve, reject });
      this.#wake();
    });
  }

  head(): number {
    return this.#head.position;
  }

  async readAll({ after, limit }: { readonly after: number; readonly limit: number }): Promise<StoredEvent[]> {
    await this.#read('log read');
    return this.events.between(after, after + pageLimit(limit));
  }

  async readStream(
    streamId: string,
    { afterVersion = 0, limit, toPosition = Number.POSITIVE_INFINITY }: { afterVersion?: number; limit: number; toPosition?: number },
  ): Promise<StoredEvent[]> {
    await this.#read('log read stream');
    return this.events
      .of(streamId)
      .slice(afterVersion, afterVersion + pageLimit(limit))
      .filter((event) => event.position <= toPosition);
  }

  async readAt(position: number): Promise<StoredEvent | undefined> {
    await this.#read('log read at');
    return this.events.between(position - 1, position)[0];
  }

  subscribe(options: Parameters<EventLog['subscribe']>[0]): AsyncIterable<readonly StoredEvent[]> {
    return follow(this.#head, (page) => this.readAll(page), options);
  }

  waitForHead(position: number, timeoutMs: number): Promise<void> {
    return this.#head.reached(position, timeoutMs);
  }

  stats(): ReturnType<EventLog['stats']> {
    const pendingEvents = this.#pending.reduce((sum, { request }) => sum + request.events.length, 0);
    return { head: this.head(), pendingEvents, pendingBytes: 0, fileBytes: 0, walBytes: 0 };
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#busy || this.#pending.length > 0) await new Promise<void>((resolve) => (this.#idle = resolve));
    this.#head.close();
  }

  #read(name: string): Promise<void> {
    const { machine, owner } = this.#options;
    return machine.sleep(machine.latency(5), name, owner);
  }

  #wake(): void {
    if (this.#busy) return;
    if (this.#pending.length === 0) {
      this.#idle?.();
      return;
    }
    this.#busy = true;
    this.#stage('log batch', () => this.#begin(this.#pending.splice(0, MOST_IN_BATCH)));
  }

  #begin(batch: readonly Pending[]): void {
    const { isLow } = this.#options;
    const answers: (() => void)[] = [];
    const events: DiskEvent[] = [];
    const keys: [string, KeyUse][] = [];
    for (const pending of batch) {
      const refused = isLow() && pending.request.events.some(({ event }) => event.type === 'message.received');
      if (refused) answers.push(() => pending.reject(new GatewayError('DISK_LOW')));
      else answers.push(this.#decide(pending, events, keys));
    }
    if (events.length === 0) this.#answer(answers);
    else this.#store({ events, keys }, batch, answers);
  }

  #store(record: DiskRecord, batch: readonly Pending[], answers: (() => void)[]): void {
    const { disk } = this.#options;
    try {
      disk.write(JSON.stringify(record));
    } catch (error) {
      this.#fail(batch, error);
      return;
    }
    this.#stage('log sync', () => {
      try {
        disk.sync();
      } catch (error) {
        this.#fail(batch, error);
        return;
      }
      this.#publish(record);
      this.#head.advance(this.events.length);
      this.#answer(answers);
    });
  }

  /** Takes one request into the batch, or refuses it. Returns what it is told once the batch is safe. */
  #decide(pending: Pending, events: DiskEvent[], keys: [string, KeyUse][]): () => void {
    const { request, resolve } = pending;
    const earlier = request.idempotency && this.#keys.get(request.idempotency.key);
    if (earlier) {
      const { first, last } = earlier;
      if (earlier.requestHash !== request.idempotency?.requestHash)
        return () => resolve({ ok: false, reason: 'idempotency_mismatch', position: first });
      return () => resolve({ ok: true, first, last, replayed: true, events: [] });
    }
    for (const [streamId, expected] of Object.entries(request.expected ?? {})) {
      const actual = this.#versions.get(streamId) ?? 0;
      if (!meets(actual, expected)) return () => resolve({ ok: false, reason: 'conflict', streamId, actual });
    }
    const time = Math.max(Date.now(), this.#tip.time);
    const stored = request.events.map((item, index) => this.#chain(item, pending.json[index] ?? '', time));
    events.push(...stored);
    const [first, last] = [this.#tip.position - stored.length + 1, this.#tip.position];
    if (request.idempotency) {
      const use = { first, last, requestHash: request.idempotency.requestHash };
      this.#keys.set(request.idempotency.key, use);
      keys.push([request.idempotency.key, use]);
    }
    return () => resolve({ ok: true, first, last, replayed: false, events: this.events.between(first - 1, last) });
  }

  #chain(item: AppendRequest['events'][number], json: string, time: number): DiskEvent {
    const { streamId, event } = item;
    const position = this.#tip.position + 1;
    const version = (this.#versions.get(streamId) ?? 0) + 1;
    const metadata = JSON.stringify(metadataOf(item));
    const salt = this.#options.machine.fill(Buffer.alloc(SALT_BYTES));
    const dataHash = leafHash(Buffer.concat([salt, Buffer.from(json)]));
    const { type, schemaVersion, id } = event;
    const eventId = idToBytes('event', id);
    const hash = chainHash(this.#tip.hash, { position, streamId, version, type, schemaVersion, time, eventId, dataHash, metadata });
    this.#versions.set(streamId, version);
    this.#tip = { position, time, hash };
    return {
      id,
      type,
      schemaVersion,
      streamId,
      version,
      position,
      time,
      json,
      metadata,
      salt: salt.toString('hex'),
      hash: hash.toString('hex'),
    };
  }

  /** The answers go out one after the other, as messages from another thread do. */
  #answer(answers: readonly (() => void)[]): void {
    const [first, ...rest] = answers;
    if (!first) {
      this.#busy = false;
      this.#wake();
      return;
    }
    this.#stage('log answer', () => {
      first();
      this.#answer(rest);
    });
  }

  /** Nobody knows what is on the disk now: nothing is written any more until the file was read again. */
  #fail(batch: readonly Pending[], cause: unknown): void {
    const error = new GatewayError('LOG_UNAVAILABLE', { details: { cause: String(cause) } });
    this.#failure = error;
    this.#failing.resolve(error);
    const waiting = [...batch, ...this.#pending];
    this.#pending = [];
    this.#busy = false;
    for (const pending of waiting) pending.reject(error);
    this.#idle?.();
  }

  #publish(record: DiskRecord): void {
    this.#keep(record);
    this.#tell(record);
  }

  #tell(record: DiskRecord): void {
    this.#options.onDurable(record.events.map((event) => ({ position: event.position, hash: event.hash, read: () => storedEvent(event) })));
  }

  #keep(record: DiskRecord): void {
    for (const event of record.events) this.events.add(storedEvent(event));
  }

  #stage(name: string, run: () => void): void {
    const { machine, owner } = this.#options;
    machine.after(machine.latency(4), name, run, owner);
  }
}

/** The event as it is read back: everything it holds went through the disk. */
export function storedEvent({ json, metadata, salt: _salt, hash: _hash, ...event }: DiskEvent): StoredEvent {
  return { ...event, data: JSON.parse(json) as unknown, metadata: JSON.parse(metadata) as StoredEvent['metadata'] };
}

export function chainedRow(event: DiskEvent): ChainedRow {
  const data = Buffer.concat([Buffer.from(event.salt, 'hex'), Buffer.from(event.json)]);
  const { position, streamId, version, type, schemaVersion, time, metadata } = event;
  const dataHash = leafHash(data);
  const hash = Buffer.from(event.hash, 'hex');
  return { position, streamId, version, type, schemaVersion, time, eventId: idToBytes('event', event.id), dataHash, metadata, data, hash };
}
