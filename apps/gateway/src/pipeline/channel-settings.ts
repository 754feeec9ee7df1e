import type { Config } from '../config/index.ts';
import type { AdmissionPolicy } from './admit.ts';

export type ChannelSettings = AdmissionPolicy & { readonly delivery: 'at-least-once' | 'hold'; readonly agentId?: string | undefined };

const UNCONFIGURED: ChannelSettings = {
  dmPolicy: 'allowlist',
  groupPolicy: 'allowlist',
  allowFrom: [],
  requireMention: true,
  mentionPatterns: [],
  delivery: 'at-least-once',
};

/** What the configuration says of a channel account. Channels without a block, such as the HTTP API, have their callers prove themselves. */
export function channelSettings(config: Config, channel: string, account: string): ChannelSettings {
  return config.channels[channel]?.accounts[account] ?? config.channels[channel] ?? UNCONFIGURED;
}
