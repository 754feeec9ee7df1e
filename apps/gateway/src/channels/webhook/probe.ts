/** Whether webhooks can do their work: whether calls are taken, and the way to where their replies are brought. */
import { GatewayError } from '@openclaw-gateway/events';
import type { Config } from '../../config/index.ts';
import type { Probed } from '../index.ts';
import { probeService, takeInOrder } from '../probe/index.ts';

/** One for each hook. Nothing is brought: an address that takes replies is looked at, and its clock, by which it judges what is signed. */
export function hookProbes({ enabled, path, entries }: Config['hooks']): readonly Probed[] {
  return Object.entries(entries).map(([name, { replyUrl }]) => {
    const receive = {
      name: 'receive',
      look: async () => {
        if (enabled) return `POST ${path}/${name}`;
        throw new GatewayError('CHANNEL_WEBHOOK_MISSING', { message: 'Webhooks are switched off (hooks.enabled): no call is taken.' });
      },
    };
    return {
      channel: 'webhook',
      account: name,
      probe: (signal) =>
        replyUrl === undefined ? takeInOrder([receive], signal) : probeService({ url: replyUrl, signal, steps: [receive] }),
    };
  });
}
