import { describe, expect, it } from 'vitest';
import { keptOf, shownOf } from './saved-range.ts';

const FROM = Date.UTC(2026, 4, 10, 9, 30);
const custom = { q: 'sev:error', range: 'custom', fromTime: FROM, toTime: FROM + 60_000 } as const;

describe('the time of a saved view', () => {
  it.each([
    custom,
    { ...custom, toTime: null },
    { ...custom, q: '', fromTime: null },
    { q: 'sev:error', range: '7d', fromTime: null, toTime: null } as const,
    { q: 'time:-1h', range: 'all', fromTime: null, toTime: null } as const,
  ])('is the same when the view is opened: %j', (query) => {
    expect(shownOf(keptOf(query))).toEqual(query);
  });

  it('holds for every alternative of a query', () => {
    expect(keptOf({ ...custom, q: 'a OR b' }).query).toBe('(a OR b) time:>=2026-05-10T09:30:00.000Z time:<2026-05-10T09:31:00.000Z');
  });
});
