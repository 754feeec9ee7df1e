/** The thread that looks for what is due and writes segments. It lives only as long as there is something to do. */
import { statSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { openReadOnly } from '../sqlite/connection.ts';
import { EVENTS_FILE, KEYS_FILE, stateFiles } from '../sqlite/files.ts';
import { openError } from '../sqlite/open-error.ts';
import { yieldToMessages } from '../thread-rank.ts';
import { RetentionOperations } from './operations.ts';
import type { FromRetention, RetentionSteps, ToRetention } from './protocol.ts';

if (!parentPort) throw new TypeError('retention runs in a worker thread');
const port = parentPort;
yieldToMessages();
const files = stateFiles((workerData as { readonly dir: string }).dir);
const events = openReadOnly(files.events, EVENTS_FILE);
const keys = statSync(files.keys, { throwIfNoEntry: false }) && openReadOnly(files.keys, KEYS_FILE);
const operations = new RetentionOperations(events, files.segments);

const steps: RetentionSteps = {
  trace: (...values) => operations.trace(...values),
  hasKey: (subject) => operations.hasKey(keys, subject),
  due: (...values) => operations.due(...values),
  nextSegment: (...values) => operations.nextSegment(...values),
  segments: (...values) => operations.segments(...values),
  expireSegment: (...values) => operations.expireSegment(...values),
  removeStrays: () => operations.removeStrays(),
};

port.on('message', (message: ToRetention) => {
  if (message === 'close') return close();
  const { id, name, values } = message;
  try {
    const step = steps[name] as (...values: readonly unknown[]) => unknown;
    send({ id, value: step(...values) });
  } catch (error) {
    send({ id, error: openError(error).toBody() });
  }
});

function close(): void {
  events.close();
  keys?.close();
  port.close();
}

function send(message: FromRetention): void {
  port.postMessage(message);
}
