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
  /** The configuration that the key was looked at under, by its hash. */
  under: parseAsString,
  /** The replay whose configuration becomes the draft. */
  replay: parseAsString,
  v: parseAsString,
  diff: parseAsString,
};

const serialize = createSerializer(configParsers);

/** The address at which a key stands in the text; `configHash` names the version that it is of. */
export function sourceUrl(key: string, configHash?: string): string {
  return serialize('/config/', { tab: 'source', key, under: configHash ?? null });
}

/** The address at which the configuration that a replay tried is the draft. */
export function triedConfigUrl(replay: string): string {
  return serialize('/config/', { tab: 'diff', replay });
}

/** The address at which a key is open and highlighted. */
export function configUrl(key: string): string {
  return serialize('/config/', { key });
}
