import { z } from 'zod';
import { defineEvent, pii } from '../define.ts';
import { costUsd, count, durationMs, hash, name, usage } from './shared.ts';

export const SessionCompactionRequested = defineEvent('session.compaction_requested', {
  version: 1,
  description: 'The conversation no longer fits what the model can take, and the model is about to be asked to sum up its older part.',
  schema: z.object({
    sessionId: name,
    runId: name,
    provider: name,
    model: name,
    requestHash: hash,
    /** At most so many tokens the next question would have had, of so many that the model takes. */
    tokens: count,
    contextWindow: count,
  }),
  summary: (d) => `Asks ${d.provider}/${d.model} to sum up the conversation: up to ${d.tokens} tokens of ${d.contextWindow}`,
  retention: 'audit',
});

export const SessionCompacted = defineEvent('session.compacted', {
  version: 1,
  description: 'From here on the model is shown a summary in place of the older part of the conversation, which stays in the log.',
  schema: z.object({
    sessionId: name,
    /** Empty where nothing was summed up and the older part is left out. */
    summary: pii(z.string()),
    summarisedEntries: count,
    /** So many entries at the end of the conversation are still shown as they were said. */
    keptEntries: count,
    usage: usage.extend({ costUsd: costUsd.optional() }),
    durationMs,
    /**
     * Where several people speak, each one's part is summed up for itself, so that it can be erased with that person: which of how many
     * this is. They hold together, from the last one on.
     */
    part: z.object({ index: count, of: z.int().positive() }).optional(),
  }),
  summary: (d) => `Summed up ${d.summarisedEntries} ${d.summarisedEntries === 1 ? 'entry' : 'entries'}, kept ${d.keptEntries}`,
  retention: 'content',
});
