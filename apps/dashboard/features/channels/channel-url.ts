import { parseAsBoolean, parseAsString, parseAsStringLiteral } from 'nuqs';

export const TABS = ['overview', 'log', 'deliveries', 'deadLetters', 'pairing'] as const;

/** The channels page in its address: all accounts, or one with one of its parts. */
export const channelParsers = {
  channel: parseAsString,
  account: parseAsString.withDefault('default'),
  tab: parseAsStringLiteral(TABS).withDefault('overview'),
  connect: parseAsBoolean.withDefault(false),
};
