/** Whether a bot can do its work: the way to Telegram, its token, what it may read, and where its messages are sent. */
import { GatewayError } from '@openclaw-gateway/events';
import type { OnProbeStep, ProbeStep } from '@openclaw-gateway/sdk';
import { type OwnStep, probeService } from '../probe/index.ts';
import { type BotAddress, botApi } from './api.ts';
import { telegramFailure } from './failure.ts';
import { apiSignal } from './signal.ts';
import { sentElsewhere, type WebhookInfo } from './webhook.ts';

const CALL_SECONDS = 10;

export type TelegramProbe = BotAddress & {
  readonly webhookUrl?: string | undefined;
  readonly groupPolicy?: string | undefined;
  readonly requireMention?: boolean | undefined;
};
type OnWebhook = (info: WebhookInfo) => void;

type Me = { readonly username?: string; readonly can_join_groups?: boolean; readonly can_read_all_group_messages?: boolean };

/** Really asks Telegram, with or without a running account. Sends nothing to a user and takes no message. Never rejects. */
export async function probeTelegram(
  config: TelegramProbe,
  signal: AbortSignal,
  onStep?: OnProbeStep,
  onWebhook: OnWebhook = () => undefined,
): Promise<ProbeStep[]> {
  const api = botApi(config, CALL_SECONDS);
  let me: Me = {};
  const steps: readonly OwnStep[] = [
    {
      name: 'auth',
      look: async () => {
        me = await asking(() => api.getMe(apiSignal(signal)));
        return me.username === undefined ? undefined : `@${me.username}`;
      },
    },
    { name: 'permissions', look: async () => whatItMayRead(me, config) },
    {
      name: 'receive',
      look: async () => {
        const info = await asking(() => api.getWebhookInfo(apiSignal(signal)));
        onWebhook(info);
        return config.webhookUrl === undefined ? polling(info) : calling(info, config.webhookUrl);
      },
    },
  ];
  return await probeService({ url: config.apiRoot, signal, steps, onStep });
}

/** A bot in privacy mode sees commands, replies and mentions only: too little where it is to hear everything. */
function whatItMayRead(me: Me, { groupPolicy, requireMention }: TelegramProbe): string {
  if (groupPolicy === 'disabled') return 'direct messages';
  if (requireMention !== false) return me.can_read_all_group_messages ? 'all messages of its groups' : 'mentions in its groups';
  if (me.can_read_all_group_messages) return 'all messages of its groups';
  throw new GatewayError('CHANNEL_FORBIDDEN', {
    message:
      'The bot may not read all messages of its groups (can_read_all_group_messages), which requireMention: false needs. Send /setprivacy to @BotFather and choose Disable, then add the bot to its groups again.',
    details: { permission: 'can_read_all_group_messages' },
  });
}

function polling({ url = '', pending_update_count: waiting }: WebhookInfo): string {
  if (url === '') return `polling, ${waiting} waiting`;
  const { host } = new URL(url);
  throw new GatewayError('CHANNEL_WEBHOOK_MISSING', {
    message: `Telegram sends the messages of this bot to a webhook at ${host}, not to this gateway, which polls. Another program uses the same bot, or did.`,
    details: { webhookHost: host },
  });
}

/** Telegram says what became of its last call; one that failed an hour ago and has been made up for is no news. */
function calling({ url = '', pending_update_count: waiting, last_error_message: problem }: WebhookInfo, webhookUrl: string): string {
  if (url !== webhookUrl) throw sentElsewhere(url);
  if (problem === undefined || waiting === 0) return `webhook, ${waiting} waiting`;
  throw new GatewayError('CHANNEL_WEBHOOK_MISSING', {
    message: `Telegram cannot bring messages to ${webhookUrl} (${waiting} wait): ${problem}`,
    details: { waiting, problem },
  });
}

async function asking<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (thrown) {
    throw telegramFailure(thrown);
  }
}
