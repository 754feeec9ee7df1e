/** Answers WhatsApp's calls: the question whether the address is ours, and messages and statuses once they are durable. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { GatewayError, toGatewayError } from '@openclaw-gateway/events';
import type { ChannelAnswer, ChannelCall, ChannelContext, Inbound } from '@openclaw-gateway/sdk';
import type { WhatsAppConfig } from './config.ts';
import { attachments, type OpenFile } from './files.ts';
import { readCall } from './update.ts';

type Context = Pick<ChannelContext<WhatsAppConfig>, 'receive' | 'amend' | 'refuse' | 'report' | 'signal' | 'config'> & {
  readonly openFile: OpenFile;
  /** What the number is called. */
  readonly name?: string;
};

/** Throws SIGNATURE_* for calls that are not WhatsApp's, and what is worth trying again: a call comes again as a whole. */
export function webhookReceiver(context: Context, onMessage: (inbound: Inbound) => void, onCall: () => void) {
  return async (call: ChannelCall): Promise<ChannelAnswer> => {
    if (context.signal.aborted) throw new GatewayError('CHANNEL_UNAVAILABLE');
    if (call.method === 'GET') return confirmAddress(call, context.config);
    checkSignature(call, context.config);
    onCall();
    const self = { phoneNumberId: context.config.phoneNumberId, ...(context.name !== undefined && { name: context.name }) };
    for (const reading of readCall(parse(call.rawBody), self)) {
      if (reading.kind === 'refuse') await context.refuse(reading.what, reading.error);
      else if (reading.kind === 'amendment') await take(reading.amendment, context, () => context.amend(reading.amendment));
      else if (reading.kind === 'report') {
        const { kind: _, ...report } = reading;
        await context.report?.(report);
      } else {
        onMessage(reading.inbound);
        const inbound = { ...reading.inbound, ...attachments(reading.files, context.openFile) };
        await take(reading.inbound, context, () => context.receive(inbound));
      }
    }
    return { status: 200 };
  };
}

async function take(what: unknown, context: Context, commit: () => Promise<unknown>): Promise<void> {
  try {
    await commit();
  } catch (thrown) {
    const error = toGatewayError(thrown);
    if (error.retryable) throw error;
    await context.refuse(what, error);
  }
}

/** The question Meta asks when the address is entered. */
function confirmAddress({ query }: ChannelCall, { verifyToken }: WhatsAppConfig): ChannelAnswer {
  const isRight = query['hub.mode'] === 'subscribe' && isSame(query['hub.verify_token'] ?? '', verifyToken);
  if (!isRight) throw new GatewayError('SIGNATURE_INVALID', { message: 'hub.verify_token is not the verifyToken of this account.' });
  return { status: 200, headers: { 'content-type': 'text/plain' }, body: query['hub.challenge'] ?? '' };
}

function checkSignature({ headers, rawBody }: ChannelCall, { appSecret }: WhatsAppConfig): void {
  const given = headers['x-hub-signature-256'];
  if (typeof given !== 'string') throw new GatewayError('SIGNATURE_MISSING', { message: 'The call has no X-Hub-Signature-256.' });
  const expected = `sha256=${createHmac('sha256', appSecret).update(rawBody).digest('hex')}`;
  if (!isSame(given.toLowerCase(), expected))
    throw new GatewayError('SIGNATURE_INVALID', { message: "X-Hub-Signature-256 does not fit the body and the account's appSecret." });
}

function isSame(given: string, expected: string): boolean {
  const [a, b] = [given, expected].map((text) => createHash('sha256').update(text).digest());
  return a !== undefined && b !== undefined && timingSafeEqual(a, b);
}

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    return undefined;
  }
}
