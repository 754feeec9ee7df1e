/** Answers reads in the thread it is made in. Each file is opened when it is first read, and what only the dashboard asks is loaded when it is first asked. */
import { GatewayError } from '@openclaw-gateway/events/errors';
import { IntegrityReader, type IntegrityReadName } from '../integrity/reads.ts';
import type { MeasurementQuery } from '../measurements/port.ts';
import { openViewsReadOnly } from '../projections/open-views.ts';
import { type Connection, openReadOnly } from '../sqlite/connection.ts';
import { EVENTS_FILE, stateFiles } from '../sqlite/files.ts';
import { openError } from '../sqlite/open-error.ts';
import { LogReader } from '../sqlite/reads.ts';
import { PipelineReader } from './pipeline-reads.ts';
import type { FromReader, LogReadName, ReadArguments, ReadRequest, ReadResult, ViewReadName } from './protocol.ts';
import type { ReadControl, ViewReader } from './view-reads.ts';

type LogReads = { readonly [Name in LogReadName]: (values: ReadArguments<Name>) => ReadResult<Name> };
type PipelineName = 'sessionState' | 'message' | 'messageByRequestId' | 'unsettledSessions';
type PipelineReads = { readonly [Name in PipelineName]: (values: ReadArguments<Name>, deadlineAt: number) => ReadResult<Name> };

export type Answerer = {
  readonly answer: (request: ReadRequest) => Promise<FromReader>;
  /** Ends a read that is under way; one that has been answered is left alone. */
  readonly cancel: (id: number) => void;
  readonly close: () => void;
};

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
    const views = keep(openViewsReadOnly(files));
    return { views, reader: new PipelineReader(log().reader, views) };
  });
  const integrity = once(() => new IntegrityReader(log().events));
  let views: Promise<ViewReader> | undefined;
  const underWay = new Map<number, AbortController>();

  const logReads: LogReads = {
    readAll: (values) => log().reader.readAll(...values),
    readStream: (values) => log().reader.readStream(...values),
    readAt: (values) => log().reader.readAt(...values),
  };

  const integrityReads: { readonly [Name in IntegrityReadName]: (values: ReadArguments<Name>) => ReadResult<Name> } = {
    checkpointRows: (values) => integrity().checkpointRows(...values),
    eventProof: (values) => integrity().eventProof(...values),
    consistencyProof: (values) => integrity().consistencyProof(...values),
  };

  const pipelineReads: PipelineReads = {
    sessionState: ([sessionId, toPosition], deadlineAt) => pipeline().reader.sessionState(sessionId, toPosition, deadlineAt),
    message: (values) => pipeline().reader.message(...values),
    messageByRequestId: (values) => pipeline().reader.messageByRequestId(...values),
    unsettledSessions: (values) => pipeline().reader.unsettledSessions(...values),
  };

  async function read({ name, values, deadlineAt }: ReadRequest, signal: AbortSignal): Promise<unknown> {
    if (Date.now() > deadlineAt) throw new GatewayError('DEADLINE_EXCEEDED');
    if (name in logReads) return logReads[name as 'readAll'](values as ReadArguments<'readAll'>);
    if (name in integrityReads) return integrityReads[name as 'checkpointRows'](values as ReadArguments<'checkpointRows'>);
    if (name in pipelineReads) return pipelineReads[name as 'message'](values as ReadArguments<'message'>, deadlineAt);
    if (name === 'history') {
      const { readHistory } = await import('../measurements/history.ts');
      return readHistory(files.measurements, values[0] as MeasurementQuery, { deadlineAt, signal });
    }
    views ??= openViewReader().catch((error: unknown) => {
      views = undefined;
      throw error;
    });
    const reader = await views;
    const method = reader[name as Exclude<ViewReadName, PipelineName>] as (...values: readonly unknown[]) => unknown;
    return method.apply(reader, [...values, { deadlineAt, signal } satisfies ReadControl]);
  }

  async function openViewReader(): Promise<ViewReader> {
    const { ViewReader: Reader } = await import('./view-reads.ts');
    return new Reader(log().events, pipeline().views, log().reader, pipeline().reader);
  }

  async function answer(request: ReadRequest): Promise<FromReader> {
    const { id, name } = request;
    const gone = new AbortController();
    underWay.set(id, gone);
    try {
      return { kind: 'reply', id, value: await read(request, gone.signal) };
    } catch (error) {
      return { kind: 'reply', id, error: toGatewayError(error, name in logReads || name in integrityReads).toBody() };
    } finally {
      underWay.delete(id);
    }
  }

  return {
    answer,
    cancel: (id) => underWay.get(id)?.abort(),
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
