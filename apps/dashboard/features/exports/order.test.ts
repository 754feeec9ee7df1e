import { describe, expect, it } from 'vitest';
import { beginningIn, isComplete, newOrder, orderIn, scopeIn } from './order.ts';

describe('the order of an export', () => {
  it('names the last thirty days at first, and nothing that was not chosen', () => {
    expect(orderIn(newOrder('default'))).toEqual({ from: '-30d', format: 'jsonl', masking: 'default', gzip: false });
  });

  it('names columns of CSV only, and only when some were left out', () => {
    const some = { ...newOrder('default'), columns: ['time', 'type'] as const };
    expect(orderIn({ ...some, format: 'csv' })).toMatchObject({ columns: ['time', 'type'] });
    expect(orderIn(some)).not.toHaveProperty('columns');
    expect(orderIn({ ...newOrder('default'), format: 'csv' })).not.toHaveProperty('columns');
  });

  it('reads the names of fields however they are parted, and times as they are typed', () => {
    const order = { ...newOrder('strict'), maskedFields: ' iban,  plate\nsalary ', span: 'custom', from: '2026-05-01', to: '' } as const;
    expect(orderIn(order)).toMatchObject({ maskedFields: ['iban', 'plate', 'salary'], from: '2026-05-01' });
    expect(scopeIn({ ...order, span: 'all' })).toEqual({});
  });

  it.each([
    ['24h', { from: '-1d' }],
    ['90d', { from: '-90d' }],
    ['15m', { from: '-15m' }],
    ['all', {}],
    ['custom', { from: '2026-05-01T00:00:00.000Z' }],
  ] as const)('begins with the query and the time of the page that it comes from: %s', (range, time) => {
    const address = { view: 'exports', id: null, new: true, q: 'sev:error', classes: [], range } as const;
    const order = beginningIn({ ...address, classes: [], fromTime: Date.UTC(2026, 4), toTime: null });
    expect(scopeIn({ ...newOrder('default'), ...order })).toEqual({ query: 'sev:error', ...time });
  });

  it('does not go on without a reason where nothing is masked', () => {
    expect(isComplete('masking', newOrder('none'))).toBe(false);
    expect(isComplete('masking', { ...newOrder('none'), reason: 'asked by the court' })).toBe(true);
    expect(isComplete('fields', { ...newOrder('default'), columns: [] })).toBe(false);
  });
});
