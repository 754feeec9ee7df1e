/** `Query` to text, so that reading it again gives the same query. */
import type { Literal, Query, Value } from './ast.ts';
import { FIELD_START } from './parse.ts';

/** The query in its shortest usual spelling; nothing for the query that finds everything. */
export function printQuery(query: Query): string {
  switch (query.kind) {
    case 'all':
      return '';
    case 'and':
      return query.clauses.map(printPart).join(' ');
    case 'or':
      return query.clauses.map(printPart).join(' OR ');
    case 'not':
      return `-${printPart(query.clause)}`;
    case 'field':
      return `${query.field}${query.path ? `.${query.path}` : ''}${query.op}${printValue(query.value)}`;
    case 'text':
      return !query.quoted && isBareText(query.text) ? query.text : quote(query.text);
  }
}

function printPart(query: Query): string {
  return query.kind === 'and' || query.kind === 'or' ? `(${printQuery(query)})` : printQuery(query);
}

function printValue(value: Value): string {
  if (value.kind === 'one') return printLiteral(value.literal);
  if (value.kind === 'list') return `(${value.literals.map(printLiteral).join(',')})`;
  return `${value.from ? printLiteral(value.from) : ''}..${value.to ? printLiteral(value.to) : ''}`;
}

function printLiteral({ text, quoted }: Literal): string {
  return quoted ? quote(text) : text;
}

function quote(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

function isBareText(text: string): boolean {
  FIELD_START.lastIndex = 0;
  return /^[^\s()"]+$/.test(text) && !/^(AND|OR|NOT)$/.test(text) && !/^-./.test(text) && !FIELD_START.test(text);
}
