/**
 * One export from beginning to end: what belongs to it is decided here page by page, other threads write the pages, and here
 * they are put into the folder in their order. Memory holds the few pages that are being written.
 */
import { createHash } from 'node:crypto';
import type { EventFilter } from '@openclaw-gateway/db';
import { exportMaskKey } from '@openclaw-gateway/db/export/keys';
import { ExportReader } from '@openclaw-gateway/db/export/reader';
import { type ExportTrust, exportTrust } from '@openclaw-gateway/db/export/trust';
import { eventDefinition } from '@openclaw-gateway/events';
import { createFormat, type Format } from './formats/index.ts';
import { type Manifest, manifestText, maskingReport, readme } from './manifest.ts';
import type { MaskedFields } from './masking.ts';
import { compressed, type WrittenPage } from './page.ts';
import { PageThreads } from './page-threads.ts';
import { fingerprintOf, PartialExport, type PartialState } from './partial.ts';
import type { ExportProgress, ExportRequest, PreparedExport } from './request.ts';

const PAGE = 500;
const SAVE_EVERY_MS = 3000;
const REPORT_EVERY_MS = 100;
/** Messages pass while something was committed this recently. */
const PASSING_MS = 200;

export type ExportHooks = { readonly cancelled: () => boolean; readonly onProgress: (progress: ExportProgress) => void };

/**
 * Writes an export to `<directory>.partial`, whole but for its name. Resolves with nothing when it was cancelled; what is there
 * then can be resumed. Throws EXPORT_EXISTS, EXPORT_NOT_RESUMABLE, LOG_*, VIEW_UNAVAILABLE and what the disk says.
 */
export async function runExport(request: ExportRequest, hooks: ExportHooks): Promise<PreparedExport | undefined> {
  const threads = new PageThreads({ ...request, maskKey: exportMaskKey(request.databases) });
  try {
    const reader = new ExportReader(request.databases);
    try {
      const format = createFormat(request.format, request);
      const fileName = `events.${format.extension}${request.gzip ? '.gz' : ''}`;
      const job = new Job({ request, reader, format, threads, fileName });
      try {
        return await job.run(hooks);
      } finally {
        job.close();
      }
    } finally {
      reader.close();
    }
  } finally {
    await threads.close();
  }
}

type JobParts = {
  readonly request: ExportRequest;
  readonly reader: ExportReader;
  readonly format: Format;
  readonly threads: PageThreads;
  readonly fileName: string;
};

/** `end`: how far the export is once the page is in it. */
type ComingPage = { readonly page: Promise<WrittenPage>; readonly end: number };

class Job {
  readonly #parts: JobParts;
  readonly #partial: PartialExport;
  readonly #types: Set<string>;
  readonly #masked: MaskedFields;
  readonly #filter: EventFilter;
  #state: PartialState;
  #open = true;
  #seenHead: number;
  #movedAt = Number.NEGATIVE_INFINITY;

