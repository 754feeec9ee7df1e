/** The channels with an adapter: one line each, imported when an account of the channel starts. */
import type { ChannelDefinition } from '@openclaw-gateway/sdk';

type ChannelModule = { readonly default: ChannelDefinition };

export const CHANNELS: Readonly<Record<string, () => Promise<ChannelModule>>> = {
  discord: () => import('./discord/index.ts'),
  slack: () => import('./slack/index.ts'),
  telegram: () => import('./telegram/index.ts'),
  whatsapp: () => import('./whatsapp/index.ts'),
};

/** The gateway's own doors: a reply is delivered when it is in the log, and its client reads it from there. */
export const PULL_CHANNELS: ReadonlySet<string> = new Set(['http', 'web', 'websocket', 'v1', 'webhook']);
