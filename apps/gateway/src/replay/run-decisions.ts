/** Messages decided again in the process of a replay, which is given them a few at a time. */
import { byVerdict } from './decisions.ts';
import type { DecisionChange, DecisionsJob, DecisionsReport, DecisionsSummary, RecordedDecision } from './job.ts';
import { runInSandbox } from './sandbox.ts';

type RunOptions = {
  readonly signal?: AbortSignal;
  /** Called with what would be otherwise, batch by batch, and how many messages were decided until then. */
  readonly onDecided: (changes: readonly DecisionChange[], messages: number) => void | Promise<void>;
};

/** Neither process ever holds more than a batch of messages. Throws what `runInSandbox` and the batches throw. */
export async function runDecisions(
  job: Omit<DecisionsJob, 'kind'>,
  batches: AsyncIterable<readonly RecordedDecision[]>,
  { signal, onDecided }: RunOptions,
): Promise<DecisionsSummary> {
  const iterator = batches[Symbol.asyncIterator]();
  let messages = 0;
  const feed = async (changes: readonly DecisionChange[]): Promise<readonly RecordedDecision[]> => {
    await onDecided(changes, messages);
    for (;;) {
      const next = await iterator.next();
      if (next.done) return [];
      messages += next.value.length;
      // Where the data of a whole batch is gone there is nothing to send, and more may follow.
      if (next.value.length > 0) return next.value;
    }
  };
  return runInSandbox({ kind: 'decisions', ...job }, { feed, ...(signal && { signal }) });
}

/** The same with all that would be otherwise, in the order of the verdicts: for as many messages as one looks at at once. */
export async function decisionsReport(
  job: Omit<DecisionsJob, 'kind'>,
  batches: AsyncIterable<readonly RecordedDecision[]>,
  signal?: AbortSignal,
): Promise<DecisionsReport> {
  const changes: DecisionChange[] = [];
  const summary = await runDecisions(job, batches, { onDecided: (some) => void changes.push(...some), ...(signal && { signal }) });
  return { ...summary, changes: changes.sort(byVerdict) };
}
