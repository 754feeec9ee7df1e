/** What a query says, as it was written: names are those of the field registry, values are still text. */
import type { FieldName } from './fields.ts';

/** A piece of the query's text: from `start` up to `end`, in UTF-16 units. */
export type Span = { readonly start: number; readonly end: number };

export type Operator = ':' | ':=' | ':~' | ':>' | ':>=' | ':<' | ':<=';

export type Literal = { readonly text: string; readonly quoted: boolean; readonly span: Span };

export type Value =
  | { readonly kind: 'one'; readonly literal: Literal }
  | { readonly kind: 'list'; readonly literals: readonly Literal[] }
  | { readonly kind: 'range'; readonly from?: Literal; readonly to?: Literal };

export type FieldClause = {
  readonly kind: 'field';
  readonly field: FieldName;
  /** Of `data.<path>`; empty for every other field. */
  readonly path: string;
  readonly op: Operator;
  readonly value: Value;
  readonly span: Span;
};

/** Words that someone wrote. Unquoted, a `*` at the end stands for any ending. */
export type TextClause = { readonly kind: 'text'; readonly text: string; readonly quoted: boolean; readonly span: Span };

export type Query =
  | { readonly kind: 'all' }
  | { readonly kind: 'and' | 'or'; readonly clauses: readonly Query[] }
  | { readonly kind: 'not'; readonly clause: Query }
  | FieldClause
  | TextClause;

/** `and` and `or` without nesting of the same kind, and no list of one. */
export function combine(kind: 'and' | 'or', clauses: readonly Query[]): Query {
  const flat = clauses.flatMap((clause) => (clause.kind === kind ? clause.clauses : [clause]));
  const [only] = flat;
  return flat.length === 1 && only ? only : { kind, clauses: flat };
}

export function not(clause: Query): Query {
  return clause.kind === 'not' ? clause.clause : { kind: 'not', clause };
}
