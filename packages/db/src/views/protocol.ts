import type { ErrorBody } from '@openclaw-gateway/events/errors';
import type { EventLog } from '../log.ts';
import type { ViewQueries } from './queries.ts';

/** What a reader's thread can be asked; the same names and arguments as in the ports. */
export type LogReadName = 'readAll' | 'readStream' | 'readAt';
export type ViewReadName = keyof ViewQueries;
export type ReadName = LogReadName | ViewReadName;

type Reads = Pick<EventLog, LogReadName> & Pick<ViewQueries, ViewReadName>;
export type ReadArguments<Name extends ReadName> = Parameters<Reads[Name]>;
export type ReadResult<Name extends ReadName> = Awaited<ReturnType<Reads[Name]>>;

export type ReadRequest = {
  readonly kind: 'read';
  readonly id: number;
  readonly name: ReadName;
  readonly values: readonly unknown[];
  readonly deadlineAt: number;
};
export type ToReader = ReadRequest | { readonly kind: 'close' };
export type FromReader = { readonly kind: 'reply'; readonly id: number; readonly value?: unknown; readonly error?: ErrorBody };
