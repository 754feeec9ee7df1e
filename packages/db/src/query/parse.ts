/**
 * Text to `Query`. Throws `QUERY_INVALID` and nothing else, with the place and the nearest name.
 *
 *   query  = clause { [AND] clause } { OR … }        AND binds tighter
 *   clause = [- | NOT] ( "(" query ")" | field op value | text )
 *   value  = word | "quoted" | (a, b) | a..b
 */
import { combine, type FieldClause, type Literal, not, type Operator, type Query, type Span, type Value } from './ast.ts';
import { queryError, suggestion } from './error.ts';
import { type FieldName, fieldNames, fieldSpec, findField, MISSING_FIELDS } from './fields.ts';

const MAX_LENGTH = 2000;
const MAX_DEPTH = 40;
const MAX_CLAUSES = 100;
const MAX_LIST = 50;

/** The start of a field clause: a name, for `data` a path, and an operator. */
export const FIELD_START = /([A-Za-z_][\w-]*)((?:\.[\w-]+)*)(:(?:>=|<=|[=><~])?)/y;
const KEYWORD = /(AND|OR|NOT)(?=[\s()"]|$)/y;
const WORD = /[^\s()"]+/y;
const LIST_WORD = /[^\s()",]+/y;

/**
 * Reads a query. Nothing written finds everything.
 * @example parseQuery('type:message.* -agent:main "refund"')
 */
export function parseQuery(source: string): Query {
  if (source.length > MAX_LENGTH) {
    throw queryError(source.slice(0, 60), { start: 59, end: 60 }, `The query is longer than ${MAX_LENGTH} characters.`);
  }
  return new Parser(source).parse();
}

class Parser {
  readonly #source: string;
  #at = 0;
  #depth = 0;
  #clauses = 0;

  constructor(source: string) {
    this.#source = source;
  }

  parse(): Query {
    this.#skipSpace();
    if (this.#at === this.#source.length) return { kind: 'all' };
    const query = this.#alternatives();
    if (this.#at < this.#source.length) throw this.#error({ start: this.#at, end: this.#at + 1 }, 'This parenthesis was never opened.');
    return query;
  }

  #alternatives(): Query {
    const clauses = [this.#conjunction()];
    while (this.#keyword('OR')) clauses.push(this.#conjunction());
    return combine('or', clauses);
  }

  #conjunction(): Query {
    const clauses = [this.#clause()];
    for (;;) {
      const joined = this.#keyword('AND');
      if (!joined && this.#endsHere()) return combine('and', clauses);
      clauses.push(this.#clause());
    }
  }

  #endsHere(): boolean {
    this.#skipSpace();
    return this.#at === this.#source.length || this.#source[this.#at] === ')' || this.#peekKeyword() === 'OR';
  }

  #clause(): Query {
    this.#skipSpace();
    const start = this.#at;
    this.#clauses += 1;
    if (this.#clauses > MAX_CLAUSES) throw this.#error({ start, end: start + 1 }, `A query has at most ${MAX_CLAUSES} clauses.`);
    if (this.#keyword('NOT') || this.#minus()) return not(this.#deeper(start, () => this.#clause()));
    const char = this.#source[this.#at];
    if (char === undefined) throw this.#error({ start: this.#at, end: this.#at + 1 }, 'The query ends where a clause is expected.');
    if (char === '(') return this.#deeper(start, () => this.#group());
    if (char === ')') throw this.#error({ start, end: start + 1 }, 'A clause is expected before this parenthesis.');
    if (char === '"') return { kind: 'text', ...this.#quoted() };
    const misplaced = this.#peekKeyword();
    if (misplaced) {
      const span = { start, end: start + misplaced.length };
      throw this.#error(span, `${misplaced} stands between two clauses. Put it in quotes to look for the word.`);
    }
    return this.#field() ?? this.#text();
  }

  #deeper(start: number, read: () => Query): Query {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw this.#error({ start, end: start + 1 }, `Clauses are nested deeper than ${MAX_DEPTH}.`);
    const query = read();
    this.#depth -= 1;
    return query;
  }

  #group(): Query {
    const start = this.#at;
    this.#at += 1;
    const query = this.#alternatives();
    this.#skipSpace();
    if (this.#source[this.#at] !== ')') throw this.#error({ start, end: start + 1 }, 'This parenthesis is never closed.');
    this.#at += 1;
    return query;
  }

  /** A minus directly before a clause. */
  #minus(): boolean {
    if (this.#source[this.#at] !== '-' || !/[^\s)]/.test(this.#source[this.#at + 1] ?? ' ')) return false;
    this.#at += 1;
    return true;
  }

  #text(): Query {
    const start = this.#at;
    const text = this.#match(WORD)?.[0] ?? '';
    return { kind: 'text', text, quoted: false, span: { start, end: this.#at } };
  }

  #field(): FieldClause | undefined {
    const start = this.#at;
    const match = this.#match(FIELD_START);
    if (!match) return undefined;
    const [whole, name = '', dotted = '', operator = ':'] = match;
    const nameSpan = { start, end: start + name.length + dotted.length };
    const field = this.#known(name, dotted, nameSpan);
    const op = operator as Operator;
    const { operators } = fieldSpec(field);
    if (!operators.includes(op)) {
      throw this.#error(
        { start: nameSpan.end, end: start + whole.length },
        `${name} has no operator ${op}; it has ${operators.join(' ')}.`,
      );
    }
    const value = this.#value(whole, op);
    return { kind: 'field', field, path: dotted.slice(1), op, value, span: { start, end: this.#at } };
  }

  #known(name: string, dotted: string, span: Span): FieldName {
    const field = findField(name);
    if (!field) {
      const missing = MISSING_FIELDS[name.toLowerCase()];
      if (missing !== undefined) throw this.#error(span, missing);
      throw this.#error(span, `There is no field ${name}.${suggestion(name, fieldNames()) || ' Put text with a colon in quotes.'}`);
    }
    if (field === 'data' && dotted === '') throw this.#error(span, 'Name the field of the data: data.<path>.');
    if (field !== 'data' && dotted !== '') throw this.#error(span, `${name} has nothing below it; a field of the data is data${dotted}.`);
    return field;
  }

  #value(before: string, op: Operator): Value {
    const start = this.#at;
    const char = this.#source[start];
    if (char === undefined || /[\s)]/.test(char)) throw this.#error({ start, end: start + 1 }, `A value is expected after ${before}`);
    if (char === '(') return this.#list(op);
    if (char === '"') {
      const literal = this.#quoted();
      return this.#source.startsWith('..', this.#at) ? this.#range(literal, op) : { kind: 'one', literal };
    }
    const text = this.#match(WORD)?.[0] ?? '';
    const comma = text.indexOf(',');
    if (comma >= 0) {
      throw this.#error({ start: start + comma, end: start + comma + 1 }, 'Several values stand in parentheses: (a, b).');
    }
    const dots = text.indexOf('..');
    if (dots < 0) return { kind: 'one', literal: { text, quoted: false, span: { start, end: this.#at } } };
    this.#at = start + dots;
    const from = dots === 0 ? undefined : { text: text.slice(0, dots), quoted: false, span: { start, end: this.#at } };
    return this.#range(from, op);
  }

  /** From the two dots on. */
  #range(from: Literal | undefined, op: Operator): Value {
    const start = this.#at;
    if (op !== ':' && op !== ':=') throw this.#error({ start, end: start + 2 }, `A range stands after a colon, not after ${op}`);
    this.#at += 2;
    const to = this.#source[this.#at] === '"' ? this.#quoted() : this.#bare();
    if (!from && !to) throw this.#error({ start, end: this.#at }, 'A range needs at least one end: a..b, a.. or ..b.');
    return { kind: 'range', ...(from && { from }), ...(to && { to }) };
  }

  #bare(): Literal | undefined {
    const start = this.#at;
    const text = this.#match(WORD)?.[0];
    if (text === undefined) return undefined;
    const wrong = text.search(/,|\.\./);
    if (wrong >= 0) throw this.#error({ start: start + wrong, end: start + wrong + 1 }, 'A range has two ends: a..b.');
    return { text, quoted: false, span: { start, end: this.#at } };
  }

  #list(op: Operator): Value {
    const start = this.#at;
    if (op !== ':' && op !== ':=' && op !== ':~')
      throw this.#error({ start, end: start + 1 }, `A list stands after a colon, not after ${op}`);
    this.#at += 1;
    const literals: Literal[] = [];
    for (;;) {
      literals.push(this.#item(start));
      if (literals.length > MAX_LIST) throw this.#error({ start, end: this.#at }, `A list has at most ${MAX_LIST} values.`);
      this.#skipSpace();
      const char = this.#source[this.#at];
      if (char === ')') break;
      if (char !== ',')
        throw this.#error(
          char === undefined ? { start, end: start + 1 } : { start: this.#at, end: this.#at + 1 },
          'A list is written (a, b).',
        );
      this.#at += 1;
    }
    this.#at += 1;
    return { kind: 'list', literals };
  }

  #item(listStart: number): Literal {
    this.#skipSpace();
    const start = this.#at;
    if (this.#source[start] === undefined) throw this.#error({ start: listStart, end: listStart + 1 }, 'This list is never closed.');
    if (this.#source[start] === '"') return this.#quoted();
    const text = this.#match(LIST_WORD)?.[0];
    if (text === undefined) throw this.#error({ start, end: start + 1 }, 'A value is expected here.');
    const dots = text.indexOf('..');
    if (dots >= 0) throw this.#error({ start: start + dots, end: start + dots + 2 }, 'A list holds single values, no ranges.');
    return { text, quoted: false, span: { start, end: this.#at } };
  }

  #quoted(): Literal {
    const start = this.#at;
    let text = '';
    for (let at = start + 1; at < this.#source.length; at++) {
      const char = this.#source[at];
      if (char === '"') {
        this.#at = at + 1;
        return { text, quoted: true, span: { start, end: this.#at } };
      }
      if (char === '\\') at += 1;
      text += this.#source[at] ?? '';
    }
    throw this.#error({ start, end: start + 1 }, 'This quotation mark is never closed.');
  }

  #keyword(wanted: 'AND' | 'OR' | 'NOT'): boolean {
    this.#skipSpace();
    if (this.#peekKeyword() !== wanted) return false;
    this.#at += wanted.length;
    return true;
  }

  #peekKeyword(): string | undefined {
    KEYWORD.lastIndex = this.#at;
    return KEYWORD.exec(this.#source)?.[1];
  }

  #match(expression: RegExp): RegExpExecArray | undefined {
    expression.lastIndex = this.#at;
    const match = expression.exec(this.#source);
    if (!match) return undefined;
    this.#at += match[0].length;
    return match;
  }

  #skipSpace(): void {
    while (this.#at < this.#source.length && /\s/.test(this.#source[this.#at] ?? '')) this.#at += 1;
  }

  #error(span: Span, problem: string) {
    return queryError(this.#source, span, problem);
  }
}
