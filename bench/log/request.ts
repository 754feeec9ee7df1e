/** The event of which most of what is measured is made, so many times: of middling size, with nothing sealed. */
import type { AppendRequest } from '@openclaw-gateway/db';
import { newId, RunCompleted } from '@openclaw-gateway/events';

export function requestOf(streamId: string, count = 1): AppendRequest {
  return { events: Array.from({ length: count }, () => completed(streamId)) };
}

function completed(streamId: string): AppendRequest['events'][number] {
  const event = RunCompleted.create({
    runId: newId('run'),
    messageId: newId('message'),
    steps: 1,
    usage: { inputTokens: 512, outputTokens: 128 },
    durationMs: 812,
  });
  return { streamId, event, metadata: { channel: 'http', agentId: 'main', correlationId: event.data.messageId } };
}
