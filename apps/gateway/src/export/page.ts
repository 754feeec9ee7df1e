/** A page of an export as it is written: its events read, unsealed, masked, put into lines and encoded, in the thread it is called in. */
import { gzipSync } from 'node:zlib';
import type { ExportedEvent } from '@openclaw-gateway/db/export/event';
import { ExportReader, type PagePlan } from '@openclaw-gateway/db/export/reader';
import { createFormat, type Format } from './formats/index.ts';
import { createMask, type Mask } from './masking.ts';
import type { ExportRequest } from './request.ts';

const GZIP_LEVEL = 6;
/** Gently, a thread rests so many times as long as it worked; so many events are less than a millisecond's work. */
const REST = 9;
const PART = 20;
/** A UTF-16 unit takes at most so many bytes in UTF-8. */
const MAX_UNIT_BYTES = 3;

export type PageRequest = Pick<ExportRequest, 'databases' | 'format' | 'columns' | 'masking' | 'gzip' | 'gatewayId' | 'version'> & {
  readonly maskKey: Uint8Array;
};

export type WrittenPage = {
  /** In the memory that was given for it, or in more where that was too little. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly events: number;
  readonly erased: number;
  /** How often each field was masked in it. */
  readonly masked: readonly (readonly [string, number])[];
  readonly types: readonly string[];
  readonly first?: { readonly position: number; readonly previousHash: string; readonly time: number };
  readonly last?: { readonly position: number; readonly hash: string; readonly time: number };
};

export class PageWriter {
  readonly #reader: ExportReader;
  readonly #format: Format;
  readonly #mask: Mask;
  readonly #gzip: boolean;

  /** Throws `LOG_UNAVAILABLE`, `LOG_TOO_NEW`, `LOG_CORRUPT`. */
  constructor({ databases, format, columns, masking, maskKey, gzip, gatewayId, version }: PageRequest) {
    this.#reader = new ExportReader(databases);
    this.#format = createFormat(format, { gatewayId, version, columns });
    this.#mask = createMask({ ...masking, key: maskKey });
    this.#gzip = gzip;
  }

  /**
   * `gently`: less than a millisecond's work at a time and a tenth of a processor, so that the thread holds up nobody; what is written is the same.
   * Throws `LOG_CORRUPT`, `LOG_TOO_NEW`.
   */
  write(plan: PagePlan, memory: ArrayBuffer, gently: boolean): WrittenPage {
    const { line, lineEnd } = this.#format;
    const lines = new LineBuffer(memory);
    const types = new Set<string>();
    let written = 0;
    let erased = 0;
    let first: ExportedEvent | undefined;
    let last: ExportedEvent | undefined;
    for (const part of gently ? partsOf(plan) : [plan]) {
      const startedAt = performance.now();
      const events = this.#reader.read(part);
      for (const event of events) {
        lines.add(line(this.#mask.apply(event)) + lineEnd);
        types.add(event.type);
        if (event.erased) erased += 1;
      }
      written += events.length;
      first ??= events[0];
      last = events.at(-1) ?? last;
      if (gently) rest(REST * (performance.now() - startedAt));
    }
    const masked = [...this.#mask.fields];
    this.#mask.fields.clear();
    if (this.#gzip) lines.compress();
    return { bytes: lines.bytes, events: written, erased, masked, types: [...types], ...ends(first, last) };
  }

  close(): void {
    this.#reader.close();
  }
}

function* partsOf({ low, end, positions }: PagePlan): Generator<PagePlan> {
  if (positions) for (let at = 0; at < positions.length; at += PART) yield { low, end, positions: positions.slice(at, at + PART) };
  else for (let from = low; from <= end; from += PART) yield { low: from, end: Math.min(end, from + PART - 1) };
}

const neverWoken = new Int32Array(new SharedArrayBuffer(4));

function rest(ms: number): void {
  Atomics.wait(neverWoken, 0, 0, ms);
}

/** Compressed pages are members of one gzip file, so that an interrupted file can be gone on with at the end of one. */
export function compressed(bytes: Uint8Array): Uint8Array {
  return gzipSync(bytes, { level: GZIP_LEVEL });
}

function ends(first: ExportedEvent | undefined, last: ExportedEvent | undefined): Pick<WrittenPage, 'first' | 'last'> {
  if (!first || !last) return {};
  return {
    first: { position: first.position, previousHash: first.previousHash, time: first.time },
    last: { position: last.position, hash: last.hash, time: last.time },
  };
}

/** Lines are encoded one by one: to put a page of them together as text first would take ten times as long. */
class LineBuffer {
  #buffer: Buffer<ArrayBuffer>;
  #used = 0;

  constructor(memory: ArrayBuffer) {
    this.#buffer = Buffer.from(memory);
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#buffer.subarray(0, this.#used);
  }

  add(text: string): void {
    this.#makeRoom(this.#used + text.length * MAX_UNIT_BYTES);
    this.#used += this.#buffer.write(text, this.#used);
  }

  compress(): void {
    if (this.#used === 0) return;
    const bytes = compressed(this.bytes);
    this.#makeRoom(bytes.length);
    this.#buffer.set(bytes);
    this.#used = bytes.length;
  }

  #makeRoom(bytes: number): void {
    if (bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(2 * bytes);
    this.#buffer.copy(larger, 0, 0, this.#used);
    this.#buffer = larger;
  }
}
