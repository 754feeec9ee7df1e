/** `Query` to `Condition`: every value is read as its field understands it. Throws `QUERY_INVALID` at the value that cannot be. */
import { eventDefinition } from '@openclaw-gateway/events/catalog/index';
import { TERMINAL_MESSAGE_EVENTS } from '@openclaw-gateway/events/catalog/message';
import type { Severity } from '@openclaw-gateway/events/define';
import type { StoredEvent } from '@openclaw-gateway/events/envelope';
import type { FieldClause, Literal, Operator, Query, Span } from './ast.ts';
import { ALL_TYPES, any, type Condition, every, type MetadataName, negate } from './condition.ts';
import { dataPaths, typesWithPath, valuesAt } from './data-paths.ts';
import { queryError, suggestion } from './error.ts';
import { FIELDS, type FieldSpec, fieldSpec } from './fields.ts';
import { globTest, isRelative, parseDurationMs, parseNumber, parseTime } from './values.ts';
import { words } from './words.ts';

const SEVERITIES = ['debug', 'info', 'warn', 'error'] as const satisfies readonly Severity[];
const NEIGHBOURS = 50;
const MAX_NEIGHBOURS = 10_000;
/** What ends a word of a type and says how something came out. */
const OUTCOMES: ReadonlySet<string> = new Set([
  'delivered',
  'rejected',
  'dead_lettered',
  'no_reply',
  'merged',
  'completed',
  'failed',
  'aborted',
  'succeeded',
  'uncertain',
  'accepted',
  'denied',
  'approved',
]);
const PLACES = ['session', 'message', 'run', 'stream'] as const;

/** Words of everyone who asks: the text they wrote, for the caret, and what `now` is in milliseconds since 1970. */
export type CompileContext = { readonly source: string; readonly nowMs: number };

export function compileQuery(query: Query, context: CompileContext): Condition {
  switch (query.kind) {
    case 'all':
      return { kind: 'all' };
    case 'and':
      return every(query.clauses.map((clause) => compileQuery(clause, context)));
    case 'or':
      return any(query.clauses.map((clause) => compileQuery(clause, context)));
    case 'not':
      return negate(compileQuery(query.clause, context));
    case 'text': {
      const prefix = !query.quoted && query.text.endsWith('*');
      const phrase = { words: words(query.text), prefix };
      if (phrase.words.length === 0) throw queryError(context.source, query.span, 'There is no letter or digit to look for here.');
      return { kind: 'phrase', phrase };
    }
    case 'field':
      return new ClauseCompiler(query, context).compile();
  }
}

class ClauseCompiler {
  readonly #clause: FieldClause;
  readonly #spec: FieldSpec;
  readonly #context: CompileContext;

  constructor(clause: FieldClause, context: CompileContext) {
    this.#clause = clause;
    this.#spec = fieldSpec(clause.field);
    this.#context = context;
  }

  compile(): Condition {
    switch (this.#spec.kind) {
      case 'number':
        return this.#clause.field === 'seq' ? this.#positions() : this.#ordered((literal) => this.#parse(literal, parseNumber, 'a number'));
      case 'duration':
        return this.#ordered((literal) => this.#parse(literal, parseDurationMs, 'a duration such as 500ms, 2s or 1h30m'));
      case 'time':
        return this.#times();
      case 'type':
        return this.#types();
      case 'severity':
        return this.#severities();
      case 'outcome':
        return this.#outcomes();
      case 'name':
        return this.#names();
      case 'data':
        return this.#data();
      case 'flag':
        return this.#each((literal) => (this.#clause.field === 'has' ? this.#has(literal) : this.#is(literal)));
      case 'place':
        return this.#each((literal) => this.#in(literal));
      case 'neighbourhood':
        return this.#each((literal) => this.#near(literal));
    }
  }

  /** Any of the values. Only for fields without ranges. */
  #each(compile: (literal: Literal) => Condition): Condition {
    return any(this.#literals().map(compile));
  }

