/**
 * A thread that reads. There are two: one for what a running message waits for, one for everything a person looks at,
 * so that no dashboard can hold a message up.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { GatewayError } from '@openclaw-gateway/events/errors';
import { openReadOnly } from '../sqlite/connection.ts';
import { EVENTS_FILE, stateFiles, VIEWS_FILE } from '../sqlite/files.ts';
import { openError } from '../sqlite/open-error.ts';
import { LogReader } from '../sqlite/reads.ts';
import { PipelineReader } from './pipeline-reads.ts';
import type { FromReader, LogReadName, ReadArguments, ReadName, ReadResult, ToReader, ViewReadName } from './protocol.ts';
import type { ViewReader } from './view-reads.ts';

if (!parentPort) throw new TypeError('a reader runs in a worker thread');
const port = parentPort;
const files = stateFiles((workerData as { dir: string }).dir);

// Each file is opened when it is first read: the thread starts before the files are there.
const log = once(() => {
  const events = openReadOnly(files.events, EVENTS_FILE);
  return { events, reader: new LogReader(events) };
});
const pipeline = once(() => {
  const views = openReadOnly(files.views, VIEWS_FILE);
  return { views, reader: new PipelineReader(log().reader, views) };
});
// What only the dashboard asks is loaded when it is first asked.
let views: Promise<ViewReader> | undefined;

type LogReads = { readonly [Name in LogReadName]: (values: ReadArguments<Name>) => ReadResult<Name> };
type PipelineName = 'sessionState' | 'message' | 'messageByRequestId' | 'unsettledSessions';
type PipelineReads = { readonly [Name in PipelineName]: (values: ReadArguments<Name>, deadlineAt: number) => ReadResult<Name> };

const logReads: LogReads = {
  readAll: (values) => log().reader.readAll(...values),
  readStream: (values) => log().reader.readStream(...values),
  readAt: (values) => log().reader.readAt(...values),
};

const pipelineReads: PipelineReads = {
  sessionState: ([sessionId, toPosition], deadlineAt) => pipeline().reader.sessionState(sessionId, toPosition, deadlineAt),
  message: (values) => pipeline().reader.message(...values),
  messageByRequestId: (values) => pipeline().reader.messageByRequestId(...values),
  unsettledSessions: (values) => pipeline().reader.unsettledSessions(...values),
};

async function read(name: ReadName, values: readonly unknown[], deadlineAt: number): Promise<unknown> {
  if (Date.now() > deadlineAt) throw new GatewayError('DEADLINE_EXCEEDED');
  if (name in logReads) return logReads[name as 'readAll'](values as ReadArguments<'readAll'>);
  if (name in pipelineReads) return pipelineReads[name as 'message'](values as ReadArguments<'message'>, deadlineAt);
  views ??= openViewReader().catch((error: unknown) => {
    views = undefined;
    throw error;
  });
  const reader = await views;
  const method = reader[name as Exclude<ViewReadName, PipelineName>] as (...values: readonly unknown[]) => unknown;
  return method.apply(reader, values as unknown[]);
}

async function openViewReader(): Promise<ViewReader> {
  const { ViewReader: Reader } = await import('./view-reads.ts');
  return new Reader(log().events, pipeline().views, log().reader, pipeline().reader);
}

function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function toBody(name: ReadName, error: unknown): GatewayError {
  if (error instanceof GatewayError) return error;
  if (name in logReads) return openError(error);
  return new GatewayError('VIEW_UNAVAILABLE', { details: { cause: error instanceof Error ? error.message : String(error) } });
}

async function receive(message: ToReader): Promise<void> {
  if (message.kind === 'close') return port.close();
  const { id, name, values, deadlineAt } = message;
  let reply: FromReader;
  try {
    reply = { id, value: await read(name, values, deadlineAt) };
  } catch (error) {
    reply = { id, error: toBody(name, error).toBody() };
  }
  port.postMessage(reply);
}

port.on('message', (message: ToReader) => void receive(message));
