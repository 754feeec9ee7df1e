/** Messages that come while an earlier one is being answered are merged into it, or take its place. */
import { MessageMerged, type OpenMessage } from '@openclaw-gateway/events';
import { metadataOf, openMessage, type PipelineContext } from './context.ts';
import { collectedWith, steering } from './queue.ts';
import type { Run } from './run-context.ts';

/** Merges what waited and is answered together with a message whose run is about to begin. */
export async function collect(run: Run): Promise<void> {
  const { cap } = run.context.config().config.messages.queue;
  await merge(run, collectedWith(run.cell.state, openMessage(run.cell, run.messageId), cap));
}

/** Merges what the agent is to be told before its next step. */
export async function steer(run: Run): Promise<void> {
  await merge(run, steering(run.cell.state, openMessage(run.cell, run.messageId)));
}

async function merge({ context, cell, messageId: intoMessageId }: Run, members: readonly OpenMessage[]): Promise<void> {
  const ready = untilChanging(context, members);
  if (ready.length === 0) return;
  const merged = context.sessions.commitEach(
    cell,
    ready.map((open) => ({ event: MessageMerged.create({ messageId: open.messageId, intoMessageId }), metadata: metadataOf(cell, open) })),
  );
  for (const { messageId } of ready) context.changing.set(messageId, merged);
  try {
    await merged;
  } finally {
    for (const { messageId } of ready) context.changing.delete(messageId);
  }
}

/** One that is just being cancelled or edited is not merged, and none overtakes it. */
function untilChanging({ changing }: PipelineContext, members: readonly OpenMessage[]): readonly OpenMessage[] {
  const end = members.findIndex(({ messageId }) => changing.has(messageId));
  return end === -1 ? members : members.slice(0, end);
}
