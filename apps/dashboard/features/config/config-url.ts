import { createSerializer, parseAsBoolean, parseAsString, parseAsStringLiteral } from 'nuqs';

export const TABS = ['form', 'source', 'diff', 'history'] as const;
export type Tab = (typeof TABS)[number];

/** The configuration page in its address. `v` and `diff` are what is compared: `running`, `draft`, or the hash of a version. */
export const configParsers = {
  tab: parseAsStringLiteral(TABS).withDefault('form'),
  section: parseAsString,
  q: parseAsString.withDefault(''),
  modified: parseAsBoolean.withDefault(false),
  key: parseAsString,
  v: parseAsString,
  diff: parseAsString,
};

const serialize = createSerializer(configParsers);

/** The address at which a key is open and highlighted. */
export function configUrl(key: string): string {
  return serialize('/config/', { key });
}
