import type { ChannelContext } from '@openclaw-gateway/sdk';
import { attachments, type OpenFile } from './files.ts';
import type { Reading } from './message.ts';

export type ReceiveContext = Pick<ChannelContext<unknown>, 'receive' | 'amend' | 'refuse' | 'signal'> & { readonly openFile: OpenFile };

/** Commits what was read. Throws as `receive` does. */
export async function commit(reading: Reading, update: unknown, context: ReceiveContext): Promise<void> {
  if (reading.kind === 'message') await context.receive({ ...reading.inbound, ...attachments(reading.files, context.openFile) });
  else if (reading.kind === 'refuse') await context.refuse(update, reading.error);
  else if (reading.kind === 'amendments') for (const amendment of reading.amendments) await context.amend(amendment);
}
