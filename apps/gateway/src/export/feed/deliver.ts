/** The loop of the continuous export: read what is new, deliver it, remember it; when that fails, wait and try again. */
import { setTimeout as delay } from 'node:timers/promises';
import type { ExportReader } from '@openclaw-gateway/db/export/reader';
import { eventDefinition } from '@openclaw-gateway/events';
import type { Format, ShownEvent } from '../formats/index.ts';
import type { Mask } from '../masking.ts';
import type { Cursor, CursorFile } from './cursor.ts';
import type { Batch, Destination, Mark } from './destination.ts';

const BATCH = 500;
const FIRST_WAIT_MS = 500;
const MOST_WAIT_MS = 60_000;

export type FeedStatus = {
  readonly state: 'running' | 'failing';
  /** Everything up to here has arrived, or does not belong to the trail. */
  readonly position: number;
  readonly head: number;
  readonly delivered: number;
  readonly lastDeliveredAt?: number;
  readonly failures: number;
  /** Why the last attempt failed. */
  readonly problem?: string;
};

export type DeliverParts = {
  readonly reader: ExportReader;
  readonly types: readonly string[];
  readonly format: Format;
  readonly mask: Mask;
  readonly destination: Destination;
  readonly cursor: CursorFile;
  readonly onStatus: (status: FeedStatus) => void;
  readonly random: () => number;
};

export class Delivery {
  readonly #parts: DeliverParts;
  readonly #stop = new AbortController();
  #wake = Promise.withResolvers<void>();
  #head = 0;
  #status: FeedStatus = { state: 'running', position: 0, head: 0, delivered: 0, failures: 0 };

  constructor(parts: DeliverParts) {
    this.#parts = parts;
  }

  /** There is more up to this position. */
  moved(head: number): void {
    this.#head = Math.max(this.#head, head);
    this.#wake.resolve();
  }

  /** Ends the loop; what is on its way is given up and delivered again by the next one. */
  stop(): void {
    this.#stop.abort();
    this.#wake.resolve();
  }

  /** Runs until it is stopped. */
  async run(): Promise<void> {
    const { signal } = this.#stop;
    let cursor: Cursor | undefined;
    while (!signal.aborted) {
      try {
        cursor ??= this.#parts.cursor.load();
        this.#head = Math.max(this.#head, this.#parts.reader.head());
        if (cursor.position < this.#head) cursor = await this.#step(cursor);
        else await this.#untilMoved(cursor.position);
      } catch (error) {
        if (!signal.aborted) await this.#failed(error, cursor?.position ?? 0);
      }
    }
  }

  async #step(cursor: Cursor): Promise<Cursor> {
    const { reader, types, destination, cursor: file } = this.#parts;
    const { events, end } = reader.page({ types }, { low: cursor.position + 1, high: this.#head }, BATCH);
    const remember = (mark: Mark) => file.save({ ...cursor, mark });
    const mark =
      events.length === 0 ? cursor.mark : await destination.deliver(this.#batch(events), cursor.mark, this.#stop.signal, remember);
    const next: Cursor = { position: end, ...(mark && { mark }) };
    // Positions that brought nothing are only worth a write to the disk once there are many of them.
    if (events.length > 0 || end - cursor.position >= BATCH) file.save(next);
    const { problem: _, ...status } = this.#status;
    this.#report({
      ...status,
      state: 'running',
      position: end,
      delivered: status.delivered + events.length,
      failures: 0,
      ...(events.length > 0 && { lastDeliveredAt: Date.now() }),
    });
    return next;
  }

  #batch(events: readonly ShownEvent[]): Batch {
    const { format, mask } = this.#parts;
    const lines = events.map((event) => ({
      text: format.line(mask.apply(event)),
      position: event.position,
      time: event.time,
      type: event.type,
      severity: eventDefinition(event.type)?.severity ?? 'info',
    }));
    return { lines, lineEnd: format.lineEnd, header: format.header, mediaType: format.mediaType };
  }

  async #untilMoved(position: number): Promise<void> {
    this.#report({ ...this.#status, position });
    await this.#wake.promise;
    this.#wake = Promise.withResolvers();
  }

  async #failed(error: unknown, position: number): Promise<void> {
    const failures = this.#status.failures + 1;
    const problem = describe(error);
    this.#report({ ...this.#status, state: 'failing', position, failures, problem });
    const waitMs = Math.min(MOST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(failures - 1, 20)) * (0.5 + this.#parts.random() / 2);
    await delay(waitMs, undefined, { signal: this.#stop.signal }).catch(() => undefined);
  }

  #report(status: FeedStatus): void {
    this.#status = { ...status, head: this.#head };
    this.#parts.onStatus(this.#status);
  }
}

/** `fetch failed` says nothing; its cause does. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error && error.cause.message !== '' ? `${error.message}: ${error.cause.message}` : error.message;
}
