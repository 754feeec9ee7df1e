/** What is done with updates that belong together, nearly always one alone: commit them, or record that they cannot be read. */
import { toGatewayError } from '@openclaw-gateway/events';
import type { ChannelContext } from '@openclaw-gateway/sdk';
import { readTogether } from './album.ts';
import { attachments, type OpenFile } from './files.ts';
import type { Bot } from './update.ts';

export type TakeContext = Pick<ChannelContext<unknown>, 'receive' | 'amend' | 'refuse'> & { readonly openFile: OpenFile };

/** Returns once they are durable. Throws what is worth trying again. */
export async function takeUpdates(updates: readonly unknown[], bot: Bot, context: TakeContext): Promise<void> {
  for (let left = updates; left.length > 0; ) left = left.slice(await takeSome(left, bot, context));
}

/**
 * Takes the first of them, and returns how many. All are one message, unless some of an album were taken before and others came
 * after that: then those that were are known again, and the others are a message of their own.
 */
async function takeSome(updates: readonly unknown[], bot: Bot, context: TakeContext): Promise<number> {
  for (let count = updates.length; ; count--) {
    const some = updates.slice(0, count);
    const reading = readTogether(some, bot);
    if (reading.kind === 'skip') return count;
    const what = some.length === 1 ? some[0] : some;
    try {
      if (reading.kind === 'message') await context.receive({ ...reading.inbound, ...attachments(reading.files, context.openFile) });
      else if (reading.kind === 'amendment') await context.amend(reading.amendment);
      else await context.refuse(what, reading.error);
      return count;
    } catch (thrown) {
      const error = toGatewayError(thrown);
      if (error.retryable) throw error;
      if (error.code === 'IDEMPOTENCY_MISMATCH' && count > 1) continue;
      // Trying again would never end, and everything behind it would wait.
      await context.refuse(what, error);
      return count;
    }
  }
}
