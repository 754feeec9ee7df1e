/** The event log on SQLite as the main thread sees it: it serialises and counts, the writer's thread stores, the reader's thread reads. */
import type { StoredEvent } from '@openclaw-gateway/events/envelope';
import { GatewayError } from '@openclaw-gateway/events/errors';
import { follow, Head } from '../head.ts';
import type { AppendRequest, AppendResult, ErasableLog, LogStats, ReadAllOptions, ReadStreamOptions, SubscribeOptions } from '../log.ts';
import type { Redactor } from '../redact/redactor.ts';
import { checkRequest, pageLimit } from '../request.ts';
import type { FileSizes, FromWriter, MaintenanceTask, ToWriter, WireRequest, WireResult, WriterThread } from './protocol.ts';
import { serialise, type Unplaced } from './wire.ts';

const MAX_PENDING_EVENTS = 10_000;
const ANSWERS_A_TURN = 2;
const MAX_PENDING_BYTES = 64 * 1024 * 1024;

/** The reads that the log leaves to a reader's thread. */
export type LogReads = {
  readAll(options: ReadAllOptions): Promise<StoredEvent[]>;
  readStream(streamId: string, options: ReadStreamOptions): Promise<StoredEvent[]>;
  readAt(position: number): Promise<StoredEvent | undefined>;
};

type Pending = {
  readonly events: readonly Unplaced[];
  readonly bytes: number;
  readonly resolve: (result: AppendResult) => void;
  readonly reject: (error: GatewayError) => void;
};

export class SqliteLog implements ErasableLog {
  readonly #writer: WriterThread;
  readonly #reads: LogReads;
  readonly #redactor: Redactor;
  readonly #onHead: (head: number) => void;
  readonly #onCommit: (durationMs: number) => void;
  readonly #head: Head;
  readonly #pending = new Map<number, Pending>();
  readonly #maintaining = new Map<number, { readonly resolve: (value: number) => void; readonly reject: (error: GatewayError) => void }>();
  readonly #answers: (readonly [number, WireResult])[] = [];
  #unsent: WireRequest[] = [];
  #pendingEvents = 0;
  #pendingBytes = 0;
  #nextId = 1;
  #sizes: FileSizes;
  readonly #failing = Promise.withResolvers<GatewayError>();
  #failure: GatewayError | undefined;
  #closed: Promise<void> | undefined;

  /** `writer` must have said that it is ready. `onHead` hears of each new head at once, `onCommit` how long each commit took. */
  constructor(options: {
    readonly writer: WriterThread;
    readonly ready: { readonly head: number; readonly sizes: FileSizes };
    readonly reads: LogReads;
    readonly redactor: Redactor;
    readonly onHead: (head: number) => void;
    readonly onCommit?: (durationMs: number) => void;
  }) {
    this.#writer = options.writer;
    this.#reads = options.reads;
    this.#redactor = options.redactor;
    this.#onHead = options.onHead;
    this.#onCommit = options.onCommit ?? (() => undefined);
    this.#head = new Head(options.ready.head);
    this.#sizes = options.ready.sizes;
    this.#writer.on('message', (message: FromWriter) => this.#receive(message));
    this.#writer.on('error', (error) => this.#fail({ cause: error.message }));
    this.#writer.on('exit', () => this.#fail({ cause: 'the writer ended' }));
  }

