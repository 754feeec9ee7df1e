/** What is done with one update: commit it, or record that it cannot be read. */
import { toGatewayError } from '@openclaw-gateway/events';
import type { ChannelContext } from '@openclaw-gateway/sdk';
import { attachments, type OpenFile } from './files.ts';
import { type Bot, readUpdate } from './update.ts';

export type TakeContext = Pick<ChannelContext<unknown>, 'receive' | 'amend' | 'refuse'> & { readonly openFile: OpenFile };

/** Returns once it is durable. Throws what is worth trying again. */
export async function takeUpdate(update: unknown, bot: Bot, context: TakeContext): Promise<void> {
  const reading = readUpdate(update, bot);
  if (reading.kind === 'skip') return;
  if (reading.kind === 'refuse') return context.refuse(update, reading.error);
  try {
    if (reading.kind === 'message') await context.receive({ ...reading.inbound, ...attachments(reading.files, context.openFile) });
    else await context.amend(reading.amendment);
  } catch (thrown) {
    const error = toGatewayError(thrown);
    if (error.retryable) throw error;
    // Trying again would never end, and everything behind it would wait.
    await context.refuse(update, error);
  }
}
