/** Exports that the gateway writes for others: few at a time, each with its progress, in folders of the state directory. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Actor, type ErrorBody, GatewayError, isId, type NewEvent, newId, toGatewayError } from '@openclaw-gateway/events';
import type { Manifest } from './manifest.ts';
import type { ExportProgress, ExportRequest } from './request.ts';
import { type WrittenExport, writeExport } from './write.ts';

const MAX_RUNNING = 2;
const MAX_KNOWN = 50;

export type ExportOrder = Pick<ExportRequest, 'format' | 'columns' | 'filter' | 'query' | 'masking' | 'gzip' | 'createdBy'>;

export type ExportJob = {
  readonly id: string;
  readonly state: 'running' | 'completed' | 'cancelled' | 'failed';
  readonly format: ExportRequest['format'];
  readonly masking: ExportRequest['masking']['profile'];
  readonly query: string;
  readonly createdBy: Actor;
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly directory: string;
  readonly progress?: ExportProgress;
  readonly result?: WrittenExport;
  readonly error?: ErrorBody;
};

export type ExportJobsOptions = {
  readonly stateDir: string;
  readonly gatewayId: string;
  readonly version: string;
  /** Appends an event to the stream `audit`. */
  readonly record: (event: NewEvent, actor: Actor) => Promise<void>;
};

/** `order` is what it was begun with; nothing for one of an earlier process. */
type Entry = { job: ExportJob; readonly order?: ExportOrder; readonly stop: AbortController; done: Promise<void> };

export class ExportJobs {
  readonly #options: ExportJobsOptions;
  readonly #entries = new Map<string, Entry>();
  #closed = false;

  constructor(options: ExportJobsOptions) {
    this.#options = options;
  }

  /** Takes up the exports that earlier processes completed and nobody removed. */
  async load(): Promise<void> {
    const folder = join(this.#options.stateDir, 'exports');
    const ids = (await readdir(folder).catch(() => [])).filter((name) => isId('export', name)).toSorted();
    for (const id of ids.slice(-MAX_KNOWN)) {
      const job = await readJob(id, join(folder, id));
      if (job) this.#entries.set(id, { job, stop: new AbortController(), done: Promise.resolve() });
    }
  }

  /** Begins an export. Throws `OVERLOADED` when two run already, `SHUTTING_DOWN`. */
  start(order: ExportOrder): ExportJob {
    const id = newId('export');
    const directory = join(this.#options.stateDir, 'exports', id);
    this.#admit();
    return this.#run(id, order, directory, false);
  }

  /** Goes on with one that was cancelled or failed. Throws `EXPORT_NOT_FOUND`, `EXPORT_NOT_RESUMABLE` and what `start` throws. */
  resume(id: string): ExportJob {
    const { job, order } = this.#entry(id);
    if (job.state === 'completed' || job.state === 'running' || !order) {
      throw new GatewayError('EXPORT_NOT_RESUMABLE', { message: `The export ${id} is ${job.state}.` });
    }
    this.#admit();
    return this.#run(id, order, job.directory, true);
  }

  /** Newest first. */
  list(): readonly ExportJob[] {
    return [...this.#entries.values()].map(({ job }) => job).reverse();
  }

  /** Throws `EXPORT_NOT_FOUND`. */
  get(id: string): ExportJob {
    return this.#entry(id).job;
  }

  /** Stops one that runs, so that it can be resumed; removes one that has ended, with its files. Throws `EXPORT_NOT_FOUND`. */
  async cancel(id: string): Promise<ExportJob> {
    const entry = this.#entry(id);
    if (entry.job.state === 'running') {
      entry.stop.abort();
      await entry.done;
      return entry.job;
    }
    this.#entries.delete(id);
    const { directory } = entry.job;
    await Promise.all([directory, `${directory}.partial`].map((path) => rm(path, { recursive: true, force: true })));
    return entry.job;
  }

  /** Stops all that run. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { stop } of this.#entries.values()) stop.abort();
    await Promise.all([...this.#entries.values()].map(({ done }) => done));
  }

  #entry(id: string): Entry {
    const entry = this.#entries.get(id);
    if (!entry) throw new GatewayError('EXPORT_NOT_FOUND');
    return entry;
  }

  #admit(): void {
    if (this.#closed) throw new GatewayError('SHUTTING_DOWN');
    const running = this.list().filter(({ state }) => state === 'running').length;
    if (running >= MAX_RUNNING) throw new GatewayError('OVERLOADED', { message: `${MAX_RUNNING} exports run already.` });
  }

  #run(id: string, order: ExportOrder, directory: string, resume: boolean): ExportJob {
    const { stateDir, gatewayId, version, record } = this.#options;
    const stop = new AbortController();
    const { format, query, createdBy, masking } = order;
    const entry: Entry = {
      order,
      stop,
      done: Promise.resolve(),
      job: { id, state: 'running', format, masking: masking.profile, query, createdBy, startedAt: Date.now(), directory },
    };
    const end = (change: Partial<ExportJob>): void => {
      entry.job = { ...entry.job, ...change, endedAt: Date.now() };
    };
    const write = async (): Promise<void> => {
      await mkdir(join(stateDir, 'exports'), { recursive: true, mode: 0o700 });
      const request: ExportRequest = { ...order, databases: join(stateDir, 'state'), directory, resume, version, gatewayId };
      const result = await writeExport(request, {
        record: (event) => record(event, createdBy),
        signal: stop.signal,
        onProgress: (progress) => {
          entry.job = { ...entry.job, progress };
        },
      });
      end(result ? { state: 'completed', result } : { state: 'cancelled' });
    };
    entry.done = write().catch((error: unknown) => end({ state: 'failed', error: toGatewayError(error).toBody() }));
    this.#entries.set(id, entry);
    this.#forgetOldest();
    return entry.job;
  }

  /** Its folder stays; only what is known of it here goes. */
  #forgetOldest(): void {
    for (const [id, { job }] of this.#entries) {
      if (this.#entries.size <= MAX_KNOWN) return;
      if (job.state !== 'running') this.#entries.delete(id);
    }
  }
}

/** What a finished export says of itself; nothing where its manifest cannot be read. */
async function readJob(id: string, directory: string): Promise<ExportJob | undefined> {
  try {
    const content = await readFile(join(directory, 'manifest.json'));
    const manifest = JSON.parse(content.toString('utf8')) as Manifest;
    const at = Date.parse(manifest.createdAt);
    const bytes = manifest.files.reduce((sum, file) => sum + file.bytes, 0);
    const manifestHash = createHash('sha256').update(content).digest('hex');
    return {
      id,
      state: 'completed',
      format: manifest.eventFormat,
      masking: manifest.masking.profile,
      query: manifest.query,
      createdBy: manifest.createdBy,
      startedAt: at,
      endedAt: at,
      directory,
      result: { directory, events: manifest.count, bytes, manifestHash },
    };
  } catch {
    return undefined;
  }
}
