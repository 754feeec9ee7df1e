/**
 * Receiving from Discord's gateway. It has no acknowledgements: what is told back, and resumed after, is the last dispatch up to
 * which everything is committed. What a resume cannot bring is asked for.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { GatewayError } from '@openclaw-gateway/events';
import type { ChannelContext } from '@openclaw-gateway/sdk';
import { z } from 'zod';
import { createLanes, type Lanes } from '../lanes.ts';
import { untilDurable } from '../until-durable.ts';
import type { DiscordApi } from './api.ts';
import { attachments, type OpenFile } from './files.ts';
import { holdGateway, type Session } from './gateway.ts';
import { type Reading, readDispatch } from './message.ts';
import type { KnownPlaces, Seen } from './places.ts';

/** More than this waiting, and Discord has to wait, too. */
const MOST_WAITING = 500;

export type ReceiveContext = Pick<ChannelContext<unknown>, 'receive' | 'amend' | 'refuse' | 'signal'> & { readonly openFile: OpenFile };

export type ReceiveOptions = {
  readonly api: DiscordApi;
  readonly apiRoot: string;
  readonly botToken: string;
  readonly messageContent: boolean;
  readonly places: KnownPlaces;
  readonly context: ReceiveContext;
  readonly onConnected: () => void;
  /** Until when somebody listened before, in milliseconds since 1970. */
  readonly since: number | undefined;
  /** Called before a new session begins, and once it has: asks for direct messages that came since. */
  readonly beforeNewSession: () => Promise<void>;
  readonly onNewSession: (lanes: Lanes, since: number) => void;
  /** A channel is known with its last message, in a session that is new. */
  readonly onSeen: (seen: Seen, lanes: Lanes, since: number) => void;
};

const starts = z.looseObject({
  url: z.string(),
  session_start_limit: z.looseObject({ remaining: z.number(), reset_after: z.number() }).optional(),
});

/** The address to connect to. Throws CHANNEL_RATE_LIMITED when too many sessions were begun today. */
export async function gatewayUrl(api: DiscordApi, signal: AbortSignal): Promise<{ readonly url: string; readonly remaining?: number }> {
  const answer = starts.safeParse(await api.call('GET', '/gateway/bot', signal)).data;
  if (!answer) throw new GatewayError('CHANNEL_UNAVAILABLE', { message: 'Discord names no address to connect to.' });
  const { url, session_start_limit: limit } = answer;
  if (limit && limit.remaining < 1) {
    const message = 'The bot has begun as many sessions as Discord allows in a day.';
    throw new GatewayError('CHANNEL_RATE_LIMITED', { message, details: { retryAfterMs: limit.reset_after } });
  }
  return { url, ...(limit && { remaining: limit.remaining }) };
}

/** Receives until the signal aborts. Throws a CHANNEL_ code when Discord cannot be reached or will not have the bot. */
export async function receiveFromDiscord(options: ReceiveOptions): Promise<void> {
  const { api, context, places } = options;
  const { signal } = context;
  let flow: { readonly pause: () => void; readonly resume: () => void } | undefined;
  const lanes = createLanes((size) => (size > MOST_WAITING ? flow?.pause() : flow?.resume()));
  let pending = new Set<number>();
  let session = undefined as Session | undefined;
  let { since } = options;
  let heard = 0;
  // Dispatches are numbered upwards, so the first that is pending is the least.
  const committed = () => (pending.values().next().value ?? heard + 1) - 1;
  const take = (name: string, data: unknown, sequence: number) => {
    heard = sequence;
    if (since !== undefined) for (const seen of places.learn(name, data)) options.onSeen(seen, lanes, since);
    else places.learn(name, data);
    const reading = readDispatch(name, data, places);
    if (reading.kind === 'skip') return;
    const { lane, order } = reading.kind === 'refuse' ? { lane: 'refused', order: '' } : reading;
    // A new session numbers anew.
    const ofSession = pending;
    ofSession.add(sequence);
    lanes.add(lane, order, async () => {
      if (await untilDurable(data, () => commit(reading, data, context), context)) ofSession.delete(sequence);
    });
  };
  const { url } = await gatewayUrl(api, signal);
  while (!signal.aborted) {
    if (!session && since !== undefined) await options.beforeNewSession();
    const next = await holdGateway({
      url: session?.resumeUrl ?? url,
      apiRoot: options.apiRoot,
      botToken: options.botToken,
      messageContent: options.messageContent,
      signal,
      session: session && { ...session, sequence: committed() },
      sequence: committed,
      onOpen: (opened) => {
        flow = opened;
      },
      onReady: (begun) => {
        [session, heard] = [begun, begun.sequence];
        pending = new Set();
        if (since !== undefined) options.onNewSession(lanes, since);
        options.onConnected();
      },
      onResumed: options.onConnected,
      onDispatch: take,
    });
    if (next === 'resume' || signal.aborted) continue;
    [session, since] = [undefined, Date.now()];
    // Discord asks for this pause before a new session.
    await wait(1_000 + Math.random() * 4_000, undefined, { signal }).catch(() => {});
  }
}

/** Commits what was read. Throws as `receive` does. */
export async function commit(reading: Reading, update: unknown, context: ReceiveContext): Promise<void> {
  if (reading.kind === 'message') await context.receive({ ...reading.inbound, ...attachments(reading.files, context.openFile) });
  else if (reading.kind === 'refuse') await context.refuse(update, reading.error);
  else if (reading.kind === 'amendments') for (const amendment of reading.amendments) await context.amend(amendment);
}
