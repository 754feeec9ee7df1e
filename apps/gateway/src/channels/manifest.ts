/** The channels with an adapter: one line each, imported when an account of the channel starts. */
import type { ChannelDefinition } from '@openclaw-gateway/sdk';
import { PULL_CHANNELS } from '../pull-channels.ts';

type ChannelModule = { readonly default: ChannelDefinition };

export const CHANNELS: Readonly<Record<string, () => Promise<ChannelModule>>> = {
  discord: () => import('./discord/index.ts'),
  slack: () => import('./slack/index.ts'),
  telegram: () => import('./telegram/index.ts'),
  whatsapp: () => import('./whatsapp/index.ts'),
};

type Manifest = Record<string, () => Promise<ChannelModule>>;

/** Puts the channels of extensions into a manifest in place of those it had of them. The gateway's own names stay its own. */
export function offerChannels(manifest: Manifest, offered: Readonly<Record<string, ChannelDefinition>>): void {
  for (const id of Object.keys(manifest)) if (!Object.hasOwn(CHANNELS, id) && !Object.hasOwn(offered, id)) delete manifest[id];
  for (const [id, definition] of Object.entries(offered)) {
    if (!Object.hasOwn(CHANNELS, id) && !PULL_CHANNELS.has(id)) manifest[id] = async () => ({ default: definition });
  }
}
