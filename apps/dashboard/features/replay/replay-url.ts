import { createSerializer, parseAsInteger, parseAsString } from 'nuqs';

/** The replay page in its address: the list, the form for a new one, or one run with one message of it chosen. */
export const replayParsers = {
  run: parseAsString,
  message: parseAsInteger,
  /** What the form for a new one begins with. */
  session: parseAsString,
  /** The last event of the session that is run again. */
  to: parseAsInteger,
  query: parseAsString,
  /** `1` shows the form. */
  create: parseAsInteger,
};

const serialize = createSerializer(replayParsers);

/** The address of a run. */
export function runUrl(run: string): string {
  return serialize('/replay/', { run });
}

/** The address of the form, with a session, or its beginning up to an event, chosen when given. */
export function newReplayUrl({ session, to }: { readonly session?: string | undefined; readonly to?: number } = {}): string {
  return serialize('/replay/', { create: 1, session: session ?? null, to: to ?? null });
}
