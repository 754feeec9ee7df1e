/**
 * The thread that keeps the views up to date: the only writer of views.db. Between two batches it answers the few reads that a
 * running message waits for; everyone else reads in a thread that cannot hold these up.
 */
import { parentPort } from 'node:worker_threads';
import { GatewayError, toGatewayError } from '@openclaw-gateway/events/errors';
import { openReadOnly } from '../sqlite/connection.ts';
import { EVENTS_FILE, stateFiles } from '../sqlite/files.ts';
import { LogReader } from '../sqlite/reads.ts';
import { createAnswerer } from '../views/answer.ts';
import { PROJECTIONS } from './index.ts';
import { openViews } from './open-views.ts';
import type { FromProjections, ToProjections } from './protocol.ts';
import { ProjectionRunner } from './runner.ts';

/**
 * While the log is busy a batch begins at most this often, so that a page of the views is written once for many events.
 * After a pause of this length the next event is shown at once.
 */
const BATCH_INTERVAL_MS = 25;

if (!parentPort) throw new TypeError('the projections run in a worker thread');
const port = parentPort;

function start(dir: string): (message: ToProjections) => void {
  const files = stateFiles(dir);
  const events = openReadOnly(files.events, EVENTS_FILE);
  const views = openViews(files.views, events);
  const runner = new ProjectionRunner(new LogReader(events), views, PROJECTIONS);
  const reads = createAnswerer(dir);
  let timer: NodeJS.Timeout | undefined;
  let batchAt = Number.NEGATIVE_INFINITY;

  function schedule(delayMs: number): void {
    timer ??= setTimeout(runBatch, delayMs);
  }

  function runBatch(): void {
    timer = undefined;
    batchAt = performance.now();
    const more = runner.step();
    send({ kind: 'progress', position: runner.position, frontier: runner.frontier, waiting: !more });
    if (more) schedule(0);
  }

  function close(): void {
    clearTimeout(timer);
    reads.close();
    views.close();
    events.close();
    port.close();
  }

  schedule(0);
  return (message) => {
    switch (message.kind) {
      case 'wake':
        return schedule(Math.max(0, batchAt + BATCH_INTERVAL_MS - performance.now()));
      case 'resume':
        return answer(message.id, () => {
          runner.resume(message.name, message.action);
          schedule(0);
        });
      case 'erase':
        return answer(message.id, () => runner.erase(message.erasure));
      case 'read':
        return void reads.answer(message).then(send);
      case 'cancel':
        return reads.cancel(message.id);
      case 'close':
        return close();
    }
  };
}

function answer(id: number, act: () => void): void {
  try {
    act();
    send({ kind: 'answer', id });
  } catch (error) {
    send({ kind: 'answer', id, error: toGatewayError(error).toBody() });
  }
}

function send(message: FromProjections): void {
  port.postMessage(message);
}

port.once('message', (first: ToProjections) => {
  if (first.kind !== 'start') return port.close();
  try {
    const receive = start(first.dir);
    port.on('message', receive);
    send({ kind: 'ready' });
  } catch (error) {
    const details = { cause: error instanceof Error ? error.message : String(error) };
    send({ kind: 'refused', error: new GatewayError('VIEW_UNAVAILABLE', { details }).toBody() });
    port.close();
  }
});
