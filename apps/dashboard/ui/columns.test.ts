import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  columnNames,
  columnsText,
  gridOf,
  MIN_WIDTH_PX,
  moved,
  parseColumns,
  pinOffsets,
  pinToggled,
  toggled,
  usualColumns,
  withWidth,
} from './columns.ts';

const SET = {
  widths: { seq: 68, time: 100, type: 170, summary: undefined, actor: 128 },
  usual: ['seq', 'time', 'type', 'summary'],
} as const;
const USUAL = usualColumns<Name>(SET);
type Name = keyof typeof SET.widths;

const names = (columns: readonly { readonly name: string }[]) => columns.map(({ name }) => name).join();

it('columns come back from the address as they went in, and the usual ones are not in it', () => {
  expect(columnsText<Name>(SET, USUAL)).toBeNull();
  const columns = pinToggled(withWidth(toggled<Name>(SET, USUAL, 'actor'), 'type', 300), 'time');
  const text = columnsText<Name>(SET, columns);
  expect(text).toEqual(['time!', 'seq', 'type~300', 'summary', 'actor']);
  expect(parseColumns<Name>(SET, text)).toEqual(columns);
});

it('what makes no sense is left out, and none at all is the usual ones', () => {
  expect(names(parseColumns<Name>(SET, ['type~99999', 'type', 'colour', 'time~5', 'seq']))).toBe('type,seq');
  expect(parseColumns<Name>(SET, ['colour'])).toEqual(USUAL);
  expect(parseColumns<Name>(SET, null)).toEqual(USUAL);
});

it('move among those of their kind, go and come, and the last one stays', () => {
  expect(names(moved(USUAL, 'time', -1)).startsWith('time,seq')).toBe(true);
  expect(moved(USUAL, 'seq', -1)).toBe(USUAL);
  expect(names(toggled<Name>(SET, USUAL, 'seq')).startsWith('time,type')).toBe(true);
  const one = parseColumns<Name>(SET, ['summary']);
  expect(toggled(SET, one, 'summary')).toBe(one);
});

it('lie in a grid, and those that stay in sight beside each other', () => {
  expect(gridOf(parseColumns<Name>(SET, ['seq', 'summary']), { afterPx: 24 })).toBe('68px minmax(200px,1fr) 24px');
  expect(gridOf(parseColumns<Name>(SET, ['seq~50']))).toBe('50px 1fr');
  expect(gridOf(parseColumns<Name>(SET, ['seq']), { beforePx: 16 })).toBe('16px 68px 1fr');
  expect([...pinOffsets(parseColumns<Name>(SET, ['seq!', 'time!', 'type']), 12, 12)]).toEqual([
    ['seq', 12],
    ['time', 92],
  ]);
});

it('whatever is done with them: none comes twice, those in sight stand first, and the address says it all', () => {
  const name = fc.constantFrom(...columnNames<Name>(SET));
  const act = fc.oneof(
    name.map((each) => (now: typeof USUAL) => toggled(SET, now, each)),
    name.map((each) => (now: typeof USUAL) => pinToggled(now, each)),
    fc.tuple(name, fc.constantFrom(-1 as const, 1 as const)).map(
      ([each, step]) =>
        (now: typeof USUAL) =>
          moved(now, each, step),
    ),
    fc.tuple(name, fc.integer({ min: -50, max: 2_000 })).map(
      ([each, widthPx]) =>
        (now: typeof USUAL) =>
          withWidth(now, each, widthPx),
    ),
  );
  fc.assert(
    fc.property(fc.array(act, { maxLength: 20 }), (acts) => {
      const columns = acts.reduce((now, each) => each(now), USUAL);
      expect(new Set(columns.map((each) => each.name)).size).toBe(columns.length);
      expect(columns.findLastIndex(({ pinned }) => pinned)).toBe(columns.filter(({ pinned }) => pinned).length - 1);
      expect(columns.every(({ widthPx = MIN_WIDTH_PX }) => widthPx >= MIN_WIDTH_PX)).toBe(true);
      expect(parseColumns<Name>(SET, columnsText(SET, columns))).toEqual(columns);
    }),
  );
});
