/** What was written while nobody listened: asked for once a session is new, and taken before what comes then. */
import { z } from 'zod';
import { missedFrom, patiently, takeMissed } from '../catch-up.ts';
import type { Lanes } from '../lanes.ts';
import type { DiscordApi } from './api.ts';
import { commit, type ReceiveContext } from './commit.ts';
import { readMessage } from './message.ts';
import type { KnownPlaces, Seen } from './places.ts';
import { snowflakeAt, sortable } from './snowflake.ts';

const MOST_CHANNELS = 200;
/** The direct conversations of so many of those who may write are looked into. */
const MOST_PEOPLE = 50;
const PAGE_SIZE = 100;
const MOST_PAGES = 5;
/** Discord's clock is not this one. */
const OVERLAP_MS = 120_000;

const messages = z.array(z.looseObject({ id: z.string() }));
const opened = z.looseObject({ id: z.string() });

export type CatchUp = {
  readonly seen: (seen: Seen, lanes: Lanes, since: number) => void;
  /** Finds out which direct conversations there are. */
  readonly prepare: () => Promise<void>;
  readonly direct: (lanes: Lanes, since: number) => void;
};

export type CatchUpOptions = {
  readonly api: DiscordApi;
  readonly places: KnownPlaces;
  readonly context: ReceiveContext;
  /** Ids of those who may write directly: Discord does not tell a bot which conversations it has. */
  readonly people: readonly string[];
};

export function createCatchUp({ api, places, context, people }: CatchUpOptions): CatchUp {
  const { signal } = context;
  /** The direct conversation with each person. */
  const directs = new Map<string, string>();
  const left = new Map<number, number>();
  /** Whether one more channel may be asked for since this moment. */
  const mayAsk = (since: number): boolean => {
    const more = left.get(since) ?? MOST_CHANNELS;
    left.clear();
    left.set(since, more - 1);
    return more > 0;
  };

  const look = async (channel: string, guildId: string | undefined, since: number): Promise<void> => {
    let after = from(since);
    for (let pages = 0; pages < MOST_PAGES; pages++) {
      const query = `/channels/${channel}/messages?after=${after}&limit=${PAGE_SIZE}`;
      const found = messages.safeParse(await patiently(() => api.call('GET', query, signal), signal)).data ?? [];
      const inOrder = found.toSorted((a, b) => (sortable(a.id) < sortable(b.id) ? -1 : 1));
      const read = (message: (typeof inOrder)[number]) => readMessage(message, places, guildId);
      await takeMissed(inOrder, read, (reading, message) => commit(reading, message, context), context);
      after = inOrder.at(-1)?.id ?? after;
      if (found.length < PAGE_SIZE) return;
    }
  };

  return {
    seen: ({ id, guildId, lastMessageId }, lanes, since) => {
      if (sortable(lastMessageId) < sortable(from(since)) || !mayAsk(since)) return;
      lanes.add(id, '', () => look(id, guildId, since));
    },
    prepare: async () => {
      for (const person of people.filter((entry) => /^\d{5,20}$/.test(entry) && !directs.has(entry)).slice(0, MOST_PEOPLE)) {
        const answer = await patiently(() => api.call('POST', '/users/@me/channels', signal, { recipient_id: person }), signal);
        const conversation = opened.safeParse(answer).data;
        if (conversation) directs.set(person, conversation.id);
      }
    },
    direct: (lanes, since) => {
      for (const id of directs.values()) lanes.add(id, '', () => look(id, undefined, since));
    },
  };
}

function from(since: number): string {
  return snowflakeAt(missedFrom(since, OVERLAP_MS));
}