  constructor(parts: JobParts) {
    const { request, reader, fileName, format } = parts;
    this.#parts = parts;
    this.#seenHead = reader.head();
    if (request.resume) {
      const { partial, state } = PartialExport.resume(request, fileName);
      this.#partial = partial;
      this.#state = state;
    } else {
      this.#partial = PartialExport.begin(request, fileName);
      const { low, high } = reader.bounds(request.filter);
      if (format.header !== undefined) {
        const header = Buffer.from(format.header + format.lineEnd);
        this.#partial.write(request.gzip ? compressed(header) : header);
      }
      const fingerprint = fingerprintOf(request);
      const createdAt = new Date().toISOString();
      const place = { from: low, to: high, position: low - 1, events: 0, bytes: this.#partial.bytes };
      this.#state = { fingerprint, createdAt, ...place, erased: 0, masked: [], types: [] };
      this.#partial.save(this.#state);
    }
    this.#types = new Set(this.#state.types);
    this.#masked = new Map(this.#state.masked);
    // What `now` means was settled when the export began, also for one that is resumed.
    this.#filter = { ...request.filter, nowMs: Date.parse(this.#state.createdAt) };
  }

  async run({ cancelled, onProgress }: ExportHooks): Promise<PreparedExport | undefined> {
    const pages = this.#pages();
    let savedAt = performance.now();
    let reportedAt = 0;
    while (this.#state.position < this.#state.to) {
      if (cancelled()) {
        this.#partial.save(this.#state);
        return undefined;
      }
      const { value } = pages.next();
      if (!value) break;
      this.#add(await value.page, value.end);
      const now = performance.now();
      if (now - savedAt > SAVE_EVERY_MS) {
        this.#partial.save(this.#state);
        savedAt = now;
      }
      if (now - reportedAt > REPORT_EVERY_MS) {
        onProgress(this.#progress());
        reportedAt = now;
      }
    }
    onProgress(this.#progress());
    return this.#finish();
  }

  close(): void {
    if (this.#open) this.#partial.close();
    this.#open = false;
  }

  /** The pages that are still to come, in their order; the next ones are being written while one is taken. */
  *#pages(): Generator<ComingPage, undefined> {
    const { reader, threads } = this.#parts;
    const { to } = this.#state;
    const coming: ComingPage[] = [];
    for (let low = this.#state.position + 1; low <= to; ) {
      const plan = reader.plan(this.#filter, { low, high: to }, PAGE);
      // While messages pass, one page at a time and a tenth of one processor are enough for an export.
      const gently = this.#messagesPass();
      coming.push({ page: threads.write(plan, gently), end: plan.end });
      low = plan.end + 1;
      const most = gently ? 1 : threads.capacity;
      if (coming.length >= most) yield* coming.splice(0, coming.length - most + 1);
    }
    yield* coming;
  }

  /** Whether the log grew a moment ago: whoever writes messages waits for the same processors. */
  #messagesPass(): boolean {
    const now = performance.now();
    const head = this.#parts.reader.head();
    if (head !== this.#seenHead) this.#movedAt = now;
    this.#seenHead = head;
    return now - this.#movedAt < PASSING_MS;
  }

  #add(page: WrittenPage, end: number): void {
    this.#partial.write(page.bytes);
    this.#parts.threads.release(page);
    for (const type of page.types) this.#types.add(type);
    for (const [field, times] of page.masked) this.#masked.set(field, (this.#masked.get(field) ?? 0) + times);
    const before = this.#state;
    const first = before.first ?? page.first;
    this.#state = {
      ...before,
      position: end,
      events: before.events + page.events,
      bytes: this.#partial.bytes,
      erased: before.erased + page.erased,
      masked: [...this.#masked],
      types: [...this.#types],
      ...(first && { first }),
      ...(page.last && { last: page.last }),
    };
  }

  #progress(): ExportProgress {
    const { events, bytes, position, from, to } = this.#state;
    return { events, bytes, position, from, to };
  }

  #finish(): PreparedExport {
    const { request } = this.#parts;
    const trust = exportTrust(request.databases);
    const manifest = this.#manifest(this.#partial.seal(), trust);
    const content = manifestText(manifest);
    this.#partial.addFile('manifest.json', content);
    if (trust.signer) {
      this.#partial.addFile('manifest.sig', trust.signer.sign(content));
      this.#partial.addFile('gateway.pem', trust.signer.publicKeyPem);
    }
    if (trust.checkpoint !== undefined) this.#partial.addFile('checkpoint.txt', trust.checkpoint);
    this.#partial.addFile('README.md', readme(manifest));
    this.#partial.finish();
    this.#open = false;
    const manifestHash = createHash('sha256').update(content).digest('hex');
    return { ...this.#progress(), manifestHash, partial: this.#partial.folder };
  }

  #manifest(sha256: string, trust: ExportTrust): Manifest {
    const { request, reader, format, fileName } = this.#parts;
    const { createdAt, events, bytes, from, to, erased, first, last } = this.#state;
    const lines = events + (format.header === undefined ? 0 : 1);
    return {
      format: 'openclaw-audit-export',
      formatVersion: 1,
      eventFormat: request.format,
      createdAt,
      createdBy: request.createdBy,
      gateway: { id: request.gatewayId, version: request.version },
      query: request.query,
      ...(first && last && { timeRange: { first: new Date(first.time).toISOString(), last: new Date(last.time).toISOString() } }),
      seqRange: { first: from, last: to },
      count: events,
      files: [{ name: fileName, sha256, bytes, lines }],
      chain: {
        genesis: reader.hashAt(1),
        ...(first && { first: { position: first.position, previousHash: first.previousHash } }),
        ...(last && { last: { position: last.position, hash: last.hash } }),
      },
      ...(trust.checkpoint !== undefined && { checkpoint: trust.checkpoint }),
      masking: maskingReport(request.masking.profile, this.#masked),
      schemaVersions: Object.fromEntries([...this.#types].sort().map((type) => [type, eventDefinition(type)?.version ?? 1])),
      omissions: erased > 0 ? [{ reason: 'erased', count: erased }] : [],
      ...(trust.signer && { signature: { algorithm: 'Ed25519', keyId: trust.signer.keyId, verifierKey: trust.signer.verifierKey } }),
    };
  }
}
