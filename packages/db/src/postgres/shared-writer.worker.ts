/** The writer's thread when the log lies in PostgreSQL. */
import { parentPort, workerData } from 'node:worker_threads';
import type { SharedWriterOptions } from '../sqlite/protocol.ts';
import { serveShared } from './serve-shared.ts';

if (!parentPort) throw new TypeError('the writer runs in a worker thread');
await serveShared(workerData as SharedWriterOptions, parentPort);
parentPort.close();
