/** The clauses that ask a ready-made question: `has:`, `is:`, `in:`, `id:` and `near:`, each for one of its values. */
import { eventDefinition } from '@openclaw-gateway/events/catalog/index';
import { TERMINAL_MESSAGE_EVENTS } from '@openclaw-gateway/events/catalog/message';
import type { GatewayError } from '@openclaw-gateway/events/errors';
import { isId, timeOfId } from '@openclaw-gateway/events/ids';
import type { Literal, Span } from './ast.ts';
import { any, type Condition, every, type MetadataName } from './condition.ts';
import { typesWithPath, valuesAt } from './data-paths.ts';
import { suggestion } from './error.ts';
import { FIELDS, type FieldSpec } from './fields.ts';
import { typesWhere, typesWithAnyPath } from './type-sets.ts';

const NEIGHBOURS = 50;
const MAX_NEIGHBOURS = 10_000;
/** A clock may be set back between the making of an event and its time. */
const MADE_AFTER_MS = 60_000;
/** What waits for the database to come back is stored late. */
const STORED_WITHIN_MS = 3_600_000;
const PLACES = ['session', 'message', 'run', 'stream'] as const;

/** Makes the error for a part of the query's text. */
export type Refuse = (span: Span, problem: string) => GatewayError;

/** `has:` a field's value, or an error of any kind. */
export function has(literal: Literal, refuse: Refuse): Condition {
  if (literal.text === 'error') {
    const failed = typesWhere((type) => eventDefinition(type)?.severity === 'error');
    const named = typesWithAnyPath(['problem']);
    return any([failed, every([named, { kind: 'test', test: ({ data }) => valuesAt(data, 'problem').length > 0 }])]);
  }
  const readable = Object.entries(FIELDS).filter(([name, spec]) => 'read' in spec && name !== 'seq' && name !== 'stream');
  const names = ['error', ...readable.map(([name]) => name)];
  const entry = readable.find(([name]) => name === literal.text);
  if (!entry)
    throw refuse(literal.span, `has cannot ask for ${literal.text}.${suggestion(literal.text, names) || ` It knows ${names.join(', ')}.`}`);
  const { read, paths }: FieldSpec = entry[1];
  const test: Condition = { kind: 'test', test: (event) => (read?.(event).length ?? 0) > 0 };
  return paths ? every([typesWithAnyPath(paths), test]) : test;
}

/** `is:` what nothing in the data says by one name. */
export function is(literal: Literal, refuse: Refuse): Condition {
  switch (literal.text) {
    case 'terminal':
      return { kind: 'types', types: new Set(TERMINAL_MESSAGE_EVENTS.map((event) => event.type)) };
    case 'erased':
      return { kind: 'test', test: ({ erased, data }) => erased === true || (data as { erased?: unknown } | null)?.erased === true };
    case 'retry':
      return every([
        { kind: 'types', types: typesWithPath('attempt') },
        { kind: 'test', test: ({ data }) => valuesAt(data, 'attempt').some((attempt) => typeof attempt === 'number' && attempt > 1) },
      ]);
    case 'replay':
      throw refuse(literal.span, 'Replays are not in the log: each has a report of its own.');
    default:
      throw refuse(literal.span, `is cannot ask for ${literal.text}. It knows terminal, erased, retry.`);
  }
}

/** `in:` a session, a message's flow, a run or a stream. */
export function place(literal: Literal, refuse: Refuse): Condition {
  const slash = literal.text.indexOf('/');
  const kind = literal.text.slice(0, Math.max(0, slash));
  const id = literal.text.slice(slash + 1);
  if (id === '' || !(PLACES as readonly string[]).includes(kind)) {
    throw refuse(literal.span, `A place is written session/<id>, message/<id>, run/<id> or stream/<id>.${suggestion(kind, PLACES)}`);
  }
  if (kind === 'stream') return { kind: 'test', test: (event) => event.streamId === id };
  return named(kind === 'message' ? 'correlation' : kind === 'run' ? 'run' : 'session', [id]);
}

/** `near:` a position. */
export function neighbourhood(literal: Literal, refuse: Refuse): Condition {
  const match = /^(\d{1,15})(?:~(\d{1,6}))?$/.exec(literal.text);
  const reach = Number(match?.[2] ?? NEIGHBOURS);
  if (!match || reach > MAX_NEIGHBOURS)
    throw refuse(literal.span, `A neighbourhood is written position~reach, such as 1204331~50, with a reach up to ${MAX_NEIGHBOURS}.`);
  return { kind: 'positions', low: Number(match[1]) - reach, high: Number(match[1]) + reach };
}

/** `id:` an event's id: it says when it was made, so that the log is looked through only around then. */
export function eventId(literal: Literal, refuse: Refuse): Condition {
  const madeAt = isId('event', literal.text) ? timeOfId(literal.text) : undefined;
  if (madeAt === undefined) throw refuse(literal.span, 'The id of an event is written evt_ and 26 letters and digits.');
  const stored: Condition = { kind: 'times', from: madeAt - MADE_AFTER_MS, until: madeAt + STORED_WITHIN_MS };
  return every([stored, { kind: 'test', test: ({ id }) => id === literal.text }]);
}

/** Events that have any of these ids or names in their metadata. */
export function named(name: MetadataName, values: readonly string[]): Condition {
  return { kind: 'metadata', name, values: new Set(values) };
}
