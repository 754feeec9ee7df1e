/**
 * The test message: what an operator has an account send, after a probe, to somebody whom he names and who may write there. Nothing else of
 * a probe reaches anybody. It is a delivery in the log like any other, but tried once: without a result after the attempt nobody
 * sends it again.
 */
import type { EventLog } from '@openclaw-gateway/db';
import {
  type Actor,
  ChannelProbed,
  DeliveryAttempted,
  DeliveryFailed,
  DeliveryRequested,
  DeliverySucceeded,
  GatewayError,
  type NewEvent,
  newId,
  shorten,
  toGatewayError,
} from '@openclaw-gateway/events';
import type { Outbound, Peer, ProbeStep } from '@openclaw-gateway/sdk';
import type { ChannelStatus } from '../parts.ts';
import { takeInOrder } from './probe/index.ts';
import { unknownChannel } from './unknown-channel.ts';

const MOST_SEND_MS = 15_000;

export type TestRecipient = { readonly channel: string; readonly account: string; readonly recipient: string };
/** The step that it is of a probe. Throws CHANNEL_NOT_FOUND. */
export type SendTestMessage = (to: TestRecipient, actor: Actor) => Promise<ProbeStep>;

export type TestMessageOptions = {
  readonly log: Pick<EventLog, 'append'>;
  readonly channels: {
    readonly status: () => readonly ChannelStatus[];
    readonly direct: (channel: string, account: string, person: string, signal: AbortSignal) => Promise<Peer>;
    readonly send: (channel: string, account: string, outbound: Outbound, signal: AbortSignal) => Promise<{ providerMessageId?: string }>;
  };
  readonly policy: (channel: string, account: string) => { readonly dmPolicy: string; readonly allowFrom: readonly string[] };
  readonly isPaired: (to: TestRecipient) => boolean;
  readonly subjectOf: (channel: string, person: string) => string;
  readonly streamOf: (channel: string, account: string) => string;
};

export function testMessages(options: TestMessageOptions): SendTestMessage {
  const { log, channels, streamOf, subjectOf } = options;

  const record = async (to: TestRecipient, actor: Actor, messageId: string, ...events: readonly NewEvent[]) => {
    const { channel, account, recipient } = to;
    const metadata = { actor, channel, correlationId: messageId, subject: subjectOf(channel, recipient) };
    const result = await log.append({ events: events.map((event) => ({ streamId: streamOf(channel, account), event, metadata })) });
    if (!result.ok) throw new GatewayError('INTERNAL');
  };

  const send = async (to: TestRecipient, actor: Actor, signal: AbortSignal): Promise<string> => {
    const { channel, account, recipient } = to;
    const refusal = refuse(to, options.policy(channel, account), options.isPaired(to));
    if (refusal) throw refusal;
    const peer = await channels.direct(channel, account, recipient, signal);
    const [deliveryId, messageId] = [newId('delivery'), newId('message')];
    const text = `Test message of the gateway (${deliveryId}). Nothing needs to be done.`;
    const requested = DeliveryRequested.create({ deliveryId, messageId, runId: newId('run'), channel, account, to: peer, text });
    await record(to, actor, messageId, requested, DeliveryAttempted.create({ deliveryId, attempt: 1 }));
    const startedAt = performance.now();
    let sent: { readonly providerMessageId?: string };
    try {
      sent = await channels.send(channel, account, { deliveryId, messageId, to: peer, text, attempt: 1 }, signal);
    } catch (thrown) {
      const { code, message, details } = toGatewayError(thrown);
      const mayHaveArrived = details?.['mayHaveArrived'] === true;
      const problem = { code, message: shorten(message, 2000) };
      await record(
        to,
        actor,
        messageId,
        DeliveryFailed.create({ deliveryId, attempt: 1, problem, ...(mayHaveArrived && { mayHaveArrived }) }),
      );
      throw thrown;
    }
    const durationMs = performance.now() - startedAt;
    await record(to, actor, messageId, DeliverySucceeded.create({ deliveryId, attempt: 1, durationMs, ...sent }));
    return deliveryId;
  };

  return async (to, actor) => {
    const { channel, account } = to;
    const running = channels.status();
    if (!running.some((each) => each.channel === channel && each.account === account)) {
      throw unknownChannel(
        `${channel}/${account}`,
        running.map((each) => `${each.channel}/${each.account}`),
      );
    }
    const look = (signal: AbortSignal) => send(to, actor, signal);
    const [step] = await takeInOrder([{ name: 'send', look }], AbortSignal.timeout(MOST_SEND_MS));
    if (!step) throw new GatewayError('INTERNAL');
    const { error, ...taken } = step;
    const problem = error && { code: error.code, message: shorten(error.message, 2000) };
    const probed = ChannelProbed.create({ channel, account, ok: step.ok, steps: [{ ...taken, ...(problem && { problem }) }] });
    await log.append({ events: [{ streamId: streamOf(channel, account), event: probed, metadata: { actor, channel } }] });
    return step;
  };
}

/** Why somebody may not be sent a test message. That everybody may write names nobody. */
export function refuse(
  { channel, account, recipient }: TestRecipient,
  { dmPolicy, allowFrom }: { readonly dmPolicy: string; readonly allowFrom: readonly string[] },
  isPaired: boolean,
): GatewayError | undefined {
  if (dmPolicy !== 'disabled' && recipient !== '*' && (allowFrom.includes(recipient) || (dmPolicy === 'pairing' && isPaired)))
    return undefined;
  const message =
    dmPolicy === 'disabled'
      ? `dmPolicy of ${channel}/${account} is "disabled", so that nobody is sent a test message there.`
      : `A test message goes only to somebody whom allowFrom of ${channel}/${account} lists by id, or who was let in by pairing.`;
  return new GatewayError('SENDER_NOT_ALLOWED', { message });
}
