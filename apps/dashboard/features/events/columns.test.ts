import { expect, it } from 'vitest';
import { columnsText, DEFAULT_COLUMNS, gridOf, moved, parseColumns, pinOffsets, pinToggled, toggled, withWidth } from './columns.ts';

const names = (columns: readonly { readonly name: string }[]) => columns.map(({ name }) => name).join();

it('columns come back from the address as they went in, and the usual ones are not in it', () => {
  expect(columnsText(DEFAULT_COLUMNS)).toBeNull();
  const columns = pinToggled(withWidth(toggled(DEFAULT_COLUMNS, 'actor'), 'type', 300), 'time');
  const text = columnsText(columns);
  expect(text).toEqual(['time!', 'seq', 'severity', 'type~300', 'summary', 'channel', 'agent', 'session', 'actor']);
  expect(parseColumns(text)).toEqual(columns);
});

it('what makes no sense is left out, and none at all is the usual ones', () => {
  expect(names(parseColumns(['type~99999', 'type', 'colour', 'time~5', 'seq']))).toBe('type,seq');
  expect(parseColumns(['colour'])).toEqual(DEFAULT_COLUMNS);
  expect(parseColumns(null)).toEqual(DEFAULT_COLUMNS);
});

it('move among those of their kind, go and come, and the last one stays', () => {
  expect(names(moved(DEFAULT_COLUMNS, 'time', -1)).startsWith('time,seq')).toBe(true);
  expect(moved(DEFAULT_COLUMNS, 'seq', -1)).toBe(DEFAULT_COLUMNS);
  expect(names(toggled(DEFAULT_COLUMNS, 'seq')).startsWith('time,severity')).toBe(true);
  const one = parseColumns(['summary']);
  expect(toggled(one, 'summary')).toBe(one);
});

it('lie in a grid, and those that stay in sight beside each other', () => {
  expect(gridOf(parseColumns(['seq', 'summary']))).toBe('68px minmax(200px,1fr) 24px');
  expect(gridOf(parseColumns(['seq~50']))).toBe('50px 1fr 24px');
  expect([...pinOffsets(parseColumns(['seq!', 'time!', 'type']), 12, 12)]).toEqual([
    ['seq', 12],
    ['time', 92],
  ]);
});
