/** Starts the process of a replay, gives it its job and takes its report. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type ErrorCode, GatewayError, toGatewayError } from '@openclaw-gateway/events';
import type { ModelChunk, ModelRequest } from '@openclaw-gateway/sdk';
import type { DecisionChange, FromSandbox, Job, Progress, RecordedDecision, ReportOf, SessionReport, ToSandbox } from './job.ts';
import { NO_ENVIRONMENT } from './no-environment.ts';

/** Asks a real model for a replay that may. */
export type LiveModel = (reference: string, request: ModelRequest, signal: AbortSignal) => AsyncIterable<ModelChunk>;

export type SandboxOptions = {
  readonly live?: LiveModel;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  /** What whole live runs gave, while others go on. */
  readonly onInterim?: (report: SessionReport) => void;
  /** Takes what became of a batch of messages and gives the next; none is the end. */
  readonly feed?: (changes: readonly DecisionChange[]) => Promise<readonly RecordedDecision[]>;
};

const PROCESS = new URL('./replay.worker.ts', import.meta.url);
/** The program itself, which is all that the process may read. */
const PROGRAM = fileURLToPath(new URL('../../../../', import.meta.url));
const MAX_SILENCE_MS = 120_000;

/**
 * Runs a job in a process of its own. Throws what the job throws: RECORDING_INCOMPLETE, CONFIG_INVALID; DEADLINE_EXCEEDED when
 * nothing is heard for two minutes.
 * @example const report = await runInSandbox({ kind: 'decisions', messages, configs, candidate })
 */
export async function runInSandbox<J extends Job>(
  job: J,
  { live, signal, onProgress, onInterim, feed }: SandboxOptions = {},
): Promise<ReportOf<J>> {
  const child = fork(fileURLToPath(PROCESS), [], {
    execArgv: ['--permission', `--allow-fs-read=${PROGRAM}*`, '--max-old-space-size=1024', '--no-warnings'],
    env: NO_ENVIRONMENT,
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const stop = new AbortController();
  let complaint = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-4000);
  });
  const { promise, resolve, reject } = Promise.withResolvers<ReportOf<J>>();
  const end = () => reject(new GatewayError('RUN_ABORTED'));
  signal?.addEventListener('abort', end, { once: true });
  if (signal?.aborted) end();
  const silence = setTimeout(
    () => reject(new GatewayError('DEADLINE_EXCEEDED', { message: 'The replay does not get on.' })),
    MAX_SILENCE_MS,
  );
  const giveMore = async (changes: readonly DecisionChange[]): Promise<void> => {
    try {
      const messages = (await feed?.(changes)) ?? [];
      silence.refresh();
      tell(child, { kind: 'messages', messages });
    } catch (thrown) {
      reject(thrown);
    }
  };
  child.on('message', (message: FromSandbox) => {
    silence.refresh();
    if (message.kind === 'ready') tell(child, { kind: 'job', job });
    else if (message.kind === 'progress') onProgress?.(progressOf(message));
    else if (message.kind === 'interim') onInterim?.(message.report);
    else if (message.kind === 'more') void giveMore(message.changes);
    else if (message.kind === 'report') resolve(message.report as ReportOf<J>);
    else if (message.kind === 'failed') reject(GatewayError.fromBody(message.error as { code: ErrorCode; message: string }));
    else void answer(child, message, live, stop.signal).finally(() => silence.refresh());
  });
  child.once('error', reject);
  child.once('exit', (code) => {
    const cause = new Error(complaint.trim() || `exit ${code}`);
    reject(new GatewayError('INTERNAL', { message: 'The process of the replay ended before its report.', cause }));
  });
  try {
    return await promise;
  } finally {
    clearTimeout(silence);
    signal?.removeEventListener('abort', end);
    stop.abort();
    child.removeAllListeners('exit');
    child.kill('SIGKILL');
  }
}

function progressOf({ kind: _, ...progress }: Extract<FromSandbox, { kind: 'progress' }>): Progress {
  return progress;
}

async function answer(
  child: ChildProcess,
  { id, reference, request }: Extract<FromSandbox, { kind: 'ask' }>,
  live: LiveModel | undefined,
  signal: AbortSignal,
): Promise<void> {
  try {
    if (!live) throw new GatewayError('MODEL_NOT_CONFIGURED', { message: 'This replay may not ask a model.' });
    for await (const chunk of live(reference, request, signal)) tell(child, { kind: 'chunk', id, chunk });
  } catch (thrown) {
    const { code, message } = toGatewayError(thrown);
    tell(child, { kind: 'model failed', id, error: { code, message } });
  }
}

function tell(child: ChildProcess, message: ToSandbox): void {
  if (child.connected) child.send(message);
}
