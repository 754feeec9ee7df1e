/** Whether an app can do its work: the way to Slack, its tokens, what it may do, and whether it may connect. */
import { GatewayError } from '@openclaw-gateway/events';
import type { OnProbeStep, ProbeStep } from '@openclaw-gateway/sdk';
import { probeService } from '../probe/index.ts';
import { type SlackAnswer, slackApi } from './api.ts';

export type SlackAddress = { readonly botToken: string; readonly appToken: string; readonly slackApiUrl: string };

const HISTORIES = ['im:history', 'channels:history', 'groups:history', 'mpim:history'];

/** Really asks Slack, with or without a running account. Sends nothing to a user. Never rejects. */
export async function probeSlack(
  { botToken, appToken, slackApiUrl }: SlackAddress,
  signal: AbortSignal,
  onStep?: OnProbeStep,
): Promise<ProbeStep[]> {
  let me: SlackAnswer = {};
  const steps = [
    {
      name: 'auth',
      look: async () => {
        me = await slackApi(slackApiUrl, botToken).call('auth.test', {}, signal);
        return `@${String(me['user'])} in ${String(me['team'])}`;
      },
    },
    { name: 'permissions', look: async () => whatItMay(me.scopes) },
    {
      name: 'receive',
      look: async () => {
        const { url } = await slackApi(slackApiUrl, appToken).call('apps.connections.open', {}, signal);
        if (typeof url !== 'string') throw new GatewayError('CHANNEL_UNAVAILABLE', { message: 'Slack names no address to connect to.' });
        return 'Socket Mode';
      },
    },
  ];
  return await probeService({ url: slackApiUrl, signal, steps, onStep });
}

function whatItMay(scopes: readonly string[] | undefined): string {
  if (!scopes) return 'Slack does not say';
  const reads = [...HISTORIES, 'app_mentions:read'].filter((scope) => scopes.includes(scope));
  if (!scopes.includes('chat:write')) throw forbidden('chat:write', 'send replies');
  if (reads.length === 0) throw forbidden('im:history', 'read messages');
  return scopes.includes('users:read') ? reads.join(', ') : `${reads.join(', ')}; without users:read people go by their ids`;
}

function forbidden(permission: string, what: string): GatewayError {
  return new GatewayError('CHANNEL_FORBIDDEN', {
    message: `The app may not ${what}. Add the scope ${permission} at api.slack.com/apps, OAuth & Permissions, and install the app again.`,
    details: { permission },
  });
}
