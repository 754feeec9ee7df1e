/** Checks of the log that people begin from a door: one at a time, in threads of its own, which everybody who looks can follow and cancel. */
import { join } from 'node:path';
import { type VerifyProgress, type VerifyResult, verifyLog } from '@openclaw-gateway/db';
import {
  type Actor,
  AuditVerified,
  type ErrorBody,
  type EventMetadata,
  GatewayError,
  type NewEvent,
  toGatewayError,
} from '@openclaw-gateway/events';

/** First and last position. Without a first one the check goes on from where the last one found everything good. */
export type CheckRange = { readonly from?: number; readonly to?: number };

export type LogCheckState = {
  readonly state: 'running' | 'done' | 'cancelled' | 'failed';
  readonly range: CheckRange;
  readonly startedBy: string;
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly progress?: VerifyProgress;
  /** The checkpoints kept elsewhere that it was held against: a file that is configured as a witness. */
  readonly witness?: string;
  readonly result?: VerifyResult;
  readonly error?: ErrorBody;
};

export type LogCheck = {
  /** Begins one, `gently` in one thread that gives way to everything else. Throws `OVERLOADED` while another runs. */
  start(range: CheckRange, actor: Actor, how?: { readonly gently: boolean }): LogCheckState;
  /** Stops the one that runs; nothing to do when none does. */
  cancel(): void;
  /** The one that runs, or the last that ran since the start. */
  state(): LogCheckState | undefined;
  /** Calls back on every change. Returns the unsubscribe function. */
  onChange(listener: () => void): () => void;
  close(): Promise<void>;
};

export type LogCheckOptions = {
  readonly stateDir: string;
  readonly record: (streamId: string, event: NewEvent, metadata: EventMetadata) => Promise<void>;
  /** A file with checkpoints kept elsewhere, where there is one. */
  readonly witnessFile: () => string | undefined;
  readonly verify?: typeof verifyLog;
};

export function createLogCheck({ stateDir, record, witnessFile, verify = verifyLog }: LogCheckOptions): LogCheck {
  const listeners = new Set<() => void>();
  let current: LogCheckState | undefined;
  let running: { readonly stop: AbortController; readonly ended: Promise<void> } | undefined;

  const set = (next: LogCheckState): void => {
    current = next;
    for (const listener of listeners) listener();
  };

  const end = (last: LogCheckState): void => {
    running = undefined;
    set({ ...last, endedAt: Date.now() });
  };

  async function run(begun: LogCheckState, actor: Actor, signal: AbortSignal, gently: boolean): Promise<void> {
    const { range, witness } = begun;
    try {
      const result = await verify(
        { dir: join(stateDir, 'state'), ...range, ...(witness !== undefined && { witnessFile: witness }), ...(gently && { gently }) },
        { signal, onProgress: (progress) => set({ ...begun, progress }) },
      );
      await record('audit', verified(result), { actor });
      end({ ...begun, state: 'done', result });
    } catch (error) {
      if (signal.aborted) end({ ...begun, ...progressOf(current), state: 'cancelled' });
      else end({ ...begun, state: 'failed', error: toGatewayError(error).toBody() });
    }
  }

  return {
    start(range, actor, { gently } = { gently: false }) {
      if (running)
        throw new GatewayError('OVERLOADED', {
          message: 'A check of the log runs already.',
          details: { remedy: 'Wait for its end, or cancel it.' },
        });
      const stop = new AbortController();
      const witness = witnessFile();
      const begun: LogCheckState = {
        state: 'running',
        range,
        startedBy: actor.id,
        startedAt: Date.now(),
        ...(witness !== undefined && { witness }),
      };
      set(begun);
      running = { stop, ended: run(begun, actor, stop.signal, gently) };
      return begun;
    },
    cancel: () => running?.stop.abort(new GatewayError('QUERY_CANCELLED')),
    state: () => current,
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async close() {
      const last = running;
      last?.stop.abort(new GatewayError('SHUTTING_DOWN'));
      await last?.ended;
    },
  };
}

function progressOf(state: LogCheckState | undefined): Pick<LogCheckState, 'progress'> {
  return state?.progress ? { progress: state.progress } : {};
}

function verified({ from, to, break: found }: VerifyResult): NewEvent {
  return AuditVerified.create({
    from,
    to,
    ok: found === undefined,
    ...(found && { firstBadPosition: found.position, problem: { code: 'LOG_CORRUPT', message: found.message } }),
  });
}
