/** `Query` to `Condition`: every value is read as its field understands it. Throws `QUERY_INVALID` at the value that cannot be. */
import type { Severity } from '@openclaw-gateway/events/define';
import type { StoredEvent } from '@openclaw-gateway/events/envelope';
import type { FieldClause, Literal, Query } from './ast.ts';
import { ALL_TYPES, any, type Condition, every, negate } from './condition.ts';
import { dataPaths, typesWithPath, valuesAt } from './data-paths.ts';
import { queryError, suggestion } from './error.ts';
import { type FieldSpec, fieldSpec } from './fields.ts';
import { eventId, has, is, named, neighbourhood, place, type Refuse } from './shorthands.ts';
import { OUTCOMES, outcomeOf, SEVERITIES, severityRank, typesWhere, typesWithAnyPath } from './type-sets.ts';
import { compare, compareData, globTest, isRelative, parseDurationMs, parseNumber, parseTime } from './values.ts';
import { words } from './words.ts';

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
  readonly #error: Refuse = (span, problem) => queryError(this.#context.source, span, problem);

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
        return this.#each((literal) => (this.#clause.field === 'has' ? has(literal, this.#error) : is(literal, this.#error)));
      case 'place':
        return this.#each((literal) => place(literal, this.#error));
      case 'id':
        return this.#each((literal) => eventId(literal, this.#error));
      case 'neighbourhood':
        return this.#each((literal) => neighbourhood(literal, this.#error));
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
    return typesWhere((type) => isWanted(severityRank(type)));
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
    return every([typesWithAnyPath(paths), test]);
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

  #parse<T>(literal: Literal, parse: (text: string) => T | undefined, expected: string): T {
    const value = parse(literal.text);
    if (value === undefined) throw this.#error(literal.span, `${this.#clause.field} expects ${expected}.`);
    return value;
  }
}
