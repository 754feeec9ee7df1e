import { ENCODINGS } from '@openclaw-gateway/db/testing/encodings';
import { expect, it } from 'vitest';
import { createSweeper } from './canary/needles.ts';
import { canaryRound } from './canary/round.ts';
import { secretOf } from './canary/secrets.ts';

it('I8 D no secret in any of twenty encodings is in the log, its views, exports, a backup, metrics, pages, answers, the process log or what commands print', async () => {
  const { hits, heapHits, planted, redacted } = await canaryRound(12);
  expect(planted).toBe(240);
  // They did arrive: each encoding of each secret by several ways.
  expect(redacted).toBeGreaterThan(5 * planted);
  expect(hits.slice(0, 10)).toEqual([]);
  expect(heapHits).toEqual([]);
});

it.each(Object.keys(ENCODINGS))('the sweep would find one that is %s', (name) => {
  for (let index = 0; index < 8; index++) {
    const secret = secretOf('known', index);
    const sweeper = createSweeper([secretOf('other', 1), secret]);
    sweeper.text('a page', `<p>${ENCODINGS[name]?.(secret)}</p>`);
    sweeper.text('an answer', JSON.stringify({ rows: [{ summary: ENCODINGS[name]?.(secret) }] }));
    expect(new Set(sweeper.hits.map(({ where }) => where))).toEqual(new Set(['a page', 'an answer']));
  }
});
