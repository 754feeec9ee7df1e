/** Answers reads in the thread it is made in. Each file is opened when it is first read, and what only the dashboard asks is loaded when it is first asked. */
import { GatewayError } from '@openclaw-gateway/events/errors';
import { type Connection, openReadOnly } from '../sqlite/connection.ts';
import { EVENTS_FILE, stateFiles, VIEWS_FILE } from '../sqlite/files.ts';
import { openError } from '../sqlite/open-error.ts';
import { LogReader } from '../sqlite/reads.ts';
import { PipelineReader } from './pipeline-reads.ts';
import type { FromReader, LogReadName, ReadArguments, ReadName, ReadRequest, ReadResult, ViewReadName } from './protocol.ts';
import type { ViewReader } from './view-reads.ts';

type LogReads = { readonly [Name in LogReadName]: (values: ReadArguments<Name>) => ReadResult<Name> };
type PipelineName = 'sessionState' | 'message' | 'messageByRequestId' | 'unsettledSessions';
type PipelineReads = { readonly [Name in PipelineName]: (values: ReadArguments<Name>, deadlineAt: number) => ReadResult<Name> };

export type Answerer = { readonly answer: (request: ReadRequest) => Promise<FromReader>; readonly close: () => void };

/** Answers reads over the files of a state directory. */
export function createAnswerer(dir: string): Answerer {
  const files = stateFiles(dir);
  const open: Connection[] = [];
  const keep = (connection: Connection): Connection => {
    open.push(connection);
    return connection;
  };
  const log = once(() => {
    const events = keep(openReadOnly(files.events, EVENTS_FILE));
    return { events, reader: new LogReader(events) };
  });
  const pipeline = once(() => {
    const views = keep(openReadOnly(files.views, VIEWS_FILE));
    return { views, reader: new PipelineReader(log().reader, views) };
  });
  let views: Promise<ViewReader> | undefined;

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

  async function answer({ id, name, values, deadlineAt }: ReadRequest): Promise<FromReader> {
    try {
      return { kind: 'reply', id, value: await read(name, values, deadlineAt) };
    } catch (error) {
      return { kind: 'reply', id, error: toGatewayError(error, name in logReads).toBody() };
    }
  }

  return {
    answer,
    close: () => {
      for (const connection of open) connection.close();
    },
  };
}

function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function toGatewayError(error: unknown, ofLog: boolean): GatewayError {
  if (error instanceof GatewayError) return error;
  if (ofLog) return openError(error);
  return new GatewayError('VIEW_UNAVAILABLE', { details: { cause: error instanceof Error ? error.message : String(error) } });
}
