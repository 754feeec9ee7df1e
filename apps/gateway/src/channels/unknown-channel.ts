import { GatewayError } from '@openclaw-gateway/events';
import type { Config } from '../config/index.ts';
import { PULL_CHANNELS } from '../pull-channels.ts';

/** Throws CHANNEL_NOT_FOUND for what is neither a channel of the configuration nor one of the gateway's own doors. */
export function requireChannel(channel: string, { channels }: Pick<Config, 'channels'>): void {
  if (!PULL_CHANNELS.has(channel) && !Object.hasOwn(channels, channel)) throw unknownChannel(channel, Object.keys(channels));
}

/** The refusal of a channel's name: what was asked for, and which channels there are. */
export function unknownChannel(channel: string, known: Iterable<string>): GatewayError {
  const channels = [...new Set(known)];
  const there = channels.length > 0 ? `there are: ${channels.join(', ')}` : 'none is configured';
  return new GatewayError('CHANNEL_NOT_FOUND', {
    message: `No channel is called ${JSON.stringify(channel)}; ${there}.`,
    details: { channel, channels },
  });
}
