import { GatewayError } from '@openclaw-gateway/events';

/** The refusal of a channel's name: what was asked for, and which channels there are. */
export function unknownChannel(channel: string, known: Iterable<string>): GatewayError {
  const channels = [...new Set(known)];
  const there = channels.length > 0 ? `there are: ${channels.join(', ')}` : 'none is configured';
  return new GatewayError('CHANNEL_NOT_FOUND', {
    message: `No channel is called ${JSON.stringify(channel)}; ${there}.`,
    details: { channel, channels },
  });
}
