import type { AttachmentReference, EventLog } from '@openclaw-gateway/db';
import type { Attachment } from '@openclaw-gateway/events';

type Holder = {
  readonly attachments?: readonly Attachment[];
  readonly entries?: readonly { readonly attachments?: readonly Attachment[] }[];
};

/** What an event says of an attachment; nothing where it was erased meanwhile. */
export async function findAttachment(
  log: Pick<EventLog, 'readAt'>,
  { id, position }: Pick<AttachmentReference, 'id' | 'position'>,
): Promise<Attachment | undefined> {
  const { attachments = [], entries = [] } = ((await log.readAt(position))?.data ?? {}) as Holder;
  return [...attachments, ...entries.flatMap((entry) => entry.attachments ?? [])].find((attachment) => attachment.id === id);
}
