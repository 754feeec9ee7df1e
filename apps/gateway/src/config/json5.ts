/**
 * Reads JSON5 into a tree that knows where each part stands in the text, so that one value can be replaced and
 * everything else, comments included, stays as it was written.
 */
import { GatewayError } from '@openclaw-gateway/events/errors';

export type Scalar = string | number | boolean | null;
export type Json5Node =
  | { readonly kind: 'object'; readonly start: number; readonly end: number; readonly members: readonly Json5Member[] }
  | { readonly kind: 'array'; readonly start: number; readonly end: number; readonly items: readonly Json5Item[] }
  | { readonly kind: 'scalar'; readonly start: number; readonly end: number; readonly value: Scalar };
/** `comma` is the offset of the comma that follows, if one does. */
export type Json5Item = { readonly value: Json5Node; readonly comma?: number };
export type Json5Member = Json5Item & { readonly key: string; readonly start: number };

const SPACE = /[\t\v\f \u00a0\ufeff\n\r\u2028\u2029\p{Zs}]/u;
const LINE_END = /[\n\r\u2028\u2029]/;
const IDENTIFIER = /[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*/uy;
const NUMBER = /[+-]?(?:Infinity|NaN|0[xX][0-9a-fA-F]+|(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)/y;
const WORDS: ReadonlyMap<string, Scalar> = new Map([
  ['true', true],
  ['false', false],
  ['null', null],
]);
const ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', 0: '\0' };
/** Deeper is no configuration, and would overflow the stack. */
const MAX_DEPTH = 200;

/** The tree of a JSON5 text. Throws CONFIG_SYNTAX with `details.{line, column, found, expected}`. */
export function parseJson5(text: string): Json5Node {
  const reader = new Reader(text);
  reader.skip();
  const root = reader.value(0);
  reader.skip();
  if (reader.at < text.length) throw reader.error('the end of the file', 'Nothing may follow the closing brace.');
  return root;
}

/** The plain value of a tree. */
export function toValue(node: Json5Node): unknown {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'array') return node.items.map((item) => toValue(item.value));
  const value: Record<string, unknown> = {};
  for (const member of node.members) {
    // An own property even when the key is `__proto__`.
    Object.defineProperty(value, member.key, { value: toValue(member.value), enumerable: true, writable: true, configurable: true });
  }
  return value;
}

/** Where trivia (space and comments) that begins at `from` ends. `undefined` when a comment is not closed. */
export function skipTrivia(text: string, from: number): number | undefined {
  let at = from;
  while (at < text.length) {
    if (SPACE.test(text.charAt(at))) at++;
    else if (text.startsWith('//', at)) at = lineEnd(text, at);
    else if (text.startsWith('/*', at)) {
      const close = text.indexOf('*/', at + 2);
      if (close < 0) return undefined;
      at = close + 2;
    } else break;
  }
  return at;
}

/** The offset of the line break at or after `from`, or the text's end. */
export function lineEnd(text: string, from: number): number {
  let at = from;
  while (at < text.length && !LINE_END.test(text.charAt(at))) at++;
  return at;
}

class Reader {
  at = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  skip(): void {
    const next = skipTrivia(this.#text, this.at);
    if (next !== undefined) {
      this.at = next;
      return;
    }
    this.at = this.#text.indexOf('/*', this.at);
    throw this.error('"*/" after this "/*"', 'Close the comment.');
  }

  value(depth: number): Json5Node {
    const char = this.#text[this.at];
    if (depth > MAX_DEPTH) throw this.error(`at most ${MAX_DEPTH} levels`, 'The file is nested too deeply.');
    if (char === '{') return this.#object(depth);
    if (char === '[') return this.#array(depth);
    const start = this.at;
    if (char === '"' || char === "'") return { kind: 'scalar', start, value: this.#string(), end: this.at };
    const number = this.#match(NUMBER);
    if (number !== undefined) {
      if (this.#peekIdentifier())
        throw this.error('a comma or the end after the number', 'Put quotes around text, durations and sizes: "30m".');
      return { kind: 'scalar', start, value: toNumber(number), end: this.at };
    }
    const word = this.#match(IDENTIFIER);
    const value = word === undefined ? undefined : WORDS.get(word);
    if (value !== undefined) return { kind: 'scalar', start, value, end: this.at };
    this.at = start;
    throw this.error('a value', word === undefined ? undefined : `Put quotes around text: "${word}".`);
  }

  #object(depth: number): Json5Node {
    const start = this.at++;
    const members: Json5Member[] = [];
    const lines = new Map<string, number>();
    for (;;) {
      this.skip();
      if (this.#take('}')) return { kind: 'object', start, end: this.at, members };
      const memberStart = this.at;
      const key = this.#key();
      const earlier = lines.get(key);
      if (earlier !== undefined) {
        this.at = memberStart;
        throw this.error('each key once', `"${key}" is on line ${earlier} already.`);
      }
      lines.set(key, this.#position(memberStart).line);
      this.skip();
      if (!this.#take(':')) throw this.error(`":" after the key "${key}"`);
      this.skip();
      const value = this.value(depth + 1);
      const comma = this.#separator('}');
      members.push(comma === undefined ? { key, start: memberStart, value } : { key, start: memberStart, value, comma });
    }
  }

  #array(depth: number): Json5Node {
    const start = this.at++;
    const items: Json5Item[] = [];
    for (;;) {
      this.skip();
      if (this.#take(']')) return { kind: 'array', start, end: this.at, items };
      const value = this.value(depth + 1);
      const comma = this.#separator(']');
      items.push(comma === undefined ? { value } : { value, comma });
    }
  }

  #separator(close: string): number | undefined {
    this.skip();
    const comma = this.at;
    if (this.#take(',')) return comma;
    if (this.#text[this.at] === close) return undefined;
    throw this.error(`"," or "${close}" after the value`);
  }

  #key(): string {
    const char = this.#text[this.at];
    if (char === '"' || char === "'") return this.#string();
    const name = this.#match(IDENTIFIER);
    if (name === undefined) throw this.error('a key or "}"', char === ',' ? 'There is a comma too many.' : undefined);
    return name;
  }

  #string(): string {
    const open = this.at;
    const quote = this.#text[this.at++];
    let value = '';
    for (;;) {
      const char = this.#text[this.at];
      if (char === undefined || char === '\n' || char === '\r') {
        this.at = open;
        throw this.error(`a closing ${quote} on the same line`, 'The text is not closed.');
      }
      this.at++;
      if (char === quote) return value;
      value += char === '\\' ? this.#escape() : char;
    }
  }

  #escape(): string {
    const char = this.#text[this.at++] ?? '';
    if (char === 'x' || char === 'u') {
      const digits = this.#match(char === 'x' ? /[0-9a-fA-F]{2}/y : /[0-9a-fA-F]{4}/y);
      if (digits === undefined) throw this.error(`${char === 'x' ? 'two' : 'four'} hexadecimal digits after "\\${char}"`);
      return String.fromCharCode(Number.parseInt(digits, 16));
    }
    if (char === '\r' && this.#text[this.at] === '\n') this.at++;
    if (LINE_END.test(char)) return '';
    if (/[1-9]/.test(char) || (char === '0' && /[0-9]/.test(this.#text[this.at] ?? ''))) {
      this.at--;
      throw this.error('no digit after "\\"');
    }
    return ESCAPES[char] ?? char;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  #peekIdentifier(): boolean {
    IDENTIFIER.lastIndex = this.at;
    return IDENTIFIER.test(this.#text) || /[0-9]/.test(this.#text[this.at] ?? '');
  }

  #take(char: string): boolean {
    if (this.#text[this.at] !== char) return false;
    this.at++;
    return true;
  }

  #position(offset: number): { line: number; column: number } {
    const lines = this.#text.slice(0, offset).split(/\r\n|[\n\r\u2028\u2029]/);
    return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
  }

  error(expected: string, hint?: string): GatewayError {
    const { line, column } = this.#position(this.at);
    const char = this.#text.codePointAt(this.at);
    const found = char === undefined ? 'the end of the file' : `"${String.fromCodePoint(char).replace(/[\n\r]/, 'a line break')}"`;
    const message = `Line ${line}, column ${column}: expected ${expected}, found ${found}.${hint ? ` ${hint}` : ''}`;
    return new GatewayError('CONFIG_SYNTAX', { message, details: { line, column, expected, found, ...(hint && { hint }) } });
  }
}

function toNumber(text: string): number {
  const sign = text.startsWith('-') ? -1 : 1;
  return sign * Number(text.replace(/^[+-]/, ''));
}
