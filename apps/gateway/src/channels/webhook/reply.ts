/** Replies to webhooks: brought to the address that the hook names, signed as calls to the gateway are. */
import { GatewayError } from '@openclaw-gateway/events';
import type { Outbound } from '@openclaw-gateway/sdk';
import type { Config } from '../../config/index.ts';
import { egress } from '../../operations/egress/index.ts';
import type { Senders } from '../../parts.ts';
import { networkFailure } from '../network-failure.ts';
import { filesOfReply } from './files.ts';
import { signWebhook } from './verify.ts';

const RETRYABLE: ReadonlySet<number> = new Set([408, 425, 429]);
const MOST_ANSWER_BYTES = 64 * 1024;

type Hooks = Config['hooks'];

/** The same senders, with the replies of hooks that have a `replyUrl` brought there. Others are read from the log. */
export function withHookReplies(senders: Senders, hooks: () => Hooks, now: () => number = Date.now): Senders {
  return {
    capabilities: (channel) => senders.capabilities(channel),
    isHeld: (channel, account) => senders.isHeld?.(channel, account) === true,
    ...(senders.typing && { typing: senders.typing }),
    send: async (channel, account, outbound, signal) => {
      const { entries } = hooks();
      const hook = channel === 'webhook' && Object.hasOwn(entries, account) ? entries[account] : undefined;
      if (hook?.replyUrl === undefined) return senders.send(channel, account, outbound, signal);
      await bring(account, hook.replyUrl, hook.replySecret ?? hook.secret, outbound, { now: now(), signal });
      return {};
    },
  };
}

/** Throws CHANNEL_RATE_LIMITED, CHANNEL_UNAVAILABLE and CHANNEL_REFUSED. The delivery's id tells the receiver a repetition. */
async function bring(
  hook: string,
  url: string,
  secret: string,
  { deliveryId, messageId, text, attachments = [] }: Outbound,
  { now, signal }: { readonly now: number; readonly signal: AbortSignal },
): Promise<void> {
  const files = attachments.length > 0 && { attachments: await filesOfReply(attachments) };
  const body = JSON.stringify({ hook, messageId, deliveryId, text, ...files });
  const timestamp = String(Math.floor(now / 1000));
  const headers = {
    'content-type': 'application/json',
    'x-openclaw-delivery': deliveryId,
    'x-openclaw-timestamp': timestamp,
    'x-openclaw-signature': signWebhook(secret, timestamp, body),
  };
  const answer = await egress
    .to(url)
    .fetch(url, { method: 'POST', headers, body, signal, mostBytes: MOST_ANSWER_BYTES })
    .catch((thrown: unknown) => {
      throw networkFailure('The address that the webhook replies to', thrown);
    });
  await answer.body?.cancel();
  if (!answer.ok) throw refusal(hook, answer);
}

function refusal(hook: string, { status, headers }: Response): GatewayError {
  const message = `The address that the webhook ${hook} replies to answered ${status}.`;
  const seconds = Number(headers.get('retry-after'));
  const details = { status, ...(seconds > 0 && { retryAfterMs: seconds * 1000 }) };
  if (status === 429) return new GatewayError('CHANNEL_RATE_LIMITED', { message, details });
  return new GatewayError(status >= 500 || RETRYABLE.has(status) ? 'CHANNEL_UNAVAILABLE' : 'CHANNEL_REFUSED', { message, details });
}
