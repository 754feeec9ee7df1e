import { GatewayError } from '@openclaw-gateway/events/errors';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { combine, type Literal, not, type Query, type Value } from './ast.ts';
import { FIELDS, type FieldName, fieldSpec } from './fields.ts';
import { parseQuery } from './parse.ts';
import { printQuery } from './print.ts';

const NOWHERE = { start: 0, end: 0 };

function withoutSpans(query: Query): unknown {
  return JSON.parse(JSON.stringify(query, (key, value) => (key === 'span' ? undefined : value)));
}

function problemOf(text: string): { readonly problem: string; readonly marked: string } {
  try {
    parseQuery(text);
  } catch (error) {
    if (!(error instanceof GatewayError) || error.code !== 'QUERY_INVALID') throw error;
    const { problem, start, end } = error.details as { problem: string; start: number; end: number };
    return { problem, marked: text.slice(start, end) };
  }
  throw new Error(`${text} was read`);
}

describe('reading a query', () => {
  test.each([
    ['type:message.* channel:(telegram,http)', 'type:message.* channel:(telegram,http)'],
    ['type:run.failed AND sev:error', 'type:run.failed sev:error'],
    ['severity:>=WARN', 'sev:>=WARN'],
    ['a b OR c', '(a b) OR c'],
    ['a (b OR c)', 'a (b OR c)'],
    ['NOT agent:main', '-agent:main'],
    ['-(a b)', '-(a b)'],
    ['NOT NOT a', 'a'],
    ['--a', 'a'],
    ['((a))', 'a'],
    ['a AND (b AND c)', 'a b c'],
    ['time:-1h..now', 'time:-1h..now'],
    ['time:..2026-05-01T10:00', 'time:..2026-05-01T10:00'],
    ['seq:10..', 'seq:10..'],
    ['time:"2026-05-01 10:00".."2026-05-01 11:00"', 'time:"2026-05-01 10:00".."2026-05-01 11:00"'],
    ['data.problem.code:MODEL_TIMEOUT', 'data.problem.code:MODEL_TIMEOUT'],
    ['model:~claude-*', 'model:~claude-*'],
    ['channel:( a , "b c" )', 'channel:(a,"b c")'],
    ['"AND" 今天天气', '"AND" 今天天气'],
    [String.raw`"say \"hi\" \\ now"`, String.raw`"say \"hi\" \\ now"`],
    ['near:1204331~50 is:terminal in:session/ses_x', 'near:1204331~50 is:terminal in:session/ses_x'],
    ['  ', ''],
    ['refun* -', 'refun* -'],
  ])('%s', (written, shortest) => {
    expect(printQuery(parseQuery(written))).toBe(shortest);
  });

  test('an unquoted word and the same in quotes are two things', () => {
    expect(parseQuery('a*')).toMatchObject({ kind: 'text', quoted: false });
    expect(parseQuery('"a*"')).toMatchObject({ kind: 'text', quoted: true });
  });

  test.each([
    ['sesion:x', 'There is no field sesion. Did you mean session?', 'sesion'],
    ['http://example.org', 'There is no field http. Put text with a colon in quotes.', 'http'],
    ['type:>message', 'type has no operator :>; it has : := :~.', ':>'],
    ['type:', 'A value is expected after type:', ''],
    ['a OR type: b', 'A value is expected after type:', ' '],
    ['channel:a,b', 'Several values stand in parentheses: (a, b).', ','],
    ['channel:(a b)', 'A list is written (a, b).', 'b'],
    ['channel:(a', 'A list is written (a, b).', '('],
    ['channel:()', 'A value is expected here.', ')'],
    ['(a OR b', 'This parenthesis is never closed.', '('],
    ['a)', 'This parenthesis was never opened.', ')'],
    ['"abc', 'This quotation mark is never closed.', '"'],
    ['a OR', 'The query ends where a clause is expected.', ''],
    ['OR a', 'OR stands between two clauses. Put it in quotes to look for the word.', 'OR'],
    ['a AND AND b', 'AND stands between two clauses. Put it in quotes to look for the word.', 'AND'],
    ['dur:..', 'A range needs at least one end: a..b, a.. or ..b.', '..'],
    ['dur:>1s..2s', 'A range stands after a colon, not after :>', '..'],
    ['dur:1..2..3', 'A range has two ends: a..b.', '.'],
    ['data:x', 'Name the field of the data: data.<path>.', 'data'],
    ['type.x:y', 'type has nothing below it; a field of the data is data.x.', 'type.x'],
  ])('%s is refused where it is wrong', (written, problem, marked) => {
    expect(problemOf(written)).toEqual({ problem, marked });
  });

  test('the message draws a caret below the place, also beside wide characters and in a long query', () => {
    const messageOf = (text: string) => {
      try {
        parseQuery(text);
        return '';
      } catch (error) {
        return (error as Error).message;
      }
    };
    expect(messageOf('type:run.* sesion:x')).toBe(
      'There is no field sesion. Did you mean session?\n  type:run.* sesion:x\n             ^^^^^^',
    );
    expect(messageOf('天气 sesion:x').split('\n').at(-1)).toBe('       ^^^^^^');
    const long = messageOf(`${'word '.repeat(50)}sesion:x ${'more '.repeat(50)}`).split('\n');
    expect(Math.max(...long.map((line) => line.length))).toBeLessThan(100);
    expect(long[1]?.slice(long[2]?.indexOf('^'), (long[2]?.lastIndexOf('^') ?? 0) + 1)).toBe('sesion');
  });

  test('a query that is too long, too deep or has too many clauses is refused', () => {
    expect(problemOf('a'.repeat(2001)).problem).toBe('The query is longer than 2000 characters.');
    expect(problemOf(`${'('.repeat(41)}a${')'.repeat(41)}`).problem).toBe('Clauses are nested deeper than 40.');
    expect(problemOf('a '.repeat(101)).problem).toBe('A query has at most 100 clauses.');
    expect(problemOf(`channel:(${'a,'.repeat(50)}a)`).problem).toBe('A list has at most 50 values.');
  });
});

