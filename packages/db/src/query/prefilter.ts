/** A condition as SQL over `events e`: what SQLite can decide without reading an event's data. Every value is a parameter. */
import { type Condition, METADATA_KEY } from './condition.ts';

export type Prefilter = {
  /** What every match fulfils; empty when nothing can be said. */
  readonly sql: string;
  readonly values: readonly (string | number)[];
  /** Whatever fulfils it is a match: the events need not be looked at. */
  readonly isExact: boolean;
};

const NOTHING_SAID: Prefilter = { sql: '', values: [], isExact: false };

export function prefilterOf(condition: Condition, typeNo: (type: string) => number | undefined): Prefilter {
  switch (condition.kind) {
    case 'all':
      return { sql: '', values: [], isExact: true };
    case 'and': {
      const parts = condition.of.map((part) => prefilterOf(part, typeNo));
      const said = parts.filter((part) => part.sql !== '');
      return { ...join(said, 'AND'), isExact: parts.every((part) => part.isExact) };
    }
    case 'or': {
      const parts = condition.of.map((part) => prefilterOf(part, typeNo));
      if (parts.some((part) => part.sql === '')) return { ...NOTHING_SAID, isExact: parts.some((part) => part.sql === '' && part.isExact) };
      return { ...join(parts, 'OR'), isExact: parts.every((part) => part.isExact) };
    }
    case 'types': {
      const numbers = [...condition.types].flatMap((type) => typeNo(type) ?? []);
      return { sql: `e.type_no IN (${numbers.map(() => '?').join(', ')})`, values: numbers, isExact: true };
    }
    case 'metadata': {
      const key = METADATA_KEY[condition.name];
      // Metadata is compact JSON, in which a key with its value can be found as text; inside a value its quotes would be escaped.
      const values = [...condition.values].map((value) => JSON.stringify({ [key]: value }).slice(1, -1));
      return { sql: `(${values.map(() => 'instr(e.metadata, ?)').join(' OR ')})`, values, isExact: true };
    }
    case 'positions':
      return { sql: 'e.position BETWEEN ? AND ?', values: [condition.low, condition.high], isExact: true };
    case 'times':
      return { sql: '(e.time >= ? AND e.time < ?)', values: [condition.from, condition.until], isExact: true };
    case 'not': {
      const inner = prefilterOf(condition.of, typeNo);
      return inner.isExact && inner.sql !== '' ? { ...inner, sql: `NOT ${inner.sql}` } : NOTHING_SAID;
    }
    default:
      return NOTHING_SAID;
  }
}

function join(parts: readonly Prefilter[], operator: 'AND' | 'OR'): Pick<Prefilter, 'sql' | 'values'> {
  const sql = parts.map((part) => part.sql).join(` ${operator} `);
  return { sql: parts.length > 1 ? `(${sql})` : sql, values: parts.flatMap((part) => part.values) };
}
