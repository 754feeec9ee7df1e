/**
 * The query language, one grammar for every place where events are looked for: text is parsed, compiled to a condition, and
 * the condition is the meaning. How a condition is found quickly (seek, prefilter, cost) is nobody's business outside this
 * package; no SQL and no file may enter here but `log-index.ts`.
 */
export type { Query } from './ast.ts';
export { type Condition, matches } from './condition.ts';
export { FIELDS, type FieldName, type FieldSpec, fieldNames, MISSING_FIELDS } from './fields.ts';
export { conditionOf } from './filter.ts';
export { parseQuery } from './parse.ts';
export { printQuery } from './print.ts';
export { SEARCHED_PATHS } from './searchable.ts';
