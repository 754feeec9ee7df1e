/** One export from beginning to end, in the thread it is called in: pages of the log in, a folder out. Memory holds one page. */
import { createHash } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { EventFilter } from '@openclaw-gateway/db';
import type { ExportedEvent } from '@openclaw-gateway/db/export/event';
import { exportMaskKey } from '@openclaw-gateway/db/export/keys';
import { ExportReader } from '@openclaw-gateway/db/export/reader';
import { type ExportTrust, exportTrust } from '@openclaw-gateway/db/export/trust';
import { eventDefinition } from '@openclaw-gateway/events';
import { createFormat, type Format } from './formats/index.ts';
import { type Manifest, manifestText, maskingReport, readme } from './manifest.ts';
import { createMask, type Mask } from './masking.ts';
import { fingerprintOf, PartialExport, type PartialState } from './partial.ts';
import type { ExportProgress, ExportRequest, PreparedExport } from './request.ts';

const PAGE = 1000;
const SAVE_EVERY_MS = 3000;
const REPORT_EVERY_MS = 100;
const GZIP_LEVEL = 6;

export type ExportHooks = { readonly cancelled: () => boolean; readonly onProgress: (progress: ExportProgress) => void };

/**
 * Writes an export to `<directory>.partial`, whole but for its name. Resolves with nothing when it was cancelled; what is there
 * then can be resumed. Throws EXPORT_EXISTS, EXPORT_NOT_RESUMABLE, LOG_*, VIEW_UNAVAILABLE and what the disk says.
 */
export async function runExport(request: ExportRequest, hooks: ExportHooks): Promise<PreparedExport | undefined> {
  const reader = new ExportReader(request.databases);
  try {
    const format = createFormat(request.format, { gatewayId: request.gatewayId, version: request.version });
    const mask = createMask({ ...request.masking, key: exportMaskKey(request.databases) });
    const fileName = `events.${format.extension}${request.gzip ? '.gz' : ''}`;
    const job = new Job({ request, reader, format, mask, fileName });
    try {
      return await job.run(hooks);
    } finally {
      job.close();
    }
  } finally {
    reader.close();
  }
}

type JobParts = {
  readonly request: ExportRequest;
  readonly reader: ExportReader;
  readonly format: Format;
  readonly mask: Mask;
  readonly fileName: string;
};

class Job {
  readonly #parts: JobParts;
  readonly #partial: PartialExport;
  readonly #types: Set<string>;
  readonly #filter: EventFilter;
  #state: PartialState;
  #open = true;

  constructor(parts: JobParts) {
    const { request, reader, mask, fileName, format } = parts;
    this.#parts = parts;
    if (request.resume) {
      const { partial, state } = PartialExport.resume(request, fileName);
      this.#partial = partial;
      this.#state = state;
      for (const [field, times] of state.masked) mask.fields.set(field, times);
    } else {
      this.#partial = PartialExport.begin(request, fileName);
      const { low, high } = reader.bounds(request.filter);
      if (format.header !== undefined) this.#write(format.header + format.lineEnd);
      const fingerprint = fingerprintOf(request);
      const createdAt = new Date().toISOString();
      const place = { from: low, to: high, position: low - 1, events: 0, bytes: this.#partial.bytes };
      this.#state = { fingerprint, createdAt, ...place, erased: 0, masked: [], types: [] };
      this.#partial.save(this.#state);
    }
    this.#types = new Set(this.#state.types);
    // What `now` means was settled when the export began, also for one that is resumed.
    this.#filter = { ...request.filter, nowMs: Date.parse(this.#state.createdAt) };
  }

  async run({ cancelled, onProgress }: ExportHooks): Promise<PreparedExport | undefined> {
    const { reader } = this.#parts;
    let savedAt = performance.now();
    let reportedAt = 0;
    while (this.#state.position < this.#state.to) {
      if (cancelled()) {
        this.#partial.save(this.#state);
        return undefined;
      }
      const { position, to } = this.#state;
      const page = reader.page(this.#filter, { low: position + 1, high: to }, PAGE);
      this.#add(page.events, page.end);
      const now = performance.now();
      if (now - savedAt > SAVE_EVERY_MS) {
        this.#partial.save(this.#state);
        savedAt = now;
      }
      if (now - reportedAt > REPORT_EVERY_MS) {
        onProgress(this.#progress());
        reportedAt = now;
      }
      // So that what the parent says is heard.
      await turn();
    }
    onProgress(this.#progress());
    return this.#finish();
  }

  close(): void {
    if (this.#open) this.#partial.close();
    this.#open = false;
  }

  #add(events: readonly ExportedEvent[], end: number): void {
    const { format, mask } = this.#parts;
    const { lineEnd } = format;
    let text = '';
    let erased = 0;
    for (const event of events) {
      text += format.line(mask.apply(event)) + lineEnd;
      this.#types.add(event.type);
      if (event.erased) erased += 1;
    }
    if (text !== '') this.#write(text);
    const [first, last] = [events[0], events.at(-1)];
    const before = this.#state;
    this.#state = {
      ...before,
      position: end,
      events: before.events + events.length,
      bytes: this.#partial.bytes,
      erased: before.erased + erased,
      masked: [...mask.fields],
      types: [...this.#types],
      ...(!before.first && first && { first: { position: first.position, previousHash: first.previousHash, time: first.time } }),
      ...(last && { last: { position: last.position, hash: last.hash, time: last.time } }),
    };
  }

  /** Compressed pages are members of one gzip file, so that an interrupted file can be gone on with at the end of one. */
  #write(text: string): void {
    const bytes = Buffer.from(text);
    this.#partial.write(this.#parts.request.gzip ? gzipSync(bytes, { level: GZIP_LEVEL }) : bytes);
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
    const { request, reader, format, mask, fileName } = this.#parts;
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
      masking: maskingReport(request.masking.profile, mask.fields),
      schemaVersions: Object.fromEntries([...this.#types].sort().map((type) => [type, eventDefinition(type)?.version ?? 1])),
      omissions: erased > 0 ? [{ reason: 'erased', count: erased }] : [],
      ...(trust.signer && { signature: { algorithm: 'Ed25519', keyId: trust.signer.keyId, verifierKey: trust.signer.verifierKey } }),
    };
  }
}
