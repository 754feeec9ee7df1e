/**
 * The thread that keeps the views up to date: the only writer of views.db, and of words.db unless that is far behind and has a
 * thread of its own. Between two batches it answers the few reads that a running message waits for, and keeps the figures of the
 * process; everyone else reads in a thread that cannot hold these up.
 */
import { parentPort } from 'node:worker_threads';
import { GatewayError, toGatewayError } from '@openclaw-gateway/events/errors';
import type { Sample } from '../measurements/port.ts';
import { MeasurementRing } from '../measurements/ring.ts';
import { openReadOnly } from '../sqlite/connection.ts';
import { EVENTS_FILE, stateFiles } from '../sqlite/files.ts';
import { LogReader } from '../sqlite/reads.ts';
import type { ProjectionProgress } from '../store.ts';
import { createAnswerer } from '../views/answer.ts';
import { PROJECTIONS_BY_FILE } from './index.ts';
import { openViews } from './open-views.ts';
import type { FromProjections, ToProjections } from './protocol.ts';
import { ProjectionRunner } from './runner.ts';
import { ProjectionRunners } from './runners.ts';
import { WordsThread } from './words-thread.ts';

/**
 * While the log is busy a batch begins at most this often, so that a page of the views is written once for many events.
 * After a pause of this length the next event is shown at once.
 */
const BATCH_INTERVAL_MS = 25;
/** Words that lack more events than this get a thread of their own until they have caught up. */
const FAR_BEHIND = 20_000;

if (!parentPort) throw new TypeError('the projections run in a worker thread');
const port = parentPort;

function start(dir: string): (message: ToProjections) => void {
  const files = stateFiles(dir);
  const events = openReadOnly(files.events, EVENTS_FILE);
  const views = openViews(files.views, events);
  const words = openViews(files.words, events);
  const log = new LogReader(events);
  const viewsRunner = new ProjectionRunner(log, views, PROJECTIONS_BY_FILE.views);
  const { runner: whole, wordsAt } = withWords();
  let runner = whole;
  let wordsThread = log.head() - wordsAt > FAR_BEHIND ? catchUpWords() : undefined;
  const reads = createAnswerer(dir);
  const ring = new MeasurementRing(files.measurements);
  let timer: NodeJS.Timeout | undefined;
  let batchAt = Number.NEGATIVE_INFINITY;

  function schedule(delayMs: number): void {
    timer ??= setTimeout(runBatch, delayMs);
  }

  function runBatch(): void {
    timer = undefined;
    batchAt = performance.now();
    const more = runner.step();
    const position = Math.min(runner.position, wordsThread?.position ?? Number.POSITIVE_INFINITY);
    send({ kind: 'progress', position, frontier: runner.frontier, waiting: !more, projections: [...runner.progress, ...wordsProgress()] });
    if (more) schedule(0);
  }

  /** While the words have a thread of their own. */
  function wordsProgress(): readonly ProjectionProgress[] {
    if (!wordsThread) return [];
    const { position } = wordsThread;
    return PROJECTIONS_BY_FILE.words.map(({ name }) => ({ name, position, stopped: false }));
  }

  function withWords(): { runner: ProjectionRunners; wordsAt: number } {
    const wordsRunner = new ProjectionRunner(log, words, PROJECTIONS_BY_FILE.words);
    return { runner: new ProjectionRunners([viewsRunner, wordsRunner]), wordsAt: wordsRunner.position };
  }

  function catchUpWords(): WordsThread {
    runner = new ProjectionRunners([viewsRunner]);
    const thread = new WordsThread(dir, wordsAt);
    void thread.ended.then(() => {
      wordsThread = undefined;
      runner = withWords().runner;
      schedule(0);
    });
    return thread;
  }

  /** Does what concerns the words too, which only one thread may write. */
  async function answer(id: number, act: () => void): Promise<void> {
    try {
      await wordsThread?.end();
      act();
      send({ kind: 'answer', id });
    } catch (error) {
      send({ kind: 'answer', id, error: toGatewayError(error).toBody() });
    }
  }

  function record(id: number, sample: Sample): void {
    try {
      send({ kind: 'answer', id, value: ring.record(sample) });
    } catch (error) {
      const details = { cause: error instanceof Error ? error.message : String(error) };
      send({ kind: 'answer', id, error: new GatewayError('VIEW_UNAVAILABLE', { details }).toBody() });
    }
  }

  async function close(): Promise<void> {
    await wordsThread?.end();
    clearTimeout(timer);
    ring.close();
    reads.close();
    views.close();
    words.close();
    log.close();
    events.close();
    port.close();
  }

  schedule(0);
  return (message) => {
    switch (message.kind) {
      case 'wake':
        return schedule(Math.max(0, batchAt + BATCH_INTERVAL_MS - performance.now()));
      case 'resume':
        return void answer(message.id, () => {
          runner.resume(message.name, message.action);
          schedule(0);
        });
      case 'erase':
        return void answer(message.id, () => runner.erase(message.erasure));
      case 'record':
        return record(message.id, message.sample);
      case 'read':
        return void reads.answer(message).then(send);
      case 'cancel':
        return reads.cancel(message.id);
      case 'close':
        return void close();
    }
  };
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
