import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { Pipeline, Progress } from '../parts.ts';

const MIN_INTERVAL_MS = 50;
const MAX_WAITING = 1_000;

/** What a person who watches a conversation is told while a message runs. The log has the truth once it is settled. */
export const progressUpdate = z.object({
  messageId: z.string(),
  step: z.discriminatedUnion('type', [
    z.object({ type: z.enum(['queued', 'started', 'reset', 'settled']) }),
    z.object({ type: z.literal('delta'), text: z.string() }),
    z.object({ type: z.literal('tool'), tool: z.string(), callId: z.string(), phase: z.enum(['start', 'end']), failed: z.boolean() }),
  ]),
});
type Update = z.output<typeof progressUpdate>;

/** What happens in one session from now on, at most twenty batches a second. Pieces of one answer are joined while they wait. */
export async function* sessionProgress(pipeline: Pipeline, sessionId: string, signal: AbortSignal): AsyncGenerator<Update[]> {
  let waiting: Update[] = [];
  const arrivals = new EventTarget();
  const unfollow = pipeline.followAll(
    (progress) => {
      if (progress.sessionId !== sessionId) return;
      enqueue(waiting, progress);
      arrivals.dispatchEvent(new Event('arrival'));
    },
    (candidate) => candidate === sessionId,
  );
  try {
    yield [];
    while (!signal.aborted) {
      if (waiting.length === 0) await once(arrivals, 'arrival', { signal });
      const batch = waiting;
      waiting = [];
      yield batch;
      await delay(MIN_INTERVAL_MS, undefined, { signal });
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    unfollow();
  }
}

function enqueue(waiting: Update[], progress: Progress): void {
  const { messageId } = progress;
  const last = waiting.at(-1);
  if (progress.type === 'delta' && last?.messageId === messageId && last.step.type === 'delta') {
    last.step.text += progress.text;
    return;
  }
  // A reader this slow loses pieces of the stream, not of the answer: that comes from the log.
  if (waiting.length >= MAX_WAITING) waiting.shift();
  waiting.push({ messageId, step: toStep(progress) });
}

function toStep(progress: Progress): Update['step'] {
  if (progress.type === 'delta') return { type: 'delta', text: progress.text };
  if (progress.type === 'tool') {
    const { tool, callId, phase, failed } = progress;
    return { type: 'tool', tool, callId, phase, failed: failed ?? false };
  }
  return { type: progress.type };
}
