/** A pipeline whose messages end as a test says: by `respond`, or by hand. */
import { createHash } from 'node:crypto';
import { GatewayError, newId } from '@openclaw-gateway/events';
import type { Outcome, Pipeline, Progress, Submission } from '../parts.ts';

export type Run = { readonly submission: Submission; readonly progress: Omit<Progress, 'type'>; outcome?: Outcome };
export type Publish = (progress: { type: 'delta'; text: string } | { type: 'reset' }) => void;

export const delivered = (reply: string): Outcome => ({ status: 'delivered', reply, inputTokens: 3, outputTokens: 5 });

export type PipelineState = {
  /** Everything that was handed in, whatever became of it. */
  readonly submissions: Submission[];
  /** The messages that were taken. */
  readonly runs: Run[];
  /** What was to be cancelled: a message, or all of a session. */
  readonly aborted: string[];
  /** What `receive` waits for, as a commit would be. */
  commit: Promise<void>;
  /** What becomes of a message; without it the test says so by `publish` and `answer`. */
  respond: ((submission: Submission, publish: Publish) => Promise<Outcome>) | undefined;
  /** What receiving a message gives instead of an acceptance. */
  refuse: (submission: Submission) => GatewayError | 'rejected' | 'duplicate' | undefined;
};

export function fakePipeline(state: PipelineState) {
  const byKey = new Map<string, Run>();
  const failures = new Map<string, unknown>();
  const listeners = new Set<(progress: Progress) => void>();
  const looks = new Set<() => void>();

  /** What happens to a message, as the pipeline would tell it. */
  function publish(run: Run, event: Record<string, unknown>): void {
    if (event['type'] === 'settled') run.outcome ??= event['outcome'] as Outcome;
    for (const listener of [...listeners]) listener({ ...run.progress, ...event } as Progress);
    for (const look of [...looks]) look();
  }

  /** A run from start to answer, in pieces. */
  function answer(run: Run, pieces: readonly string[]): void {
    publish(run, { type: 'started' });
    for (const text of pieces) publish(run, { type: 'delta', text });
    publish(run, { type: 'settled', outcome: delivered(pieces.join('')) });
  }

  async function respondTo(run: Run, respond: NonNullable<PipelineState['respond']>): Promise<void> {
    // As in the real pipeline nothing happens before whoever brought the message knows of it.
    await new Promise(setImmediate);
    try {
      const outcome = await respond(run.submission, (progress) => publish(run, progress));
      publish(run, { type: 'settled', outcome });
    } catch (thrown) {
      failures.set(run.progress.messageId, thrown);
      for (const look of [...looks]) look();
    }
  }

  const pipeline: Pipeline = {
    async receive(submission) {
      await state.commit;
      state.submissions.push(submission);
      const refused = state.refuse(submission);
      if (refused instanceof GatewayError) throw refused;
      if (refused === 'rejected') {
        const error = new GatewayError('SENDER_NOT_ALLOWED');
        return { status: 'rejected', messageId: newId('message'), position: 3, error, duplicate: false, runId: '' };
      }
      const { sessionKey, agentId, sessionId } = resolveSession(submission.sessionKey ?? 'main', submission.agentId);
      const key = submission.inbound.externalId ?? newId('message');
      const known = byKey.get(key);
      if (known && known.submission.inbound.text !== submission.inbound.text) throw new GatewayError('IDEMPOTENCY_MISMATCH');
      const { requestId } = submission;
      const run = known ?? {
        submission,
        progress: {
          messageId: newId('message'),
          runId: newId('run'),
          sessionId,
          sessionKey,
          agentId,
          ...(requestId !== undefined && { requestId }),
        },
      };
      const { messageId, runId } = run.progress;
      if (!known) {
        byKey.set(key, run);
        state.runs.push(run);
        publish(run, { type: 'queued' });
        if (state.respond) void respondTo(run, state.respond);
      }
      const duplicate = known !== undefined || refused === 'duplicate';
      return { status: 'accepted', messageId, sessionId, sessionKey, agentId, position: 5, duplicate, runId };
    },
    amend: async () => 'recorded',
    undelivered: async () => undefined,
    follow(messageId, listener) {
      const ofMessage = (progress: Progress) => progress.messageId === messageId && listener(progress);
      listeners.add(ofMessage);
      return () => listeners.delete(ofMessage);
    },
    followAll(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    outcome(messageId, { timeoutMs, signal }) {
      const run = state.runs.find(({ progress }) => progress.messageId === messageId);
      if (!run) return Promise.reject(new GatewayError('MESSAGE_NOT_FOUND'));
      const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
      const giveUp = () => reject(new GatewayError('DEADLINE_EXCEEDED'));
      const timer = setTimeout(giveUp, Math.min(timeoutMs, 2 ** 31 - 1)).unref();
      signal?.addEventListener('abort', giveUp, { once: true });
      const look = () => {
        if (failures.has(messageId)) reject(failures.get(messageId));
        else if (run.outcome) resolve(run.outcome);
      };
      looks.add(look);
      look();
      return promise.finally(() => {
        clearTimeout(timer);
        looks.delete(look);
      });
    },
    async abort({ sessionId, messageId }) {
      state.aborted.push(messageId ?? sessionId);
      const hit = state.runs.filter(
        ({ progress, outcome }) =>
          !outcome && (messageId === undefined ? progress.sessionId === sessionId : progress.messageId === messageId),
      );
      for (const run of hit) publish(run, { type: 'settled', outcome: { status: 'no_reply', reason: 'aborted' } });
      return hit.map(({ progress }) => progress.messageId);
    },
    resolveSession,
    release: async () => true,
    close: async () => undefined,
    note: async () => undefined,
    explain: () => Promise.reject(new GatewayError('INTERNAL')),
    approvals: () => [],
    decideApproval: () => Promise.reject(new GatewayError('APPROVAL_NOT_FOUND')),
    approvalRefusal: () => new GatewayError('APPROVAL_NOT_FOUND'),
    openOn: () => 0,
    resubmit: () => Promise.reject(new GatewayError('DEAD_LETTER_NOT_FOUND')),
    discard: () => Promise.reject(new GatewayError('DEAD_LETTER_NOT_FOUND')),
    activity: () => ({ activeRuns: 2, waitingMessages: 1, openSessions: 4 }),
  };
  return { pipeline, publish, answer };
}

export function canonical(sessionKey: string, agentId = 'main'): string {
  return sessionKey.startsWith('agent:') ? sessionKey : `agent:${agentId}:${sessionKey}`;
}

export function sessionIdOf(key: string): string {
  return `ses_${createHash('sha256').update(key).digest('hex').slice(0, 26)}`;
}

function resolveSession(sessionKey: string, agentId?: string): { sessionId: string; sessionKey: string; agentId: string } {
  const key = canonical(sessionKey, agentId);
  return { sessionKey: key, sessionId: sessionIdOf(key), agentId: key.split(':')[1] ?? 'main' };
}
