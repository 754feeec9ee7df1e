import { ERRORS, type ErrorCode, GatewayError } from '@openclaw-gateway/events';
import { readText } from '../../config/file.ts';
import { loadConfig } from '../../config/load.ts';
import { findRunning, startInBackground } from '../../operations/process.ts';
import { logFilePath } from '../../operations/state-dir.ts';
import { isReady } from '../api.ts';
import type { Context } from '../context.ts';
import { paint, shortPath } from '../output.ts';
import { askWhyPending } from '../trust.ts';
import { stopAndWait } from './gateway-stop.ts';

export type StartOptions = { readonly port?: number; readonly bind?: string; readonly verbose?: true };

const READY_TIMEOUT_MS = 60_000;

/** Starts the gateway as a process of its own; a running one stays as it is. */
export async function startGateway(context: Context, options: StartOptions): Promise<undefined> {
  const running = await findRunning(context.paths.pidFile);
  if (running) {
    const { pid, url } = running;
    context.out.result({ ok: true, pid, url, alreadyRunning: true }, () => [`The gateway runs already: pid ${pid}, ${url}`]);
    return;
  }
  await start(context, options);
}

/** Stops the gateway, if it runs, and starts it; on the port and address it had, unless others are given. */
export async function restartGateway(context: Context, options: StartOptions): Promise<undefined> {
  // A configuration that is refused would leave the gateway stopped.
  await loadConfig((await readText(context.paths.config)) ?? '', { env: context.env });
  const before = await stopAndWait(context);
  await start(context, { ...(await differentFromConfig(context, before)), ...options });
}

async function start(context: Context, options: StartOptions): Promise<void> {
  const args = [
    ...(options.port !== undefined ? ['--port', String(options.port)] : []),
    ...(options.bind !== undefined ? ['--bind', options.bind] : []),
    ...(options.verbose ? ['--verbose'] : []),
    '--json',
  ];
  let pending: GatewayError | undefined;
  const isUp = async (url: string) => {
    if (await isReady(url, context.trust)) return true;
    // One that waits for its certificate does everything else already.
    pending = url.startsWith('https:') ? await askWhyPending(new URL(url)) : undefined;
    return pending !== undefined;
  };
  const result = await startInBackground(context.paths, args, { timeoutMs: READY_TIMEOUT_MS, isReady: isUp });
  if (result.status === 'ended') throw whyItEnded(result.output, result.exitCode, context);
  if (result.status === 'timeout') {
    throw new GatewayError('STARTING', {
      message: `The gateway (pid ${result.pid}) was started but is not ready after ${READY_TIMEOUT_MS / 1000} s.`,
      details: { pid: result.pid, remedy: 'Look at `openclaw logs`, and again at `openclaw gateway status`.' },
    });
  }
  const { pid, url } = result.running;
  const log = await context.config().then(
    ({ config }) => logFilePath(config, context.paths.dir),
    () => context.paths.logs,
  );
  context.out.result({ ok: true, pid, url, log, ...(pending && { waitsFor: pending.message }) }, () => [
    `${paint('green', 'Started')}: pid ${pid}, ${url}`,
    `Log: ${shortPath(log)}`,
    ...(pending ? [paint('yellow', pending.message)] : []),
    'Open it with `openclaw dashboard`.',
  ]);
}

/** The process printed its failure as JSON; what it printed otherwise is shown as it is. */
function whyItEnded(output: string, exitCode: number | undefined, context: Context): GatewayError {
  for (const line of output.trim().split('\n').reverse()) {
    try {
      const { error } = JSON.parse(line) as { error: { code: ErrorCode; message: string; details?: Record<string, unknown> } };
      if (error.code in ERRORS) return GatewayError.fromBody(error);
    } catch {
      // Not the line with the failure.
    }
  }
  const said = output.trim().split('\n').slice(-15).join('\n');
  return new GatewayError('INTERNAL', {
    message: `The gateway ended at once${exitCode === undefined ? '' : ` with exit code ${exitCode}`}.${said ? `\n${said}` : ''}`,
    details: {
      remedy: `Run \`openclaw gateway run --verbose\` to see it happen; what it said is in ${shortPath(context.paths.startOutput)}.`,
    },
  });
}

async function differentFromConfig(context: Context, before: string | undefined): Promise<StartOptions> {
  if (before === undefined) return {};
  const address = new URL(before);
  const { config } = await context.config();
  const { port } = config.gateway.network;
  return Number(address.port) !== port && port !== 0 ? { port: Number(address.port) } : {};
}