/** What the reader of a query can make; everything else has no spelling. */
const bare = (characters: string) => fc.string({ unit: fc.constantFrom(...characters), minLength: 1, maxLength: 8 });
const literal: fc.Arbitrary<Literal> = fc.oneof(
  // A value that begins like an operator is written in quotes.
  bare('abz09-_*?~/:+天')
    .filter((text) => !text.startsWith('~'))
    .map((text) => ({ text, quoted: false, span: NOWHERE })),
  fc.string({ maxLength: 8 }).map((text) => ({ text, quoted: true, span: NOWHERE })),
);
const valueFor = (op: string): fc.Arbitrary<Value> => {
  const one: fc.Arbitrary<Value> = literal.map((value) => ({ kind: 'one', literal: value }));
  const list: fc.Arbitrary<Value> = fc.array(literal, { minLength: 1, maxLength: 3 }).map((literals) => ({ kind: 'list', literals }));
  const range: fc.Arbitrary<Value> = fc
    .tuple(fc.option(literal, { nil: undefined }), fc.option(literal, { nil: undefined }))
    .filter(([from, to]) => from !== undefined || to !== undefined)
    .map(([from, to]) => ({ kind: 'range', ...(from && { from }), ...(to && { to }) }));
  if (op === ':' || op === ':=') return fc.oneof(one, list, range);
  return op === ':~' ? fc.oneof(one, list) : one;
};
const field: fc.Arbitrary<Query> = fc.constantFrom(...(Object.keys(FIELDS) as FieldName[])).chain((name) =>
  fc.constantFrom(...fieldSpec(name).operators).chain((op) =>
    fc.record({
      kind: fc.constant('field' as const),
      field: fc.constant(name),
      path: name === 'data' ? fc.constantFrom('text', 'problem.code', 'a-b.c_1') : fc.constant(''),
      op: fc.constant(op),
      value: valueFor(op),
      span: fc.constant(NOWHERE),
    }),
  ),
);
const text: fc.Arbitrary<Query> = fc.oneof(
  bare('abzANDORT019*天é').map((word) => ({ kind: 'text' as const, text: word, quoted: /^(AND|OR|NOT)$/.test(word), span: NOWHERE })),
  fc.string({ maxLength: 10 }).map((word) => ({ kind: 'text' as const, text: word, quoted: true, span: NOWHERE })),
);
const queries: fc.Arbitrary<Query> = fc.letrec<{ query: Query; leaf: Query }>((tie) => ({
  leaf: fc.oneof(field, text),
  query: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('leaf'),
    tie('query').map(not),
    fc
      .tuple(fc.constantFrom('and' as const, 'or' as const), fc.array(tie('query'), { minLength: 1, maxLength: 3 }))
      .map(([kind, clauses]) => combine(kind, clauses)),
  ),
})).query;

describe('laws', () => {
  test('what is printed is read as the same query', () => {
    fc.assert(
      fc.property(queries, (query) => {
        expect(withoutSpans(parseQuery(printQuery(query)))).toEqual(withoutSpans(query));
      }),
      { numRuns: 2000 },
    );
  });

  const pieces = fc.constantFrom(
    'type:',
    'sev',
    ':>',
    '(',
    ')',
    '"',
    '-',
    '..',
    ',',
    ' ',
    'AND',
    'OR',
    'NOT ',
    'time:-1h',
    'data.',
    '\\',
    '*',
    '天',
    'a',
    'seq:1',
  );
  const writings = fc.oneof(
    fc.string({ maxLength: 40 }),
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.array(pieces, { maxLength: 15 }).map((some) => some.join('')),
  );

  test('whatever is written is either read, and then survives printing, or refused as a query', () => {
    fc.assert(
      fc.property(writings, (written) => {
        let query: Query;
        try {
          query = parseQuery(written);
        } catch (error) {
          expect(error).toMatchObject({
            code: 'QUERY_INVALID',
            details: { problem: expect.any(String), caret: expect.stringContaining('^') },
          });
          return;
        }
        expect(withoutSpans(parseQuery(printQuery(query)))).toEqual(withoutSpans(query));
      }),
      { numRuns: 3000 },
    );
  });
});
