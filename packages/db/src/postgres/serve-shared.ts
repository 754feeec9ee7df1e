/** Opens the log that lies in PostgreSQL and its copy in the state directory, of which everything here reads, and does what it is told. */
import { mkdirSync } from 'node:fs';
import { GatewayError } from '@openclaw-gateway/events/errors';
import { Checkpointer, LogContradiction } from '../integrity/checkpointer.ts';
import { createSigner, originOf } from '../integrity/note.ts';
import { CheckpointSchedule } from '../integrity/schedule.ts';
import { SubjectKeys } from '../sealing/subject-keys.ts';
import { openWritable } from '../sqlite/connection.ts';
import { DiskGauge } from '../sqlite/disk.ts';
import { EVENTS_FILE, KEYS_FILE, stateFiles } from '../sqlite/files.ts';
import { loadKeys } from '../sqlite/keys.ts';
import { takeLock } from '../sqlite/lock.ts';
import { LogMaintenance } from '../sqlite/maintenance.ts';
import { openError } from '../sqlite/open-error.ts';
import type { FromWriter, SharedWriterOptions, ToWriter } from '../sqlite/protocol.ts';
import { LogWriter } from '../sqlite/writer.ts';
import { connect, databaseError, hangUp, isAnswer, isLost, migrate } from './connection.ts';
import { RemovalCursor } from './removals.ts';
import { SharedKeys } from './shared-keys.ts';
import { shareSecrets } from './shared-secrets.ts';
import { SharedWriter } from './shared-writer.ts';

/** Whom it serves. */
export type WriterPort = {
  readonly postMessage: (message: FromWriter) => void;
  readonly on: (event: 'message', listener: (message: ToWriter) => void) => unknown;
};

/** The truth is in the database: what the power takes from the copy is copied again. */
const COPY_FILE = { ...EVENTS_FILE, synchronous: 'NORMAL' } as const;
const LOW = new GatewayError('DISK_LOW').toBody();

/**
 * Says `ready` or `refused`, serves until it is told to `close`, and says `closed`. Never rejects.
 * @example await serveShared({ dir, diskLowBytes, url }, parentPort)
 */
export async function serveShared(options: SharedWriterOptions, port: WriterPort): Promise<void> {
  try {
    await serve(options, port);
    port.postMessage({ kind: 'closed' });
  } catch (error) {
    port.postMessage({ kind: 'refused', error: (isAnswer(error) || isLost(error) ? databaseError(error) : openError(error)).toBody() });
  }
}

async function serve(options: SharedWriterOptions, port: WriterPort): Promise<void> {
  const { dir, diskLowBytes, url, listenUrl = url, inTurns = false } = options;
  await using stack = new AsyncDisposableStack();
  const files = stateFiles(dir);
  const send = heardOnceReady(port);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  stack.defer(takeLock(files.lock));
  const client = await connect(url, 'writer');
  stack.defer(() => hangUp(client));
  await migrate(client);
  const db = stack.adopt(openWritable(files.events, COPY_FILE), (open) => void open.close());
  const isEmpty = db.prepare('SELECT 1 FROM events LIMIT 1').get() === undefined;
  await shareSecrets(client, files.keys, isEmpty);
  const keys = stack.adopt(new SubjectKeys(files.keys), (open) => open.close());
  // With its check of the master key, which the keys brought.
  await shareSecrets(client, files.keys, isEmpty);
  const cursorDb = stack.adopt(openWritable(files.keys, KEYS_FILE), (open) => void open.close());
  const { gatewayId, pseudonymSecret, checkpointSeed, pushKey } = loadKeys(files.keys);
  const signer = createSigner(originOf(gatewayId), checkpointSeed);
  const disk = new DiskGauge(dir, files.events, diskLowBytes);
  const copy = new LogWriter(db, keys);
  const checkpoints: CheckpointSchedule = new CheckpointSchedule({
    checkpointer: new Checkpointer(db, originOf(gatewayId), signer, COPY_FILE.synchronous),
    head: () => copy.head,
    made: (row) => send({ kind: 'checkpoint', row }),
    failed: (error) => {
      if (error instanceof LogContradiction) send({ kind: 'contradiction', size: error.size });
      else writer.fail(openError(error).toBody());
    },
  });
  const writer = new SharedWriter({
    url,
    listenUrl,
    inTurns,
    copy,
    keys: new SharedKeys(keys),
    cursor: new RemovalCursor(cursorDb),
    maintenance: new LogMaintenance(db, keys),
    refusal: () => (disk.isLow() ? LOW : undefined),
    sizes: () => disk.sizes(),
    send,
    wrote: () => checkpoints.wrote(),
  });
  await writer.start(client);
  send({ kind: 'ready', head: copy.head, gatewayId, pseudonymSecret, pushKey, verifierKey: signer.verifierKey.text, sizes: disk.sizes() });
  checkpoints.wrote();

  const { promise: closed, resolve: close } = Promise.withResolvers<void>();
  port.on('message', (message: ToWriter) => {
    if (message.kind === 'append') writer.append(message.requests);
    else if (message.kind === 'maintain') writer.maintain(message.id, message.task);
    else if (message.kind === 'lead') writer.lead(message.epoch);
    else if (message.kind === 'give_up') writer.giveUp();
    else if (message.kind === 'close') close();
    else {
      checkpoints.finish();
      send({ kind: 'checkpointed' });
    }
  });
  await closed;
  await writer.close();
  checkpoints.finish();
  checkpoints.stop();
}

/** What is said before `ready` is heard by nobody yet: it is said after it. */
function heardOnceReady(port: WriterPort): (message: FromWriter) => void {
  const early: FromWriter[] = [];
  let isReady = false;
  return (message) => {
    if (message.kind === 'ready') isReady = true;
    if (isReady) port.postMessage(message);
    else if (message.kind !== 'results') early.push(message);
    if (message.kind === 'ready') for (const said of early.splice(0)) port.postMessage(said);
  };
}
