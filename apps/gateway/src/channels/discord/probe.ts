/** Whether a bot can do its work: the way to Discord, its token, what it may read, and whether it may begin a session. */
import { GatewayError } from '@openclaw-gateway/events';
import type { OnProbeStep, ProbeStep } from '@openclaw-gateway/sdk';
import { z } from 'zod';
import { probeService } from '../probe/index.ts';
import { discordApi } from './api.ts';
import type { Receiving } from './receive.ts';
import { askSessionStart, checkSessionsLeft } from './session-start.ts';

export type DiscordAddress = { readonly botToken: string; readonly apiRoot: string; readonly messageContent: boolean };

/** The application's flags that say it may read all messages: as a verified one, or as one in few servers. */
const MESSAGE_CONTENT_FLAGS = (1 << 18) | (1 << 19);

const me = z.looseObject({ username: z.string() });
const application = z.looseObject({ flags: z.int().optional() });

/** Really asks Discord, with or without a running account, whose shards are told of. Sends nothing to a user. Never rejects. */
export async function probeDiscord(
  { botToken, apiRoot, messageContent }: DiscordAddress,
  signal: AbortSignal,
  onStep?: OnProbeStep,
  running?: ReturnType<Receiving['shards']>,
): Promise<ProbeStep[]> {
  const api = discordApi(apiRoot, botToken);
  const steps = [
    { name: 'auth', look: async () => `@${me.safeParse(await api.call('GET', '/users/@me', signal)).data?.username ?? '?'}` },
    {
      name: 'permissions',
      look: async () => {
        if (!messageContent) return 'direct messages and mentions';
        const { flags } = application.safeParse(await api.call('GET', '/applications/@me', signal)).data ?? {};
        if (flags === undefined) return 'Discord does not say';
        if ((flags & MESSAGE_CONTENT_FLAGS) === 0) throw mayNotRead();
        return 'all messages';
      },
    },
    {
      name: 'receive',
      look: async () => {
        const start = await askSessionStart(api, signal);
        // An account that is connected may need a session for one shard, not for all.
        checkSessionsLeft(start, running ? 1 : start.shards);
        const shards = running ? `${running.connected} of ${shardsOf(running.count)} connected` : `${shardsOf(start.shards)} recommended`;
        return start.limit ? `${shards}, ${start.limit.remaining} sessions left today` : shards;
      },
    },
  ];
  return await probeService({ url: apiRoot, signal, steps, onStep });
}

const shardsOf = (count: number) => (count === 1 ? '1 shard' : `${count} shards`);

function mayNotRead(): GatewayError {
  return new GatewayError('CHANNEL_FORBIDDEN', {
    message:
      'The application may not read all messages. Switch on Message Content Intent on its page Bot at discord.com/developers/applications, or set messageContent: false.',
    details: { permission: 'MESSAGE_CONTENT' },
  });
}
