/**
 * A query as the chips show it: the clauses that stand side by side at its top. Only where clauses begin and end is known here;
 * what they mean, and whether they mean anything, the gateway says.
 */

import { clauseFor } from './clause-for.ts';

/** A clause and where it stands. `field` is missing of words without a field and of what is in parentheses. */
export type Clause = {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly negated: boolean;
  readonly field?: string;
  readonly operator?: string;
  readonly values?: readonly string[];
};

const CLAUSE = /^(-?)([a-z_][\w.]*)(:(?:=|~|>=|>|<=|<)?)([\s\S]+)$/i;
const ALIASES: Readonly<Record<string, string>> = {
  severity: 'sev',
  level: 'sev',
  correlation: 'corr',
  message: 'corr',
  position: 'seq',
  pos: 'seq',
  recorded: 'time',
  at: 'time',
  result: 'outcome',
  duration: 'dur',
};

/** The clauses of a query, in order. A query with an OR at its top is one clause. */
export function clausesOf(query: string): readonly Clause[] {
  const words = wordsOf(query);
  if (words.some(({ text }) => text === 'OR')) {
    const [first] = words;
    const last = words.at(-1);
    return first && last ? [{ ...span(query, first.start, last.end), negated: false }] : [];
  }
  const clauses: Clause[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at];
    if (!word || word.text === 'AND') continue;
    const next = words[at + 1];
    if (word.text === 'NOT' && next) {
      clauses.push({ ...span(query, word.start, next.end), ...partsOf(next.text), negated: true });
      at += 1;
    } else clauses.push({ ...word, ...partsOf(word.text) });
  }
  return clauses;
}

/** The query without a clause that was found in it. */
export function withoutClause(query: string, { start, end }: Clause): string {
  return `${query.slice(0, start).trimEnd()} ${query.slice(end).trimStart()}`.trim();
}

/** The query with a clause more; one that is there already is not added again. */
export function withClause(query: string, clause: string): string {
  const clauses = clausesOf(query);
  if (clauses.some(({ text }) => text === clause)) return query;
  const before = clauses.length === 1 && wordsOf(query).some(({ text }) => text === 'OR') ? `(${query.trim()})` : query.trim();
  return before === '' ? clause : `${before} ${clause}`;
}

/** The values that a field is narrowed to. */
export function valuesOf(query: string, field: string): readonly string[] {
  return clausesOf(query).flatMap((clause) => (isChoice(clause, field) ? (clause.values ?? []) : []));
}

/** The query with a value of a field among those it is narrowed to, or no longer among them. */
export function toggledValue(query: string, field: string, value: string): string {
  const choice = clausesOf(query).find((clause) => isChoice(clause, field));
  if (!choice) return withClause(query, clauseFor(field, [value]));
  const values = choice.values ?? [];
  const wanted = values.includes(value) ? values.filter((other) => other !== value) : [...values, value];
  if (wanted.length === 0) return withoutClause(query, choice);
  return `${query.slice(0, choice.start)}${clauseFor(field, wanted)}${query.slice(choice.end)}`;
}

/** The query without the events that have a value. */
export function excludedValue(query: string, field: string, value: string): string {
  const chosen = valuesOf(query, field).includes(value) ? toggledValue(query, field, value) : query;
  return withClause(chosen, `-${clauseFor(field, [value])}`);
}

function isChoice({ negated, field, operator }: Clause, wanted: string): boolean {
  return !negated && field === wanted && operator === ':';
}

function partsOf(text: string): Pick<Clause, 'negated'> & Partial<Clause> {
  const [, minus = '', name = '', operator = '', value = ''] = CLAUSE.exec(text) ?? [];
  const negated = minus === '-' || (name === '' && text.startsWith('-'));
  if (name === '' || value === '') return { negated };
  const field = ALIASES[name.toLowerCase()] ?? name.toLowerCase();
  return { negated, field, operator, values: listOf(value) };
}

function listOf(value: string): readonly string[] {
  if (!value.startsWith('(') || !value.endsWith(')')) return [unquoted(value)];
  return splitAt(value.slice(1, -1), (char) => char === ',').map(({ text }) => unquoted(text.trim()));
}

function unquoted(value: string): string {
  return value.startsWith('"') ? value.slice(1, value.endsWith('"') ? -1 : undefined).replace(/\\(["\\])/g, '$1') : value;
}

type Word = { readonly text: string; readonly start: number; readonly end: number; readonly negated: boolean };

const wordsOf = (query: string): readonly Word[] => splitAt(query, (char) => /\s/.test(char));

/** The pieces between separators that stand outside quotes and parentheses. */
function splitAt(text: string, isSeparator: (char: string) => boolean): readonly Word[] {
  const words: Word[] = [];
  let start = -1;
  let depth = 0;
  let isQuoted = false;
  for (let at = 0; at <= text.length; at++) {
    const char = text[at];
    if (char === undefined || (!isQuoted && depth === 0 && isSeparator(char))) {
      if (start >= 0) words.push({ ...span(text, start, at), negated: false });
      start = -1;
      continue;
    }
    if (start < 0) start = at;
    if (isQuoted) {
      if (char === '\\') at += 1;
      else if (char === '"') isQuoted = false;
    } else if (char === '"') isQuoted = true;
    else if (char === '(') depth += 1;
    else if (char === ')') depth = Math.max(0, depth - 1);
  }
  return words;
}

function span(query: string, start: number, end: number) {
  return { text: query.slice(start, end), start, end };
}
