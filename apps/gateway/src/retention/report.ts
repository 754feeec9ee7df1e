/** What an erasure did and what no gateway can do. */
import type { SubjectTrace } from '@openclaw-gateway/db';
import type { Hold } from '@openclaw-gateway/events';

export type ErasedFiles = {
  readonly removed: readonly string[];
  /** Somebody else's messages brought the same content. */
  readonly kept: readonly string[];
  /** They could not be removed yet, and cannot be opened any more. */
  readonly left: readonly string[];
};

export type ErasureReport = {
  readonly subject: string;
  readonly dryRun: boolean;
  /** Whether a key was destroyed just now. `false` after an earlier erasure since which the person wrote nothing. */
  readonly keyDestroyed: boolean;
  readonly events: number;
  readonly sealedEvents: number;
  readonly sessions: readonly string[];
  readonly firstTime?: string;
  readonly lastTime?: string;
  /** Holds that forbid it; an erasure that was carried out had none. */
  readonly holds: readonly Pick<Hold, 'kind' | 'id' | 'reason'>[];
  /** Files that came with the person's messages, as they are called in the attachments folder. */
  readonly attachments: ErasedFiles;
  readonly removed: readonly string[];
  readonly notRemoved: readonly string[];
};

const REMOVED = [
  'the texts, names and ids of the person in the event log and in its archived segments (their key is destroyed)',
  'their texts, ids and titles in the views, and what was in memory',
  'replies that were not sent yet',
  'the reports of all replays but those of the views, whoever they were about: they can be run again',
  'files that came or went with their messages, unless somebody else brought the same content',
] as const;

const NOT_REMOVED = [
  'messages that were already sent: they are with the chat service',
  'what the model provider recorded of the requests',
  'exports, bundles and attachments of bug reports that were made earlier, and bundles that were brought here to be replayed',
  'what others wrote of them: in the configuration, saved views, reasons, and replay cases that were kept',
  'copies of keys.db: as long as one exists, what it unlocks can be read in a copy of the log',
  'the times, types, hashes and opaque ids of the events, on which the proof of the log rests',
] as const;

export function erasureReport(facts: {
  readonly trace: SubjectTrace;
  readonly dryRun: boolean;
  readonly holds: readonly Hold[];
  readonly keyDestroyed: boolean;
  readonly files: ErasedFiles;
}): ErasureReport {
  const { trace, dryRun, holds, keyDestroyed, files } = facts;
  const { subject, events, sealedEvents, firstTime, lastTime } = trace;
  return {
    subject,
    dryRun,
    keyDestroyed,
    events,
    sealedEvents,
    sessions: trace.sessions.map(({ sessionId }) => sessionId),
    ...(firstTime !== undefined && { firstTime: new Date(firstTime).toISOString() }),
    ...(lastTime !== undefined && { lastTime: new Date(lastTime).toISOString() }),
    holds: holds.map(({ kind, id, reason }) => ({ kind, id, reason })),
    attachments: files,
    removed: REMOVED,
    notRemoved: NOT_REMOVED,
  };
}
