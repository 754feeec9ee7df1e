/** Whether a condition can be answered from the counters that are kept by type, channel and agent, without reading events. */
import type { Condition } from './condition.ts';

export type Counted = { readonly type: string; readonly channel: string; readonly agent: string };

/** Which counters belong to the condition, within `from` inclusive and `until` exclusive. */
export type Rollup = { readonly keeps: (row: Counted) => boolean; readonly from: number; readonly until: number };

/** Nothing where a condition asks for more than the counters know. */
export function rollupOf(condition: Condition): Rollup | undefined {
  const parts = condition.kind === 'and' ? condition.of : [condition];
  let from = Number.NEGATIVE_INFINITY;
  let until = Number.POSITIVE_INFINITY;
  const tests: ((row: Counted) => boolean)[] = [];
  for (const part of parts) {
    if (part.kind === 'times') {
      from = Math.max(from, part.from);
      until = Math.min(until, part.until);
      continue;
    }
    const test = testOf(part);
    if (!test) return undefined;
    tests.push(test);
  }
  return { keeps: (row) => tests.every((test) => test(row)), from, until };
}

function testOf(condition: Condition): ((row: Counted) => boolean) | undefined {
  switch (condition.kind) {
    case 'all':
      return () => true;
    case 'types':
      return ({ type }) => condition.types.has(type);
    case 'metadata':
      if (condition.name === 'channel') return ({ channel }) => condition.values.has(channel);
      if (condition.name === 'agent') return ({ agent }) => condition.values.has(agent);
      return undefined;
    case 'not': {
      const test = testOf(condition.of);
      return test && ((row) => !test(row));
    }
    case 'and':
    case 'or': {
      const tests = condition.of.map(testOf);
      if (!tests.every((test) => test !== undefined)) return undefined;
      return condition.kind === 'and' ? (row) => tests.every((test) => test(row)) : (row) => tests.some((test) => test(row));
    }
    default:
      return undefined;
  }
}
