/** A thread that reads for everyone who looks at the log and the views, so that no dashboard can hold up anything else. */
import { parentPort, workerData } from 'node:worker_threads';
import { yieldToMessages } from '../thread-rank.ts';
import { createAnswerer } from './answer.ts';
import type { ToReader } from './protocol.ts';

if (!parentPort) throw new TypeError('a reader runs in a worker thread');
const port = parentPort;
yieldToMessages();
const { answer, cancel, close } = createAnswerer((workerData as { dir: string }).dir);

port.on('message', async (message: ToReader) => {
  if (message.kind === 'read') return port.postMessage(await answer(message));
  if (message.kind === 'cancel') return cancel(message.id);
  close();
  port.close();
});
