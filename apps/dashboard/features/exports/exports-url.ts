import { type inferParserType, parseAsArrayOf, parseAsBoolean, parseAsString, parseAsStringLiteral } from 'nuqs';
import { CLASSES } from '../audit/audit-url.ts';
import { rangeParsers, rangeUrlKeys, type TimeRange } from '../frame/time-range.ts';

export const VIEWS = ['exports', 'retention'] as const;

/** The exports page in its address; query, kinds and time are what a new export begins with. */
export const exportsParsers = {
  view: parseAsStringLiteral(VIEWS).withDefault('exports'),
  id: parseAsString,
  new: parseAsBoolean.withDefault(false),
  q: parseAsString.withDefault(''),
  classes: parseAsArrayOf(parseAsStringLiteral(CLASSES)).withDefault([]),
  ...rangeParsers('30d'),
};

export const exportsUrlKeys = { ...rangeUrlKeys, classes: 'class' } as const;

export type ExportsQuery = inferParserType<typeof exportsParsers>;

/** What a page shows, as the beginning of an export. */
export type Shown = TimeRange & Partial<Pick<ExportsQuery, 'q' | 'classes'>>;
