/** Which threads began with a message that named the bot: what is written there later speaks to it, too. */
import { toGatewayError } from '@openclaw-gateway/events';
import type { Inbound } from '@openclaw-gateway/sdk';
import { z } from 'zod';
import { rememberIn } from '../parts.ts';
import type { SlackApi } from './api.ts';
import { destination, type Self, speaksTo } from './event.ts';

const MOST_THREADS = 2_000;
/** A message does not wait longer than this. */
const PATIENCE_MS = 5_000;

const replies = z.looseObject({ messages: z.array(z.looseObject({ ts: z.string(), text: z.string().optional() })) });

export type Threads = {
  /** The message, with whether it speaks to the bot because of where it stands. Never rejects. */
  readonly place: (inbound: Inbound) => Promise<Inbound>;
};

/** What it has not seen begin, as before a restart, it asks Slack for, once. */
export function slackThreads(api: SlackApi, self: Self, signal: AbortSignal): Threads {
  const begunByName = new Map<string, boolean>();
  let quietUntil = 0;
  const look = async (id: string): Promise<boolean> => {
    if (quietUntil > performance.now()) return false;
    const { channel, threadTs } = destination({ kind: 'thread', id });
    const patience = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);
    const answer = await api.call('conversations.replies', { channel, ts: threadTs, limit: 1 }, patience).catch((thrown: unknown) => {
      const waitMs = toGatewayError(thrown).details?.['retryAfterMs'];
      if (typeof waitMs === 'number') quietUntil = performance.now() + waitMs;
    });
    const root = replies.safeParse(answer).data?.messages.find(({ ts }) => ts === threadTs);
    const isNamed = speaksTo(root?.text ?? '', self);
    if (root) rememberIn(begunByName, id, isNamed, MOST_THREADS);
    return isNamed;
  };
  return {
    place: async (inbound) => {
      const { peer, mentioned, externalId } = inbound;
      if (peer.kind !== 'thread') return inbound;
      if (externalId === peer.id) rememberIn(begunByName, peer.id, true, MOST_THREADS);
      if (mentioned) return inbound;
      return { ...inbound, mentioned: begunByName.get(peer.id) ?? (await look(peer.id)) };
    },
  };
}
