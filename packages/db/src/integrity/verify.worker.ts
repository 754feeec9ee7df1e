/** A thread that checks a log, so that nothing else waits for it. */
import { readFileSync } from 'node:fs';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { GatewayError } from '@openclaw-gateway/events/errors';
import { openReadOnly } from '../sqlite/connection.ts';
import { EVENTS_FILE, stateFiles } from '../sqlite/files.ts';
import { openError } from '../sqlite/open-error.ts';
import { yieldToMessages } from '../thread-rank.ts';
import { readVerified } from './memory.ts';
import { findCheckpoints, parseVerifierKey, type VerifierKey } from './note.ts';
import type { Found } from './verdict.ts';
import { readVerifierKey } from './verifier-key.ts';
import { type Part, Verification } from './verify.ts';
import type { FromVerifier, VerifierOrder } from './verify-log.ts';

const PROGRESS_MS = 100;

if (!parentPort) throw new TypeError('a log is checked in a worker thread');
const port = parentPort;
yieldToMessages();

function send(message: FromVerifier): void {
  port.postMessage(message);
}

function verify({ request, ...order }: VerifierOrder): Found {
  const files = stateFiles(request.dir);
  const db = openReadOnly(files.events, EVENTS_FILE);
  try {
    const earlier = request.from === undefined ? readVerified(request.dir) : undefined;
    const verification = new Verification(db, {
      ...(request.from !== undefined && { from: request.from }),
      ...(request.to !== undefined && { to: request.to }),
      ...(earlier && { earlier }),
      ...('part' in order && { after: order.part.after }),
      ...(request.witnessFile !== undefined && { witness: findCheckpoints(readWitness(request.witnessFile)) }),
      keys: trustedKeys(request.verifierKeys, files.keys),
      segmentsDir: files.segments,
    });
    if ('part' in order) return follow(verification, order.part);
    const parts = verification.parts(order.mostParts);
    send({ kind: 'parts', parts });
    return follow(verification, parts[0]);
  } finally {
    db.close();
  }
}

/** Says how far it came, ten times a second at most, and stops when it is told to. */
function follow(verification: Verification, part: Part | undefined): Found {
  const run = verification.run(part);
  let saidAt = 0;
  for (let step = run.next(); ; step = run.next()) {
    if (step.done) return step.value;
    if (performance.now() - saidAt < PROGRESS_MS) continue;
    saidAt = performance.now();
    send({ kind: 'progress', position: step.value });
    if (receiveMessageOnPort(port)) throw new GatewayError('QUERY_CANCELLED');
  }
}

function trustedKeys(given: readonly string[] | undefined, keysFile: string): VerifierKey[] {
  const texts = given ?? [readVerifierKey(keysFile)].filter((key) => key !== undefined);
  return texts.map((text) => {
    const key = parseVerifierKey(text);
    if (!key) throw new GatewayError('BAD_REQUEST', { message: `"${text}" is not a verifier key: expected name+id+base64.` });
    return key;
  });
}

function readWitness(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    throw new GatewayError('BAD_REQUEST', { message: `The witness cannot be read: ${cause}` });
  }
}

try {
  send({ kind: 'found', found: verify(workerData as VerifierOrder) });
} catch (error) {
  send({ kind: 'failed', error: (error instanceof GatewayError ? error : openError(error)).toBody() });
}
port.close();