  #literals(): readonly Literal[] {
    const { value, span } = this.#clause;
    if (value.kind === 'one') return [value.literal];
    if (value.kind === 'list') return value.literals;
    throw this.#error(span, `${this.#clause.field} takes single values, no range.`);
  }

  #positions(): Condition {
    return this.#intervals(
      (literal) => {
        const position = this.#parse(literal, (text) => (/^\d{1,15}$/.test(text) ? Number(text) : undefined), 'a position: a whole number');
        return { from: position, until: position + 1 };
      },
      (from, until) => ({ kind: 'positions', low: from, high: until - 1 }),
    );
  }

  #times(): Condition {
    const { value, op } = this.#clause;
    const { nowMs } = this.#context;
    const parse = (literal: Literal) =>
      this.#parse(
        literal,
        (text) => parseTime(text, nowMs),
        'a time: now, today, -1h, 2026-05-01, 2026-05-01T12:30 or milliseconds since 1970',
      );
    const make = (from: number, until: number): Condition => ({ kind: 'times', from, until });
    // A single moment is nobody's question: `time:-1h` is the last hour.
    if (op === ':' && value.kind === 'one' && isRelative(value.literal.text)) {
      const { from } = parse(value.literal);
      return from <= nowMs ? make(from, nowMs + 1) : make(nowMs, from + 1);
    }
    return this.#intervals(parse, make);
  }

  /** Fields whose values are ordered and stand for a stretch: a position, a day, a millisecond. */
  #intervals(
    parse: (literal: Literal) => { readonly from: number; readonly until: number },
    make: (from: number, until: number) => Condition,
  ): Condition {
    const { value, op } = this.#clause;
    if (value.kind === 'list') {
      return any(
        value.literals.map((literal) => {
          const { from, until } = parse(literal);
          return make(from, until);
        }),
      );
    }
    if (value.kind === 'range') {
      const from = value.from ? parse(value.from).from : Number.NEGATIVE_INFINITY;
      const until = value.to ? parse(value.to).until : Number.POSITIVE_INFINITY;
      if (from >= until) throw this.#error(this.#clause.span, 'The range ends before it begins.');
      return make(from, until);
    }
    const { from, until } = parse(value.literal);
    switch (op) {
      case ':>':
        return make(until, Number.POSITIVE_INFINITY);
      case ':>=':
        return make(from, Number.POSITIVE_INFINITY);
      case ':<':
        return make(Number.NEGATIVE_INFINITY, from);
      case ':<=':
        return make(Number.NEGATIVE_INFINITY, until);
      default:
        return make(from, until);
    }
  }

  /** Numbers that are read from the event. */
  #ordered(parse: (literal: Literal) => number): Condition {
    const isWanted = this.#comparison(parse);
    return this.#read((value) => typeof value === 'number' && isWanted(value));
  }

  #comparison(parse: (literal: Literal) => number): (value: number) => boolean {
    const { value, op, span } = this.#clause;
    if (value.kind === 'list') {
      const wanted = new Set(value.literals.map(parse));
      return (number) => wanted.has(number);
    }
    if (value.kind === 'range') {
      const from = value.from ? parse(value.from) : Number.NEGATIVE_INFINITY;
      const to = value.to ? parse(value.to) : Number.POSITIVE_INFINITY;
      if (from > to) throw this.#error(span, 'The range ends before it begins.');
      return (number) => number >= from && number <= to;
    }
    const operand = parse(value.literal);
    return (number) => compare(op, number, operand);
  }

  #types(): Condition {
    return this.#each((literal) => {
      const types = this.#chosen(literal, ALL_TYPES, 'event type');
      return { kind: 'types', types: new Set(types) };
    });
  }

  #severities(): Condition {
    const rank = (literal: Literal): number => SEVERITIES.indexOf(this.#chosen(literal, SEVERITIES, 'severity')[0] as Severity);
    const isWanted = this.#comparison(rank);
    return typesWhere((type) => isWanted(SEVERITIES.indexOf(eventDefinition(type)?.severity ?? 'info')));
  }

  #outcomes(): Condition {
    return this.#each((literal) => {
      const outcomes = new Set(this.#chosen(literal, [...OUTCOMES], 'outcome'));
      return typesWhere((type) => outcomes.has(outcomeOf(type)));
    });
  }

  /** Those of a fixed set that a value names; it must name one. */
  #chosen({ text, quoted, span }: Literal, known: readonly string[], what: string): readonly string[] {
    const isGlob = this.#isGlob(text, quoted);
    const found = isGlob ? known.filter(globTest(text)) : known.filter((each) => each === text);
    if (found.length > 0) return found;
    const all = known.length <= 20 ? ` There are ${known.join(', ')}.` : '';
    throw this.#error(span, `There is no ${what} ${text}.${suggestion(text, known) || all}`);
  }

  #isGlob(text: string, quoted: boolean): boolean {
    return this.#clause.op === ':~' || (this.#clause.op === ':' && !quoted && text.includes('*'));
  }

  #names(): Condition {
    const { metadata } = this.#spec;
    const literals = this.#literals();
    if (metadata && literals.every(({ text, quoted }) => !this.#isGlob(text, quoted))) {
      return named(
        metadata,
        literals.map(({ text }) => text),
      );
    }
    const tests = literals.map(({ text, quoted }) => (this.#isGlob(text, quoted) ? globTest(text) : (value: string) => value === text));
    return this.#read((value) => typeof value === 'string' && tests.some((test) => test(value)));
  }

  /** A test of the field's values; where they come from the data, only types whose data can have them are looked at. */
  #read(isWanted: (value: string | number) => boolean): Condition {
    const { read, paths } = this.#spec;
    const test: Condition = { kind: 'test', test: (event) => read?.(event).some(isWanted) ?? false };
    if (!paths) return test;
    return every([typesWhere((type) => paths.some((path) => typesWithPath(path).has(type))), test]);
  }

  #data(): Condition {
    const { path, span } = this.#clause;
    const types = typesWithPath(path);
    if (types.size === 0) {
      const known = [...dataPaths().types.keys()];
      throw this.#error(span, `No event has data.${path}.${suggestion(path, known)}`);
    }
    const isWanted = this.#dataTest();
    const test = (event: StoredEvent): boolean => valuesAt(event.data, path).some(isWanted);
    return every([
      { kind: 'types', types },
      { kind: 'test', test },
    ]);
  }

  /** Numbers are compared as numbers (a duration as its milliseconds), texts as texts. */
  #dataTest(): (value: unknown) => boolean {
    const { value, op } = this.#clause;
    if (value.kind === 'range') {
      const { from, to } = value;
      return (found) => (!from || compareData(':>=', found, from.text)) && (!to || compareData(':<=', found, to.text));
    }
    if (op !== ':' && op !== ':=' && op !== ':~') {
      const [literal] = this.#literals();
      return (found) => compareData(op, found, literal?.text ?? '');
    }
    const tests = this.#literals().map(({ text, quoted }) =>
      this.#isGlob(text, quoted) ? globTest(text) : (found: string) => found === text,
    );
    return (found) => found !== null && typeof found !== 'object' && tests.some((test) => test(String(found)));
  }

  #has(literal: Literal): Condition {
    if (literal.text === 'error') {
      const failed = typesWhere((type) => eventDefinition(type)?.severity === 'error');
      const named = typesWhere((type) => typesWithPath('problem').has(type));
      return any([failed, every([named, { kind: 'test', test: ({ data }) => valuesAt(data, 'problem').length > 0 }])]);
    }
    const readable = Object.entries(FIELDS).filter(([name, spec]) => 'read' in spec && name !== 'seq' && name !== 'stream');
    const names = ['error', ...readable.map(([name]) => name)];
    const entry = readable.find(([name]) => name === literal.text);
    if (!entry)
      throw this.#error(
        literal.span,
        `has cannot ask for ${literal.text}.${suggestion(literal.text, names) || ` It knows ${names.join(', ')}.`}`,
      );
    const { read, paths }: FieldSpec = entry[1];
    const test: Condition = { kind: 'test', test: (event) => (read?.(event).length ?? 0) > 0 };
    return paths ? every([typesWhere((type) => paths.some((path) => typesWithPath(path).has(type))), test]) : test;
  }

  #is(literal: Literal): Condition {
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
        throw this.#error(literal.span, 'Replays are not in the log: each has a report of its own.');
      default:
        throw this.#error(literal.span, `is cannot ask for ${literal.text}. It knows terminal, erased, retry.`);
    }
  }

  #in(literal: Literal): Condition {
    const slash = literal.text.indexOf('/');
    const kind = literal.text.slice(0, Math.max(0, slash));
    const id = literal.text.slice(slash + 1);
    if (id === '' || !(PLACES as readonly string[]).includes(kind)) {
      throw this.#error(literal.span, `A place is written session/<id>, message/<id>, run/<id> or stream/<id>.${suggestion(kind, PLACES)}`);
    }
    if (kind === 'stream') return { kind: 'test', test: (event) => event.streamId === id };
    return named(kind === 'message' ? 'correlation' : kind === 'run' ? 'run' : 'session', [id]);
  }

  #near(literal: Literal): Condition {
    const match = /^(\d{1,15})(?:~(\d{1,6}))?$/.exec(literal.text);
    const reach = Number(match?.[2] ?? NEIGHBOURS);
    if (!match || reach > MAX_NEIGHBOURS)
      throw this.#error(
        literal.span,
        `A neighbourhood is written position~reach, such as 1204331~50, with a reach up to ${MAX_NEIGHBOURS}.`,
      );
    return { kind: 'positions', low: Number(match[1]) - reach, high: Number(match[1]) + reach };
  }

  #parse<T>(literal: Literal, parse: (text: string) => T | undefined, expected: string): T {
    const value = parse(literal.text);
    if (value === undefined) throw this.#error(literal.span, `${this.#clause.field} expects ${expected}.`);
    return value;
  }

  #error(span: Span, problem: string) {
    return queryError(this.#context.source, span, problem);
  }
}

/** How a type says that something came out, or nothing. */
export function outcomeOf(type: string): string {
  const fact = type.slice(type.indexOf('.') + 1);
  return OUTCOMES.has(fact) ? fact : '';
}

function named(name: MetadataName, values: readonly string[]): Condition {
  return { kind: 'metadata', name, values: new Set(values) };
}

function typesWhere(isWanted: (type: string) => boolean): Condition {
  return { kind: 'types', types: new Set(ALL_TYPES.filter(isWanted)) };
}

function compare<T extends number | string>(op: Operator, value: T, operand: T): boolean {
  switch (op) {
    case ':>':
      return value > operand;
    case ':>=':
      return value >= operand;
    case ':<':
      return value < operand;
    case ':<=':
      return value <= operand;
    default:
      return value === operand;
  }
}

function compareData(op: Operator, value: unknown, operand: string): boolean {
  if (typeof value === 'number') {
    const number = parseNumber(operand) ?? parseDurationMs(operand);
    return number !== undefined && compare(op, value, number);
  }
  return typeof value === 'string' && compare(op, value, operand);
}
