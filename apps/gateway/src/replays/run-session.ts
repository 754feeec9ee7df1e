/** A session's job in its process; of live runs that are cancelled, those that had come to their end stay. */
import type { LiveUse, Progress, SessionJob, SessionReport } from '../replay/job.ts';
import { type LiveModel, runInSandbox } from '../replay/sandbox.ts';

type RunOptions = {
  readonly live?: { readonly ask: LiveModel; readonly use: () => LiveUse } | undefined;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
};

/** Throws RUN_ABORTED when the signal ends it before one run came to its end, and what the replay throws. */
export async function runSession(job: SessionJob, { live, signal, onProgress }: RunOptions): Promise<SessionReport> {
  let soFar: SessionReport | undefined;
  const options = {
    ...(signal && { signal }),
    ...(onProgress && { onProgress }),
    ...(live && { live: live.ask }),
    onInterim: (report: SessionReport) => {
      soFar = report;
    },
  };
  const report = await runInSandbox(job, options).catch((thrown: unknown) => {
    if (!signal?.aborted || !soFar?.runs) throw thrown;
    return { ...soFar, runs: { ...soFar.runs, cancelled: true as const } };
  });
  return live ? { ...report, live: live.use() } : report;
}
