import type { ErrorBody } from '@openclaw-gateway/events/errors';
import type { IntegrityReadName, IntegrityReads } from '../integrity/reads.ts';
import type { EventLog } from '../log.ts';
import type { Measurements } from '../measurements/port.ts';
import type { ViewQueries } from './queries.ts';

/** What a reader's thread can be asked; the same names and arguments as in the ports. */
export type LogReadName = 'readAll' | 'readStream' | 'readAt';
export type ViewReadName = keyof ViewQueries;
export type ReadName = LogReadName | IntegrityReadName | 'history' | ViewReadName;

type Reads = Pick<EventLog, LogReadName> & IntegrityReads & Pick<Measurements, 'history'> & Pick<ViewQueries, ViewReadName>;
export type ReadArguments<Name extends ReadName> = Parameters<Reads[Name]>;
export type ReadResult<Name extends ReadName> = Awaited<ReturnType<Reads[Name]>>;

export type ReadRequest = {
  readonly kind: 'read';
  readonly id: number;
  readonly name: ReadName;
  readonly values: readonly unknown[];
  readonly deadlineAt: number;
};
/** Nobody waits for this read any more. */
export type CancelRead = { readonly kind: 'cancel'; readonly id: number };
export type ToReader = ReadRequest | CancelRead | { readonly kind: 'close' };
export type FromReader = { readonly kind: 'reply'; readonly id: number; readonly value?: unknown; readonly error?: ErrorBody };
