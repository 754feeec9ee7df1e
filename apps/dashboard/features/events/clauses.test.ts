import { describe, expect, it } from 'vitest';
import { clausesOf, excludedValue, toggledValue, valuesOf, withClause, withoutClause } from './clauses.ts';

const texts = (query: string) => clausesOf(query).map(({ text }) => text);

describe('a query as chips', () => {
  it.each([
    ['', []],
    ['  type:message.*   sev:>=warn ', ['type:message.*', 'sev:>=warn']],
    ['a AND b', ['a', 'b']],
    ['"two words" channel:(http, "my hook")', ['"two words"', 'channel:(http, "my hook")']],
    ['NOT agent:main x', ['NOT agent:main', 'x']],
    ['dur:>2s outcome:failed OR has:error', ['dur:>2s outcome:failed OR has:error']],
    ['(a OR b) -tool:exec', ['(a OR b)', '-tool:exec']],
    ['"a \\" b" c', ['"a \\" b"', 'c']],
    ['open (paren and "quote', ['open', '(paren and "quote']],
  ])('%j has the clauses %j', (query, clauses) => {
    expect(texts(query)).toEqual(clauses);
  });

  it('knows field, operator and values, by whatever name the field is called', () => {
    expect(clausesOf('-severity:(warn,"error") data.problem.code:=X')).toMatchObject([
      { field: 'sev', operator: ':', values: ['warn', 'error'], negated: true },
      { field: 'data.problem.code', operator: ':=', values: ['X'], negated: false },
    ]);
  });

  it('takes a clause away and leaves the rest as it was written', () => {
    const query = 'a  channel:http   "b c"';
    expect(clausesOf(query).map((clause) => withoutClause(query, clause))).toEqual(['channel:http   "b c"', 'a "b c"', 'a  channel:http']);
  });

  it('adds a clause once, and puts an OR into parentheses first', () => {
    expect(withClause('', 'x')).toBe('x');
    expect(withClause('x', 'x')).toBe('x');
    expect(withClause('a OR b', 'c')).toBe('(a OR b) c');
  });

  it('chooses values of a field and takes them back', () => {
    let query = toggledValue('hello', 'channel', 'http');
    expect(query).toBe('hello channel:http');
    query = toggledValue(query, 'channel', 'my hook');
    expect(query).toBe('hello channel:(http,"my hook")');
    expect(valuesOf(query, 'channel')).toEqual(['http', 'my hook']);
    query = toggledValue(query, 'channel', 'http');
    expect(query).toBe('hello channel:"my hook"');
    expect(toggledValue(query, 'channel', 'my hook')).toBe('hello');
  });

  it('excludes a value, also one that was chosen', () => {
    expect(excludedValue('type:run.failed x', 'type', 'run.failed')).toBe('x -type:run.failed');
  });
});
