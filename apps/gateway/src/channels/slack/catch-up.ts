/** What was written while nobody listened: asked for once after a connection is made again, and taken before what comes then. */
import { z } from 'zod';
import { missedFrom, patiently, takeMissed } from '../catch-up.ts';
import type { Lanes } from '../lanes.ts';
import type { SlackApi } from './api.ts';
import { readMessage, type Self } from './event.ts';
import { commit, type ReceiveContext } from './receive.ts';

const MOST_CONVERSATIONS = 200;
/** In each conversation, and of each thread that began since. */
const MOST_MESSAGES = 200;
/** Slack's clock is not this one. */
const OVERLAP_MS = 60_000;

const conversations = z.looseObject({ channels: z.array(z.looseObject({ id: z.string().min(1) })) });
const messages = z.looseObject({
  messages: z.array(z.looseObject({ ts: z.string(), reply_count: z.number().optional(), thread_ts: z.string().optional() })),
});

export type CatchUpOptions = {
  readonly api: SlackApi;
  readonly self: Self;
  readonly context: ReceiveContext;
  /** Until when somebody listened, in milliseconds since 1970. */
  readonly since: number;
};

/** The conversations of the bot. Those whose messages it may not read are left out. */
export async function conversationsOf({ api, context: { signal } }: CatchUpOptions): Promise<readonly string[]> {
  const found = await Promise.all(
    ['im', 'mpim', 'private_channel', 'public_channel'].map(async (types) => {
      const query = { types, limit: MOST_CONVERSATIONS, exclude_archived: true };
      const answer = await patiently(() => api.call('users.conversations', query, signal), signal);
      return conversations.safeParse(answer).data?.channels.map(({ id }) => id) ?? [];
    }),
  );
  return found.flat().slice(0, MOST_CONVERSATIONS);
}

/** Puts the looking into each conversation's lane, ahead of what comes by the connection. */
export function catchUp(ids: readonly string[], lanes: Lanes, options: CatchUpOptions): void {
  let before = Promise.resolve();
  for (const id of ids) {
    // One conversation after the other: Slack counts the calls.
    const turn = before;
    const looked = Promise.withResolvers<void>();
    before = looked.promise;
    lanes.add(id, '', async () => {
      await turn;
      await look(id, options).finally(looked.resolve);
    });
  }
}

async function look(channel: string, { api, self, context, since }: CatchUpOptions): Promise<void> {
  const { signal } = context;
  const oldest = String(missedFrom(since, OVERLAP_MS) / 1000);
  const ask = async (method: string, query: object) => {
    const answer = await patiently(() => api.call(method, { channel, oldest, limit: MOST_MESSAGES, ...query }, signal), signal);
    return messages.safeParse(answer).data?.messages ?? [];
  };
  const found = new Map((await ask('conversations.history', {})).map((message) => [message.ts, message]));
  for (const { ts } of [...found.values()].filter(({ reply_count: count = 0 }) => count > 0)) {
    for (const reply of await ask('conversations.replies', { ts })) found.set(reply.ts, reply);
  }
  const inOrder = [...found.values()].toSorted((a, b) => (a.ts < b.ts ? -1 : 1));
  const read = (message: (typeof inOrder)[number]) => readMessage(message, channel, self);
  await takeMissed(inOrder, read, (reading, message) => commit(reading, message, context), context);
}
