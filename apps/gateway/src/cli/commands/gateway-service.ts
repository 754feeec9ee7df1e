/** What the commands that start, stop and install have in common: the service of this state directory, and waiting for it. */
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { ERRORS, type ErrorCode, GatewayError } from '@openclaw-gateway/events';
import { failureSince, readBootRecord } from '../../operations/boot-record.ts';
import { findRunning, type RunningProcess, startInBackground } from '../../operations/process.ts';
import { runArguments } from '../../operations/service/definition.ts';
import type { Manager, ServiceContext, ServiceOptions } from '../../operations/service/index.ts';
import { logFilePath } from '../../operations/state-dir.ts';
import { isReady } from '../api.ts';
import type { Context } from '../context.ts';
import { paint, shortPath } from '../output.ts';
import { askWhyPending } from '../trust.ts';

export type StartOptions = ServiceOptions & { readonly verbose?: true };

const READY_TIMEOUT_MS = 60_000;
const POLL_MS = 100;
const OUTPUT_LINES = 15;

/** What the service managers need to know. */
export async function serviceContext(context: Context): Promise<ServiceContext> {
  const { config } = await context.configOrDefaults();
  return {
    paths: context.paths,
    env: context.env,
    drainMs: config.gateway.shutdown.drainTimeout,
    launch: (options) => launch(context, options),
  };
}

/** Starts the gateway as a supervised process in the background; resolves when it is ready. Throws why it ended. */
export async function launch(context: Context, options: StartOptions): Promise<void> {
  const startedAt = Date.now();
  const args = [...runArguments(options), ...(options.verbose ? ['--verbose'] : []), '--json'];
  const result = await startInBackground(context.paths, args, { timeoutMs: READY_TIMEOUT_MS, isReady: (url) => isUp(context, url) });
  if (result.status === 'ended') throw await whyItEnded(context, startedAt, result.exitCode);
  if (result.status === 'timeout') throw notReady(`pid ${result.pid}`);
}

/** Starts the gateway by its service manager and waits until it is ready. Throws why it is not. */
export async function startByManager(context: Context, manager: Manager): Promise<void> {
  const startedAt = Date.now();
  await manager.start();
  const deadline = startedAt + READY_TIMEOUT_MS;
  for (;;) {
    const running = await findRunning(context.paths.pidFile);
    if (running && (running.safeMode || (await isUp(context, running.url)))) return;
    const state = await manager.state();
    const problem = failureSince(await readBootRecord(context.paths.boot), startedAt);
    if (problem || !state.active) throw await whyItEnded(context, startedAt, state.exitCode);
    if (Date.now() > deadline) throw notReady(`${manager.name}: ${state.state}`);
    await delay(POLL_MS);
  }
}

/** One that waits for its certificate does everything else already. */
async function isUp(context: Context, url: string): Promise<boolean> {
  return (await isReady(url, context.trust)) || (await whyPending(url)) !== undefined;
}

async function whyPending(url: string): Promise<GatewayError | undefined> {
  return url.startsWith('https:') ? askWhyPending(new URL(url)) : undefined;
}

/** Says that the gateway runs now. */
export async function reportStarted(
  context: Context,
  did: 'Started' | 'Restarted',
  more: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const running = await findRunning(context.paths.pidFile);
  if (!running) throw await whyItEnded(context, 0, undefined);
  const { pid, url, safeMode } = running;
  const pending = await whyPending(url);
  const log = await context.config().then(
    ({ config }) => logFilePath(config, context.paths.dir),
    () => context.paths.logs,
  );
  const waitsFor = pending && { waitsFor: pending.message };
  context.out.result({ ok: true, pid, url, log, ...(safeMode && { safeMode }), ...waitsFor, ...more }, () => [
    `${paint('green', did)}: pid ${pid}, ${url}`,
    ...(safeMode ? [SAFE_MODE_NOTE] : []),
    `Log: ${shortPath(log)}`,
    ...(pending ? [paint('yellow', pending.message)] : []),
    'Open it with `openclaw dashboard`.',
  ]);
}

export const SAFE_MODE_NOTE = 'It is in safe mode and takes no messages: see `openclaw gateway status`.';

/** The running gateway as its pid file has it. */
export function runningGateway(context: Context): Promise<RunningProcess | undefined> {
  return findRunning(context.paths.pidFile);
}

/** The process wrote down why it ended, if it could; what it printed otherwise is shown as it is. */
async function whyItEnded(context: Context, startedAt: number, exitCode: number | undefined): Promise<GatewayError> {
  const output = await readFile(context.paths.startOutput, 'utf8').catch(() => '');
  for (const line of output.trim().split('\n').reverse()) {
    try {
      const { error } = JSON.parse(line) as { error: { code: ErrorCode; message: string; details?: Record<string, unknown> } };
      if (error.code in ERRORS) return GatewayError.fromBody(error);
    } catch {
      // Not the line with the failure.
    }
  }
  const problem = failureSince(await readBootRecord(context.paths.boot), startedAt);
  if (problem && problem.code in ERRORS) {
    const { code, message, remedy } = problem;
    return new GatewayError(code as ErrorCode, { message, ...(remedy && { details: { remedy } }) });
  }
  const said = output.trim().split('\n').slice(-OUTPUT_LINES).join('\n');
  return new GatewayError('INTERNAL', {
    message: `The gateway ended at once${exitCode === undefined ? '' : ` with exit code ${exitCode}`}.${said ? `\n${said}` : ''}`,
    details: {
      remedy: `Run \`openclaw gateway run --verbose\` to see it happen; what it said is in ${shortPath(context.paths.startOutput)}.`,
    },
  });
}

function notReady(who: string): GatewayError {
  return new GatewayError('STARTING', {
    message: `The gateway (${who}) was started but is not ready after ${READY_TIMEOUT_MS / 1000} s.`,
    details: { remedy: 'Look at `openclaw logs`, and again at `openclaw gateway status`.' },
  });
}