  async append(request: AppendRequest): Promise<AppendResult> {
    checkRequest(request);
    if (this.#closed) throw new GatewayError('SHUTTING_DOWN');
    if (this.#failure) throw this.#failure;
    if (this.#pendingEvents + request.events.length > MAX_PENDING_EVENTS) throw new GatewayError('LOG_OVERLOADED');
    const { wire, unplaced, bytes } = serialise(this.#nextId++, request, this.#redactor);
    if (this.#pendingBytes + bytes > MAX_PENDING_BYTES) throw new GatewayError('LOG_OVERLOADED');
    return new Promise((resolve, reject) => {
      this.#pending.set(wire.id, { events: unplaced, bytes, resolve, reject });
      this.#pendingEvents += unplaced.length;
      this.#pendingBytes += bytes;
      if (this.#unsent.push(wire) === 1) process.nextTick(() => this.#flush());
    });
  }

  head(): number {
    return this.#head.position;
  }

  readAll({ after, limit }: ReadAllOptions): Promise<StoredEvent[]> {
    return this.#reads.readAll({ after, limit: pageLimit(limit) });
  }

  readStream(streamId: string, options: ReadStreamOptions): Promise<StoredEvent[]> {
    return this.#reads.readStream(streamId, { ...options, limit: pageLimit(options.limit) });
  }

  readAt(position: number): Promise<StoredEvent | undefined> {
    return this.#reads.readAt(position);
  }

  subscribe(options: SubscribeOptions): AsyncIterable<readonly StoredEvent[]> {
    return follow(this.#head, (page) => this.readAll(page), options);
  }

  waitForHead(position: number, timeoutMs: number): Promise<void> {
    return this.#head.reached(position, timeoutMs);
  }

  stats(): LogStats {
    return { head: this.head(), pendingEvents: this.#pendingEvents, pendingBytes: this.#pendingBytes, ...this.#sizes };
  }

  async erase(subject: string, madeUntil: number): Promise<boolean> {
    return (await this.maintain({ name: 'destroy_key', subject, madeUntil })) > 0;
  }

  /** Has the writer do something to the log beside appending. Rejects with `LOG_UNAVAILABLE` when it cannot. */
  async maintain(task: MaintenanceTask): Promise<number> {
    if (this.#closed) throw new GatewayError('SHUTTING_DOWN');
    if (this.#failure) throw this.#failure;
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#maintaining.set(id, { resolve, reject });
      this.#flush();
      this.#post({ kind: 'maintain', id, task });
    });
  }

  /** Resolves when nothing can be appended any more, whoever was the first to be refused. */
  get failed(): Promise<GatewayError> {
    return this.#failing.promise;
  }

  /** Lets what waits be stored, then ends the writer. */
  close(): Promise<void> {
    this.#closed ??= new Promise<void>((resolve) => {
      this.#flush();
      this.#head.close();
      this.#writer.once('exit', () => resolve());
      this.#post({ kind: 'close' });
    });
    return this.#closed;
  }

  /** Everything appended in one turn of the event loop goes to the writer together. */
  #flush(): void {
    if (this.#unsent.length === 0) return;
    const requests = this.#unsent;
    this.#unsent = [];
    this.#post({ kind: 'append', requests });
  }

  #receive(message: FromWriter): void {
    if (message.kind === 'maintained') this.#maintained(message);
    if (message.kind !== 'results') return;
    if (message.failure) {
      // What was durable before the failure is said before it.
      this.#settleAll();
      this.#failWith(GatewayError.fromBody(message.failure));
    }
    this.#sizes = message.sizes;
    if (message.commitMs !== undefined) this.#onCommit(message.commitMs);
    this.#head.advance(message.head);
    this.#onHead(message.head);
    const isIdle = this.#answers.length === 0;
    this.#answers.push(...message.results);
    if (isIdle) this.#settleSome();
  }

  /** A whole batch's answers at once would keep everything else on this thread waiting for what they set off. */
  #settleSome(): void {
    for (const [id, result] of this.#answers.splice(0, ANSWERS_A_TURN)) this.#settle(id, result);
    if (this.#answers.length > 0) setImmediate(() => this.#settleSome());
  }

  #settle(id: number, result: WireResult): void {
    const pending = this.#pending.get(id);
    if (!pending) return;
    this.#pending.delete(id);
    this.#pendingEvents -= pending.events.length;
    this.#pendingBytes -= pending.bytes;
    if (result.kind === 'failed') pending.reject(GatewayError.fromBody(result.error));
    else pending.resolve(toAppendResult(result, pending.events));
  }

  #maintained({ id, value, error }: Extract<FromWriter, { kind: 'maintained' }>): void {
    const waiting = this.#maintaining.get(id);
    this.#maintaining.delete(id);
    if (error) waiting?.reject(GatewayError.fromBody(error));
    else waiting?.resolve(value ?? 0);
  }

  #settleAll(): void {
    for (const [id, result] of this.#answers.splice(0)) this.#settle(id, result);
  }

  #fail(details: Readonly<Record<string, unknown>>): void {
    this.#settleAll();
    if (this.#closed && this.#pending.size === 0 && this.#maintaining.size === 0) return;
    const failure = this.#failWith(new GatewayError('LOG_UNAVAILABLE', { details }));
    for (const { reject } of this.#maintaining.values()) reject(failure);
    this.#maintaining.clear();
    const waiting = [...this.#pending.values()];
    this.#pending.clear();
    this.#pendingEvents = 0;
    this.#pendingBytes = 0;
    for (const pending of waiting) pending.reject(failure);
  }

  /** Only the first failure counts: what follows comes of it. */
  #failWith(error: GatewayError): GatewayError {
    this.#failure ??= error;
    this.#failing.resolve(this.#failure);
    return this.#failure;
  }

  #post(message: ToWriter): void {
    this.#writer.postMessage(message);
  }
}

function toAppendResult(result: Exclude<WireResult, { kind: 'failed' }>, events: readonly Unplaced[]): AppendResult {
  switch (result.kind) {
    case 'stored': {
      const { first, time, versions } = result;
      const stored = events.map((event, index) => ({ ...event, position: first + index, version: versions[index] ?? 0, time }));
      return { ok: true, first, last: first + events.length - 1, replayed: false, events: stored };
    }
    case 'replayed':
      return { ok: true, first: result.first, last: result.last, replayed: true, events: [] };
    case 'conflict':
      return { ok: false, reason: 'conflict', streamId: result.streamId, actual: result.actual };
    case 'idempotency_mismatch':
      return { ok: false, reason: 'idempotency_mismatch', position: result.position };
  }
}
