/** Catches words.db up with the log in a thread of its own, then ends: as long as it runs it is that file's only writer. */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { openReadOnly, openWritable } from '../sqlite/connection.ts';
import { EVENTS_FILE, stateFiles, VIEWS_FILE } from '../sqlite/files.ts';
import { LogReader } from '../sqlite/reads.ts';
import { yieldToMessages } from '../thread-rank.ts';
import { PROJECTIONS_BY_FILE } from './index.ts';
import { ProjectionRunner } from './runner.ts';

if (!parentPort) throw new TypeError('words are caught up in a worker thread');
const port = parentPort;
yieldToMessages();

const files = stateFiles((workerData as { readonly dir: string }).dir);
const events = openReadOnly(files.events, EVENTS_FILE);
const words = openWritable(files.words, VIEWS_FILE);
const log = new LogReader(events);
const runner = new ProjectionRunner(log, words, PROJECTIONS_BY_FILE.words);
// Any message asks it to end.
while (runner.step() && !receiveMessageOnPort(port)) port.postMessage(runner.position);
words.close();
log.close();
events.close();
port.close();
