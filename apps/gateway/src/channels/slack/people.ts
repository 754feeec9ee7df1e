/** What people are called, asked of Slack once in a while. Without the scope `users:read`, or an answer in time, they go by their ids. */
import { toGatewayError } from '@openclaw-gateway/events';
import { z } from 'zod';
import { rememberIn } from '../parts.ts';
import type { SlackApi } from './api.ts';

const MOST_PEOPLE = 2_000;
/** Of one message. */
const MOST_AT_ONCE = 10;
const KEPT_MS = 3_600_000;
/** How soon somebody is asked for again whom Slack did not name. */
const UNKNOWN_MS = 60_000;
/** A message does not wait longer than this. */
const PATIENCE_MS = 2_000;
const MOST_NAME_LENGTH = 80;

const answer = z.looseObject({
  user: z.looseObject({
    name: z.string().optional(),
    real_name: z.string().optional(),
    profile: z.looseObject({ display_name: z.string().optional() }).optional(),
  }),
});

export type People = {
  /** The names that are known of these people by their ids. Never rejects. */
  readonly namesOf: (ids: readonly string[]) => Promise<ReadonlyMap<string, string>>;
};

type Known = { readonly name: string | undefined; readonly until: number };

export function slackPeople(api: SlackApi, signal: AbortSignal, now: () => number = () => performance.now()): People {
  const known = new Map<string, Known>();
  const asking = new Map<string, Promise<void>>();
  let quietUntil = 0;

  const ask = async (id: string): Promise<void> => {
    try {
      const name = nameIn(await api.call('users.info', { user: id }, signal));
      rememberIn(known, id, { name, until: now() + (name === undefined ? UNKNOWN_MS : KEPT_MS) }, MOST_PEOPLE);
    } catch (thrown) {
      const { code, details } = toGatewayError(thrown);
      const waitMs = details?.['retryAfterMs'];
      if (code === 'CHANNEL_FORBIDDEN') quietUntil = Number.POSITIVE_INFINITY;
      else if (typeof waitMs === 'number') quietUntil = now() + waitMs;
      // A name that was known is better than none.
      else rememberIn(known, id, { name: known.get(id)?.name, until: now() + UNKNOWN_MS }, MOST_PEOPLE);
    }
  };
  const look = (id: string): Promise<void> => {
    const isFresh = (known.get(id)?.until ?? 0) > now();
    if (isFresh || quietUntil > now()) return Promise.resolve();
    const asked = asking.get(id) ?? ask(id).finally(() => asking.delete(id));
    asking.set(id, asked);
    return asked;
  };

  return {
    namesOf: async (ids) => {
      await inTime(Promise.all(ids.slice(0, MOST_AT_ONCE).map(look)));
      const named = ids.map((id) => [id, known.get(id)?.name] as const);
      return new Map(named.filter((entry): entry is readonly [string, string] => entry[1] !== undefined));
    },
  };
}

function nameIn(given: unknown): string | undefined {
  const parsed = answer.safeParse(given);
  if (!parsed.success) return undefined;
  const { profile, real_name: realName, name } = parsed.data.user;
  const shown = (profile?.display_name || realName || name || '').replace(/\s+/g, ' ').trim();
  return shown === '' ? undefined : [...shown].slice(0, MOST_NAME_LENGTH).join('');
}

async function inTime(work: Promise<unknown>): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, PATIENCE_MS);
  await Promise.race([work, late]);
  clearTimeout(timer);
}
