/** A check of the log as a page follows it. */
import { z } from 'zod';
import type { LogCheck, LogCheckState } from '../integrity/index.ts';

const position = z.number();

export const checkProgress = z.object({
  state: z.enum(['idle', 'running', 'done', 'cancelled', 'failed']),
  range: z.object({ from: position.optional(), to: position.optional() }).optional(),
  startedBy: z.string().optional(),
  startedAt: z.number().optional(),
  endedAt: z.number().optional(),
  witness: z.string().optional(),
  progress: z.object({ from: position, position, to: position }).optional(),
  result: z
    .object({
      ok: z.boolean(),
      from: position,
      to: position,
      head: position,
      hash: z.string(),
      root: z.string(),
      checkpoints: z.number(),
      witnessed: z.number(),
      checkpointedTo: position,
      witnessedTo: position,
      archivedBodies: z.number(),
      removedBodies: z.number(),
      continues: z.number().optional(),
      break: z
        .object({
          position,
          through: position.optional(),
          reason: z.string(),
          expected: z.string(),
          actual: z.string(),
          message: z.string(),
        })
        .optional(),
      limits: z.array(z.string()).readonly(),
      durationMs: z.number(),
    })
    .optional(),
  error: z.object({ code: z.string(), message: z.string(), remedy: z.string() }).optional(),
});

export type CheckProgress = z.output<typeof checkProgress>;

export function shownCheck(state: LogCheckState | undefined): CheckProgress {
  return checkProgress.parse(state ?? { state: 'idle' });
}

/** The state now, then each that comes; what lies between two looks is passed over. */
export async function* followCheck(check: Pick<LogCheck, 'state' | 'onChange'>, signal: AbortSignal): AsyncGenerator<CheckProgress> {
  let changed = Promise.withResolvers<void>();
  const wake = () => changed.resolve();
  const stop = check.onChange(wake);
  signal.addEventListener('abort', wake);
  try {
    while (!signal.aborted) {
      changed = Promise.withResolvers();
      yield shownCheck(check.state());
      await changed.promise;
    }
  } finally {
    stop();
    signal.removeEventListener('abort', wake);
  }
}
