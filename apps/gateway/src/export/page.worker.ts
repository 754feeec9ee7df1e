/** A thread that writes pages of an export, one after the other as they are asked for. */
import { parentPort, workerData } from 'node:worker_threads';
import type { PagePlan } from '@openclaw-gateway/db/export/reader';
import { yieldToMessages } from '@openclaw-gateway/db/thread-rank';
import { type ErrorBody, GatewayError, toGatewayError } from '@openclaw-gateway/events';
import { type PageRequest, PageWriter, type WrittenPage } from './page.ts';

export type ToPages =
  | { readonly kind: 'write'; readonly plan: PagePlan; readonly memory: ArrayBuffer; readonly gently: boolean }
  | { readonly kind: 'close' };
/** Answers come in the order of the questions. */
export type FromPages = { readonly kind: 'written'; readonly page: WrittenPage } | { readonly kind: 'failed'; readonly error: ErrorBody };

if (!parentPort) throw new TypeError('pages of an export are written in a worker thread');
const port = parentPort;
yieldToMessages();
let writer: PageWriter | undefined;

port.on('message', (message: ToPages) => {
  if (message.kind === 'close') {
    writer?.close();
    port.close();
    return;
  }
  try {
    writer ??= new PageWriter(workerData as PageRequest);
    const page = writer.write(message.plan, message.memory, message.gently);
    port.postMessage({ kind: 'written', page } satisfies FromPages, [page.bytes.buffer]);
  } catch (error) {
    port.postMessage({ kind: 'failed', error: bodyOf(error) } satisfies FromPages);
  }
});

/** Here nobody but the gateway's owner reads it: an error that no one expected keeps its words. */
function bodyOf(error: unknown): ErrorBody {
  const body = toGatewayError(error).toBody();
  return error instanceof Error && !(error instanceof GatewayError) ? { ...body, message: error.message } : body;
}
