import { z } from 'zod';
import type { NewEvent, StoredEvent } from './envelope.ts';
import { newId } from './ids.ts';

/**
 * How long an event's data is kept: `audit` for ever, `content` by the configured history, `debug` a fortnight.
 * Position, type, time, metadata and hashes stay in every class.
 */
export type Retention = 'audit' | 'content' | 'debug';
export type Severity = 'debug' | 'info' | 'warn' | 'error';

export type EventDefinition<T extends string = string, S extends z.ZodType = z.ZodType> = {
  readonly type: T;
  /** The newest schema version; older ones are upcast on reading. */
  readonly version: number;
  readonly schema: S;
  readonly retention: Retention;
  readonly severity: Severity;
  /** `upcast[n]` turns data of version n into version n + 1. */
  readonly upcast: Readonly<Record<number, (data: never) => unknown>>;
  /** One sentence of at most 200 characters about an event, for the dashboard and the command line. */
  readonly summary: (data: z.output<S>) => string;
  /** What the event means, for the reference. */
  readonly description: string;
  /** A new event of this type; throws `ZodError` when the data does not fit. */
  readonly create: (data: z.input<S>) => NewEvent<T, z.output<S>>;
  /** Narrows a stored event to this type. */
  readonly is: (event: StoredEvent) => event is StoredEvent<T, z.output<S>>;
};

/** The data of an event definition. @example type Received = DataOf<typeof MessageReceived> */
export type DataOf<E> = E extends EventDefinition<string, infer S> ? z.output<S> : never;

type Options<S extends z.ZodType> = {
  readonly version: number;
  readonly schema: S;
  readonly description: string;
  readonly summary: (data: z.output<S>) => string;
  readonly retention: Retention;
  readonly severity?: Severity;
  readonly upcast?: Readonly<Record<number, (data: never) => unknown>>;
};

/**
 * Declares an event once: its name, schema, versions, sentence and retention.
 * @example
 * const GatewayStopped = defineEvent('gateway.stopped', {
 *   version: 1,
 *   description: 'The gateway stopped in good order.',
 *   schema: z.object({ reason: z.string() }),
 *   summary: (d) => `Gateway stopped: ${d.reason}`,
 *   retention: 'audit',
 * });
 */
export function defineEvent<T extends string, S extends z.ZodType>(type: T, options: Options<S>): EventDefinition<T, S> {
  const { version, schema } = options;
  for (let from = 1; from < version; from++) {
    if (!options.upcast?.[from]) throw new TypeError(`${type} is at version ${version} but has no upcast from ${from}`);
  }
  return {
    type,
    version,
    schema,
    description: options.description,
    retention: options.retention,
    severity: options.severity ?? 'info',
    upcast: options.upcast ?? {},
    summary: (data) => shorten(options.summary(data), 200),
    create: (data) => ({ id: newId('event'), type, schemaVersion: version, data: schema.parse(data) }),
    is: (event): event is StoredEvent<T, z.output<S>> => event.type === type,
  };
}

export type AggregateDefinition<State = unknown> = {
  readonly name: string;
  readonly events: readonly EventDefinition[];
  /** A fresh state, to which nothing has happened yet. */
  readonly initial: () => State;
  /**
   * The state after one more event. The fold owns its state and may change it in place; nothing but state and event
   * may decide the outcome. An event it does not know leaves the state as it is.
   */
  readonly evolve: (state: State, event: StoredEvent) => State;
};

/** The state after these events. @example fold(Session, events).transcript */
export function fold<State>(aggregate: AggregateDefinition<State>, events: Iterable<StoredEvent>): State {
  let state = aggregate.initial();
  for (const event of events) state = aggregate.evolve(state, event);
  return state;
}

/** Declares an aggregate: its events and the fold that gives its state. */
export function defineAggregate<State>(definition: AggregateDefinition<State>): AggregateDefinition<State> {
  for (const event of definition.events) {
    if (!/^[a-z]+\.[a-z_]+$/.test(event.type)) throw new TypeError(`event type ${event.type} is not aggregate.fact`);
  }
  return definition;
}

/** What is read in place of a text whose person was erased, or whose time was over. */
export const ERASED_TEXT = '[erased]';

/** Marks a field that identifies a person or holds what a person wrote. */
export function pii<S extends z.ZodType>(schema: S): S {
  return schema.meta({ pii: true }) as S;
}

/** The paths of the fields marked with `pii`, for sealing, masking and the reference. @example piiPaths(s) // ['sender.id', 'text'] */
export function piiPaths(schema: z.ZodType, at = ''): string[] {
  if (schema.meta()?.['pii'] === true) return [at];
  const inner = unwrap(schema);
  if (inner !== schema) return piiPaths(inner, at);
  if (inner instanceof z.ZodObject) {
    return Object.entries(inner.shape).flatMap(([key, field]) => piiPaths(field as z.ZodType, at ? `${at}.${key}` : key));
  }
  if (inner instanceof z.ZodArray) return piiPaths(inner.element as z.ZodType, `${at}[]`);
  return [];
}

function unwrap(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault)
    return schema.unwrap() as z.ZodType;
  return schema;
}

/** The text cut to `max` characters, on one line, with an ellipsis where something was cut. */
export function shorten(text: string, max: number): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= max ? line : `${line.slice(0, max - 1)}…`;
}
