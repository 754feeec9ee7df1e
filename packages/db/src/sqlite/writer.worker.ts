/**
 * The thread that owns the only write connection of the log. It takes everything that waits into one transaction,
 * so the batch is as large as the disk is slow; there is no timer. Nothing heavy may be imported here.
 */
import { mkdirSync } from 'node:fs';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { type ErrorBody, GatewayError } from '@openclaw-gateway/events/errors';
import { Checkpointer, LogContradiction } from '../integrity/checkpointer.ts';
import { createSigner, originOf } from '../integrity/note.ts';
import { CheckpointSchedule } from '../integrity/schedule.ts';
import { SubjectKeys } from '../sealing/subject-keys.ts';
import { batches, bringsMessage } from './batches.ts';
import { type Connection, openWritable } from './connection.ts';
import { DiskGauge } from './disk.ts';
import { EVENTS_FILE, stateFiles } from './files.ts';
import { loadKeys, movedTo } from './keys.ts';
import { takeLock } from './lock.ts';
import { LogMaintenance } from './maintenance.ts';
import { openError } from './open-error.ts';
import type { FromWriter, MaintenanceTask, ToWriter, WireRequest, WireResult, WriterOptions } from './protocol.ts';
import { LogWriter } from './writer.ts';

const MAX_EVENTS = 1000;

if (!parentPort) throw new TypeError('the writer runs in a worker thread');
const port = parentPort;
const options = workerData as WriterOptions;
const files = stateFiles(options.dir);

type Open = {
  readonly db: Connection;
  readonly keys: SubjectKeys;
  readonly writer: LogWriter;
  readonly checkpointer: Checkpointer;
  readonly disk: DiskGauge;
  readonly unlock: () => void;
};

function open(): Open {
  mkdirSync(options.dir, { recursive: true, mode: 0o700 });
  const unlock = takeLock(files.lock);
  try {
    const { gatewayId, pseudonymSecret, checkpointSeed, pushKey } = loadKeys(files.keys);
    const to = movedTo(files.keys);
    if (to !== undefined) throw new GatewayError('LOG_MOVED', { details: { to } });
    const signer = createSigner(originOf(gatewayId), checkpointSeed);
    const db = openWritable(files.events, EVENTS_FILE);
    const subjectKeys = new SubjectKeys(files.keys);
    const writer = new LogWriter(db, subjectKeys);
    const disk = new DiskGauge(options.dir, files.events, options.diskLowBytes);
    const checkpointer = new Checkpointer(db, originOf(gatewayId), signer);
    const verifierKey = signer.verifierKey.text;
    send({ kind: 'ready', head: writer.head, gatewayId, pseudonymSecret, pushKey, verifierKey, sizes: disk.sizes() });
    return { db, keys: subjectKeys, writer, checkpointer, disk, unlock };
  } catch (error) {
    unlock();
    throw error;
  }
}

function serve({ db, keys, writer, checkpointer, disk, unlock }: Open): void {
  const maintenance = new LogMaintenance(db, keys);
  const checkpoints = new CheckpointSchedule({
    checkpointer,
    head: () => writer.head,
    made: (row) => send({ kind: 'checkpoint', row }),
    failed: (error) => {
      if (error instanceof LogContradiction) send({ kind: 'contradiction', size: error.size });
      else fail(error);
    },
  });
  let failure: ErrorBody | undefined;

  function drain(first: ToWriter): void {
    const waiting: WireRequest[] = [];
    const tasks: (readonly [id: number, task: MaintenanceTask])[] = [];
    let closing = false;
    let asked = 0;
    for (let message: ToWriter | undefined = first; message; message = receive()) {
      if (message.kind === 'close') closing = true;
      else if (message.kind === 'checkpoint') asked += 1;
      else if (message.kind === 'maintain') tasks.push([message.id, message.task]);
      else if (message.kind === 'append') waiting.push(...message.requests);
    }
    for (const batch of batches(waiting, MAX_EVENTS)) answer(batch);
    for (const [id, task] of tasks) maintain(id, task);
    if (failure) checkpoints.stop();
    if (asked > 0 || closing) checkpoints.finish();
    else checkpoints.wrote();
    for (; asked > 0; asked -= 1) send({ kind: 'checkpointed' });
    if (closing) close();
  }

  function answer(batch: readonly WireRequest[]): void {
    const refusal = failure ?? (disk.isLow() ? LOW : undefined);
    const refused = refusal ? batch.filter((request) => failure || bringsMessage(request)) : [];
    const results: (readonly [number, WireResult])[] = refusal
      ? refused.map((request) => [request.id, { kind: 'failed', error: refusal }])
      : [];
    const taken = refused.length === 0 ? batch : batch.filter((request) => !refused.includes(request));
    if (taken.length > 0) results.push(...append(taken));
    const commitMs = writer.takeCommitMs();
    send({
      kind: 'results',
      head: writer.head,
      results,
      sizes: disk.sizes(),
      ...(commitMs !== undefined && { commitMs }),
      ...(failure && { failure }),
    });
  }

  /** After an I/O error nothing is written any more: what is durable is known only by reading the file again. */
  function append(batch: readonly WireRequest[]): (readonly [number, WireResult])[] {
    try {
      return writer.append(batch);
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
      const body = new GatewayError('LOG_UNAVAILABLE', { details: { cause } }).toBody();
      failure = body;
      return batch.map((request) => [request.id, { kind: 'failed', error: body }]);
    }
  }

  function maintain(id: number, task: MaintenanceTask): void {
    try {
      if (failure) throw GatewayError.fromBody(failure);
      send({ kind: 'maintained', id, value: maintenance.run(task) });
    } catch (error) {
      send({ kind: 'maintained', id, error: openError(error).toBody() });
    }
  }

  /** What was not acknowledged must not be taken for stored: nothing is written any more. */
  function fail(error: Error): void {
    failure = new GatewayError('LOG_UNAVAILABLE', { details: { cause: error.message } }).toBody();
    send({ kind: 'results', head: writer.head, results: [], sizes: disk.sizes(), failure });
  }

  function close(): void {
    checkpoints.stop();
    keys.close();
    db.close();
    unlock();
    send({ kind: 'closed' });
    port.close();
  }

  port.on('message', drain);
  checkpoints.wrote();
}

const LOW = new GatewayError('DISK_LOW').toBody();

function receive(): ToWriter | undefined {
  return receiveMessageOnPort(port)?.message as ToWriter | undefined;
}

function send(message: FromWriter): void {
  port.postMessage(message);
}

try {
  serve(open());
} catch (error) {
  send({ kind: 'refused', error: openError(error).toBody() });
}
