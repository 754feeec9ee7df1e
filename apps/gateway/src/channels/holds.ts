/** Which accounts operators have paused or drain, and since when each has its token: the fold of the stream `channels`, kept in memory. */
import type { EventLog } from '@openclaw-gateway/db';
import {
  type Actor,
  ChannelControl,
  ChannelDraining,
  type ChannelHold,
  ChannelPaused,
  ChannelResumed,
  type ChannelToken,
  ChannelTokenTaken,
  type EventMetadata,
  GatewayError,
  type NewEvent,
} from '@openclaw-gateway/events';

const HOLDS_STREAM = 'channels';
const PAGE = 1000;
const SYSTEM: Actor = { type: 'system', id: 'gateway' };

export type Holding = 'paused' | 'drained' | 'draining' | 'resumed';
export type Holds = {
  readonly of: (channel: string, account: string) => ChannelHold | undefined;
  /** Records it; it holds once this resolves. */
  readonly set: (what: Holding, channel: string, account: string, actor: Actor) => Promise<void>;
  /** The token that the account's service took last. */
  readonly token: (channel: string, account: string) => ChannelToken | undefined;
  /** Records that the service took a token. */
  readonly tokenTaken: (channel: string, account: string, tokenId: string) => Promise<void>;
  /** Reads what earlier processes recorded. */
  readonly load: () => Promise<void>;
};

export function createHolds(log: EventLog): Holds {
  let state = ChannelControl.initial();
  const eventOf = (what: Holding, of: { readonly channel: string; readonly account: string }) => {
    if (what === 'draining') return ChannelDraining.create(of);
    if (what === 'resumed') return ChannelResumed.create(of);
    return ChannelPaused.create({ ...of, reason: what === 'drained' ? 'drained' : 'asked' });
  };
  const record = async (event: NewEvent, metadata: EventMetadata) => {
    const result = await log.append({ events: [{ streamId: HOLDS_STREAM, event, metadata }] });
    if (!result.ok) throw new GatewayError('INTERNAL');
    for (const stored of result.events) state = ChannelControl.evolve(state, stored);
  };
  return {
    of: (channel, account) => state.holds.get(`${channel}/${account}`),
    set: (what, channel, account, actor) => record(eventOf(what, { channel, account }), { actor, channel }),
    token: (channel, account) => state.tokens.get(`${channel}/${account}`),
    tokenTaken: (channel, account, tokenId) => record(ChannelTokenTaken.create({ channel, account, tokenId }), { actor: SYSTEM, channel }),
    async load() {
      while (log.head() > 0) {
        const page = await log.readStream(HOLDS_STREAM, { afterVersion: state.version, limit: PAGE });
        for (const event of page) state = ChannelControl.evolve(state, event);
        if (page.length < PAGE) return;
      }
    },
  };
}
