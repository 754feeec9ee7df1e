/** Opens a state directory: starts the threads, wires them to each other, and hands out the ports. */
import { createHmac, createSecretKey } from 'node:crypto';
import { statSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { GatewayError } from '@openclaw-gateway/events/errors';
import { checkpointReads, LiveCheckpoints } from './integrity/checkpoints.ts';
import { readVerifierKey } from './integrity/verifier-key.ts';
import { Projections } from './projections/client.ts';
import { Redactor } from './redact/redactor.ts';
import { RetentionClient } from './retention/client.ts';
import { RetentionThread } from './retention/thread.ts';
import { openReadOnly } from './sqlite/connection.ts';
import { EVENTS_FILE, stateFiles } from './sqlite/files.ts';
import { SqliteLog } from './sqlite/log.ts';
import { openError } from './sqlite/open-error.ts';
import type { FromWriter, ToWriter, WriterOptions } from './sqlite/protocol.ts';
import type { ReadOnlyStore, Store } from './store.ts';
import { logReads, pipelineReads, viewQueries } from './views/client.ts';
import { ReadLane, spawnReader } from './views/lane.ts';

const DISK_LOW_BYTES = 512 * 1024 * 1024;
/** A command reads once and has its thread to start first. */
const OFFLINE_TIMEOUT_MS = 15_000;
/** Nobody watches these reads: a message that waits for one must rather be late than fail. */
const PIPELINE_TIMEOUT_MS = 60_000;

export type StoreOptions = {
  /** The state directory; made when it is missing. */
  readonly dir: string;
  /** Texts that must not reach the log; see `Store.setSecrets`. */
  readonly secrets?: readonly string[];
  /** With less free space than this, new messages are refused with `DISK_LOW`. Default 512 MiB. */
  readonly diskLowBytes?: number;
  /** Hears how long each commit of the log took, the sync of the disk included. */
  readonly onCommit?: (durationMs: number) => void;
  /** The log lies there, shared with other instances, and the state directory has a copy of it to read from. */
  readonly database?: SharedDatabase;
};

export type SharedDatabase = {
  /** `postgres://…` */
  readonly url: string;
  /** The same past a pooler that shares connections between transactions, for being told of new events. Default: `url`. */
  readonly listenUrl?: string;
  /** Nothing is stored before `Store.shared.lead` was called. */
  readonly inTurns?: true;
};

/**
 * Opens the store and becomes the state directory's one owner.
 * Rejects with `LOG_LOCKED`, `LOG_TOO_NEW`, `LOG_CORRUPT`, `LOG_NOT_DURABLE`, `LOG_UNAVAILABLE` or `VIEW_UNAVAILABLE`, with a database also with
 * `DATABASE_UNAVAILABLE` and `LOG_MISMATCH`.
 * @example const store = await openStore({ dir: join(stateDir, 'state') })
 */
export async function openStore({ dir, secrets = [], diskLowBytes = DISK_LOW_BYTES, onCommit, database }: StoreOptions): Promise<Store> {
  // All threads load their code at the same time; only then does the writer lock and open the files.
  const writer = startWriter({ dir, diskLowBytes }, database);
  const live = new LiveCheckpoints(() => writer.postMessage({ kind: 'checkpoint' } satisfies ToWriter));
  writer.on('message', (message: FromWriter) => live.receive(message)).on('exit', () => live.end());
  const projections = new Projections(dir);
  const pipelineLane = new ReadLane(projections.reader, PIPELINE_TIMEOUT_MS);
  const viewsLane = new ReadLane(spawnReader('views', dir));
  try {
    const ready = await writerReady(writer);
    await projections.start(ready.head);
    const redactor = new Redactor(secrets);
    const pseudonymKey = createSecretKey(ready.pseudonymSecret);
    const reads = logReads(pipelineLane, viewsLane);
    const checkpoints = checkpointReads(ready.verifierKey, (name, ...values) => viewsLane.read(name, ...values));
    const log = new SqliteLog({ writer, ready, reads, redactor, onHead: (head) => projections.wake(head), ...(onCommit && { onCommit }) });
    const retention = new RetentionClient({
      log,
      eraseViews: (erasure) => projections.erase(erasure),
      steps: () => new RetentionThread(dir),
    });
    let away: GatewayError | undefined;
    writer.on('message', (message: FromWriter) => {
      if (message.kind === 'database') away = message.error && GatewayError.fromBody(message.error);
    });
    const shared = {
      lead: async (epoch: number) => {
        writer.postMessage({ kind: 'lead', epoch } satisfies ToWriter);
        await log.maintain({ name: 'catch_up' });
      },
      away: () => away,
      giveUp: () => writer.postMessage({ kind: 'give_up' } satisfies ToWriter),
    };
    // What another instance took out of the log goes out of what is folded from it here.
    writer.on('message', (message: FromWriter) => {
      if (message.kind !== 'removed') return;
      if (message.positions) void projections.erase({ positions: message.positions });
      if (message.subject !== undefined) retention.eraseViews(message.subject).catch(() => undefined);
    });
    const close = async (): Promise<void> => {
      await retention.close();
      // The one that writes a file closes it last and so moves its write-ahead log into it.
      await Promise.all([pipelineLane.close(), viewsLane.close()]);
      await projections.close();
      await log.close();
    };
    let closed: Promise<void> | undefined;
    return {
      gatewayId: ready.gatewayId,
      pushKey: ready.pushKey,
      log,
      views: viewQueries(viewsLane),
      pipeline: pipelineReads(pipelineLane),
      retention,
      checkpoints: {
        ...checkpoints,
        make: async () => (await live.make()) ?? (await checkpoints.latest()),
        onMade: (listener) => live.onMade(listener),
        onContradiction: (listener) => live.onContradiction(listener),
      },
      measurements: {
        record: (sample) => projections.record(sample),
        history: (query, { signal } = {}) => viewsLane.readUntil(signal, 'history', query),
      },
      waitForViews: (position, timeoutMs) => projections.waitFor(position, timeoutMs),
      projections: () => projections.progress(),
      resumeProjection: (name, action) => projections.resume(name, action),
      pseudonym: (text) => createHmac('sha256', pseudonymKey).update(text).digest(),
      redactor,
      setSecrets: (texts) => redactor.set(texts),
      ...(database && { shared }),
      failed: log.failed,
      close: () => {
        closed ??= close();
        return closed;
      },
    };
  } catch (error) {
    await Promise.all([projections.close(), pipelineLane.close(), viewsLane.close(), endWriter(writer)]);
    throw error;
  }
}

/**
 * Opens the log and views for reading, whether a gateway runs or not. The views show what they showed when a gateway last
 * ran. Rejects with `LOG_UNAVAILABLE` when there is no log, `LOG_TOO_NEW`, `LOG_CORRUPT`.
 */
export async function openStoreReadOnly({ dir }: Pick<StoreOptions, 'dir'>): Promise<ReadOnlyStore> {
  const head = readHead(stateFiles(dir).events);
  const lane = new ReadLane(spawnReader('offline', dir), OFFLINE_TIMEOUT_MS);
  const verifierKey = readVerifierKey(stateFiles(dir).keys);
  return {
    log: { head: () => head, ...logReads(lane, lane) },
    views: viewQueries(lane),
    checkpoints: verifierKey === undefined ? undefined : checkpointReads(verifierKey, (name, ...values) => lane.read(name, ...values)),
    close: () => lane.close(),
  };
}

/** Moves nothing and locks nothing: only looks whether the log is there and readable. */
function readHead(eventsFile: string): number {
  if (!statSync(eventsFile, { throwIfNoEntry: false })) {
    throw new GatewayError('LOG_UNAVAILABLE', { message: 'There is no event log in this state directory.' });
  }
  try {
    const db = openReadOnly(eventsFile, EVENTS_FILE);
    try {
      return db.prepare<[], number>('SELECT coalesce(max(position), 0) FROM events').pluck().get() ?? 0;
    } finally {
      db.close();
    }
  } catch (error) {
    throw openError(error);
  }
}

function startWriter(options: WriterOptions, database: SharedDatabase | undefined): Worker {
  // A batch on its way to PostgreSQL outlives what a small young generation holds.
  const thread = (maxYoungGenerationSizeMb: number) => ({
    name: 'log-writer',
    resourceLimits: { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb },
  });
  return database
    ? new Worker(new URL('./postgres/shared-writer.worker.ts', import.meta.url), { ...thread(24), workerData: { ...options, ...database } })
    : new Worker(new URL('./sqlite/writer.worker.ts', import.meta.url), { ...thread(6), workerData: options });
}

/** One that refused to open the log, or that has no log to write to yet, ends by itself. */
async function endWriter(writer: Worker): Promise<void> {
  if (writer.threadId < 0) return;
  const exited = new Promise((resolve) => writer.once('exit', resolve));
  writer.postMessage({ kind: 'close' } satisfies ToWriter);
  await exited;
}

function writerReady(writer: Worker): Promise<Extract<FromWriter, { kind: 'ready' }>> {
  return new Promise((resolve, reject) => {
    writer.once('message', (message: FromWriter) => {
      if (message.kind === 'ready') resolve(message);
      else reject(message.kind === 'refused' ? GatewayError.fromBody(message.error) : new GatewayError('INTERNAL'));
    });
    writer.once('error', (cause) => reject(new GatewayError('LOG_UNAVAILABLE', { details: { cause: cause.message } })));
  });
}
