import { createServer } from 'node:net';
import { isatty } from 'node:tty';
import { Redactor } from '@openclaw-gateway/db/redact/redactor';
import { GatewayError, toGatewayError } from '@openclaw-gateway/events';
import { hashText, readText } from '../../config/file.ts';
import { loadConfig } from '../../config/load.ts';
import { secrets } from '../../config/secrets.ts';
import type { RunningGateway } from '../../gateway.ts';
import type { StandingBy } from '../../instances/membership.ts';
import { type Boot, openBoot, type SafeMode, safeModeError } from '../../operations/boot-record.ts';
import { EXIT_FINAL, EXIT_RESTART, isFinal } from '../../operations/exit-codes.ts';
import { endProcess, findPortHolder } from '../../operations/port.ts';
import { findRunning, removePidFile, writePidFile } from '../../operations/process.ts';
import { logFilePath } from '../../operations/state-dir.ts';
import type { Context } from '../context.ts';
import { reportFailure } from '../failure.ts';
import { paint, pairs, shortPath } from '../output.ts';
import { VERSION } from '../version.ts';

export type RunOptions = {
  readonly port?: number;
  readonly bind?: string;
  readonly dangerouslyLetAnyoneIn?: true;
  readonly verbose?: true;
  readonly force?: true;
  readonly safe?: true;
  readonly normal?: true;
};

const GRACE_MS = 5000;
/** Whoever runs so long has not crashed at its start. */
const HEALTHY_AFTER_MS = 60_000;
/** A terminal and a launcher may each deliver the same Ctrl+C. */
const SAME_SIGNAL_MS = 300;
/** What --bind takes besides an IP address. */
export const BIND_WORDS: Readonly<Record<string, string>> = {
  loopback: '127.0.0.1',
  localhost: '127.0.0.1',
  lan: '0.0.0.0',
  all: '0.0.0.0',
};

/** Runs the gateway in this process until it is asked to stop. Resolves with the exit code; what failed is printed. */
export async function run(context: Context, options: RunOptions): Promise<number> {
  const { paths, env, out } = context;
  const boot = openBoot(paths.boot);
  try {
    loadServiceEnvironment(context);
    return await runAgainAndAgain(context, options, boot);
  } catch (thrown) {
    const error = toGatewayError(thrown);
    boot.failed(error);
    const exitCode = reportFailure(error, { json: out.json, configPath: paths.config });
    if (!isFinal(error)) return exitCode;
    // launchd would start it again for any other code.
    if (env['OPENCLAW_SERVICE'] === 'launchd') return 0;
    return error.code === 'USAGE' ? exitCode : EXIT_FINAL;
  }
}

async function runAgainAndAgain(context: Context, options: RunOptions, boot: Boot): Promise<number> {
  const service = context.env['OPENCLAW_SERVICE'];
  let asked = askedMode(options);
  let port = options.port;
  for (;;) {
    const { exitCode, restart, error, url } = await runOnce(context, { ...options, ...(port !== undefined && { port }) }, boot, asked);
    if (error) boot.failed(error);
    if (!restart) return exitCode;
    if (exitCode !== 0) return exitCode;
    // A new process has new code and memory, where there is someone to start it.
    if (service) return EXIT_RESTART;
    asked = undefined;
    // Whoever uses a port that was free by chance goes on using it.
    if (port === 0) port = Number(new URL(url).port);
  }
}

async function runOnce(context: Context, options: RunOptions, boot: Boot, asked: 'safe' | 'normal' | undefined) {
  const { paths, env } = context;
  const bind = options.bind === undefined ? undefined : (BIND_WORDS[options.bind] ?? options.bind);
  const overrides = { ...(options.port !== undefined && { port: options.port }), ...(bind !== undefined && { host: bind }) };
  const text = (await readText(paths.config)) ?? '';
  const letAnyoneIn = options.dangerouslyLetAnyoneIn === true;
  const { config } = await loadConfig(text, { env, overrides, exceptions: { letAnyoneIn } });
  const { host, port } = config.gateway.network;
  await clearTheWay(context, { host, port, force: options.force === true });

  const signals = listenToSignals(boot);
  const offCrash = noteCrashes(boot, secrets(config));
  try {
    const { crashes, within: withinMs } = config.gateway.safeMode;
    const lastExit = env['OPENCLAW_LAST_EXIT'];
    const safeMode = await boot.begin({
      fingerprint: `${VERSION} ${hashText(text)}`,
      crashes,
      withinMs,
      ...(asked && { asked }),
      ...(lastExit && { lastExit }),
    });
    const { startGateway } = await import('../../gateway.ts');
    const service = env['OPENCLAW_SERVICE'];
    let wasStopped = false;
    const onStandBy = (standing: StandingBy) => {
      const stop = async () => {
        wasStopped = true;
        await standing.stop();
      };
      signals.serve({ stop, reload: async () => undefined });
      void writePidFile(paths.pidFile, standing.url, { ...(service && { service }) });
      if (!service) printStandBy(context, standing);
    };
    const gateway = await startGateway({
      stateDir: paths.dir,
      configPath: paths.config,
      ...(options.port !== undefined && { port: options.port }),
      ...(bind !== undefined && { bind }),
      ...(letAnyoneIn && { letAnyoneIn }),
      ...(options.verbose && { verbose: true }),
      ...(safeMode && { safeMode }),
      onStandBy,
    }).catch((error: unknown) => {
      if (wasStopped) return undefined;
      throw error;
    });
    if (!gateway) {
      boot.endedWell();
      await removePidFile(paths.pidFile);
      return { exitCode: 0, restart: false, url: '' };
    }
    signals.serve(gateway);
    const healthy = setTimeout(() => void boot.isHealthy(), HEALTHY_AFTER_MS);
    healthy.unref();
    await writePidFile(paths.pidFile, gateway.url, { ...(service && { service }), ...(safeMode && { safeMode: true }) });
    if (!service) printBanner(context, gateway, logFilePath(config, paths.dir), safeMode);
    const end = await gateway.done;
    clearTimeout(healthy);
    if (!end.error) boot.endedWell();
    await removePidFile(paths.pidFile);
    return { ...end, url: gateway.url };
  } finally {
    signals.off();
    offCrash();
  }
}

function askedMode({ safe, normal }: RunOptions): 'safe' | 'normal' | undefined {
  if (safe && normal) throw new GatewayError('USAGE', { message: 'Give --safe or --normal, not both.' });
  return safe ? 'safe' : normal ? 'normal' : undefined;
}

/** systemd reads this file itself; the other managers know of no such thing. What is set already stays. */
function loadServiceEnvironment({ env, paths }: Context): void {
  const service = env['OPENCLAW_SERVICE'];
  if (service !== 'launchd' && service !== 'background') return;
  try {
    process.loadEnvFile(paths.serviceEnvironment);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw unreadable(paths.serviceEnvironment, error);
  }
}

function unreadable(path: string, cause: unknown): GatewayError {
  return new GatewayError('CONFIG_UNREADABLE', {
    message: `${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}.`,
    details: { path, remedy: `Make it readable for this user: \`chmod 600 ${path}\`.` },
    cause,
  });
}

/** An error that nobody caught ends the process; the next one should know of it. Returns what takes the handler off. */
function noteCrashes(boot: Boot, hidden: readonly string[]): () => void {
  const onError = (error: unknown) => {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stderr.write(`openclaw: the gateway crashed: ${hide(stack, hidden)}\n`);
    const message = `The gateway crashed: ${error instanceof Error ? error.message : String(error)}`;
    boot.failed(error instanceof GatewayError ? error : new GatewayError('INTERNAL', { message: hide(message, hidden) }));
    process.exit(1);
  };
  process.on('uncaughtException', onError);
  return () => void process.off('uncaughtException', onError);
}

const hide = (text: string, hidden: readonly string[]): string => new Redactor(hidden, '***').redactText(text);

/** Makes sure that nothing runs on this state directory and this port, or says what does. */
async function clearTheWay(context: Context, { host, port, force }: { host: string; port: number; force: boolean }): Promise<void> {
  const running = await findRunning(context.paths.pidFile);
  if (running) {
    if (!force) {
      throw new GatewayError('LOG_LOCKED', {
        message: `The gateway of ${shortPath(context.paths.dir)} runs already: pid ${running.pid}, ${running.url}.`,
        details: {
          pid: running.pid,
          url: running.url,
          remedy:
            'Use it as it is, stop it with `openclaw gateway stop`, replace it with --force, or give this one its own OPENCLAW_STATE_DIR.',
        },
      });
    }
    await end(context, running.pid, 'which was the gateway of this state directory');
  }
  const problem = await tryPort(host, port);
  if (problem === undefined) return;
  if (problem !== 'EADDRINUSE') throw cannotListen(problem, host, port);
  const holder = await findPortHolder(port);
  if (!force || !holder) {
    const who = holder ? `pid ${holder.pid}: ${holder.command}` : 'a process of another user, or one that cannot be seen from here';
    throw new GatewayError('PORT_TAKEN', {
      message: `Port ${port} is taken by ${who}.`,
      details: {
        port,
        ...holder,
        remedy: holder
          ? `Take another port with \`openclaw gateway run --port ${port + 1}\`, or end that process and start with \`openclaw gateway run --force\`.`
          : `Take another port with \`openclaw gateway run --port ${port + 1}\`, or stop that process yourself.`,
      },
    });
  }
  await end(context, holder.pid, `which held port ${port}: ${holder.command}`);
}

async function end(context: Context, pid: number, what: string): Promise<void> {
  if (!(await endProcess(pid, GRACE_MS))) {
    throw new GatewayError('PORT_TAKEN', {
      message: `Process ${pid}, ${what}, does not end.`,
      details: { pid, remedy: `End it yourself: \`kill -9 ${pid}\`, as the user it belongs to.` },
    });
  }
  context.out.note(`Ended process ${pid}, ${what}.`);
}

/** Why one cannot listen there; `undefined` when one can. */
export function tryPort(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

function cannotListen(problem: string, host: string, port: number): GatewayError {
  const findings =
    problem === 'EACCES'
      ? [{ path: 'gateway.network.port', value: String(port), expected: 'a port that this user may open; those below 1024 need root' }]
      : [{ path: 'gateway.network.host', value: JSON.stringify(host), expected: `an address of this machine (${problem})` }];
  return new GatewayError('CONFIG_INVALID', {
    message: `The gateway cannot listen on ${host}:${port}: ${problem}.`,
    details: { findings, remedy: 'Correct the configuration, or give --port or --bind.' },
  });
}

type Stoppable = Pick<RunningGateway, 'stop' | 'reload'>;
type Signals = { readonly serve: (gateway: Stoppable) => void; readonly off: () => void };

/**
 * SIGTERM and SIGINT stop the gateway in good order, and end the process when they come a second time; SIGUSR1 restarts it; SIGHUP
 * has it read its configuration again, or stops it where it means that the terminal is gone.
 */
function listenToSignals(boot: Boot): Signals {
  let gateway: Stoppable | undefined;
  let firstAt: number | undefined;
  const onStop = (signal: NodeJS.Signals) => {
    if (!gateway) {
      // It was not there yet: nothing is lost, and nothing has crashed.
      boot.endedWell();
      process.exit(signal === 'SIGINT' ? 130 : 0);
    }
    if (firstAt === undefined) {
      firstAt = Date.now();
      // How the stop went is in `done`.
      gateway.stop(signal).catch(() => undefined);
    } else if (Date.now() - firstAt > SAME_SIGNAL_MS) process.exit(signal === 'SIGINT' ? 130 : 143);
  };
  const isOnTerminal = isatty(0) || isatty(2);
  const onHangUp = (signal: NodeJS.Signals) => {
    if (isOnTerminal) onStop(signal);
    else void gateway?.reload();
  };
  const onRestart = () => void gateway?.stop('SIGUSR1', true).catch(() => undefined);
  process.on('SIGINT', onStop).on('SIGTERM', onStop).on('SIGHUP', onHangUp).on('SIGUSR1', onRestart);
  return {
    serve: (started) => {
      gateway = started;
    },
    off: () => void process.off('SIGINT', onStop).off('SIGTERM', onStop).off('SIGHUP', onHangUp).off('SIGUSR1', onRestart),
  };
}

function printStandBy(context: Context, { url, leader }: StandingBy): void {
  const { paths, out } = context;
  out.result({ ok: true, url, pid: process.pid, stateDir: paths.dir, standingBy: true, ...(leader !== undefined && { leader }) }, () => [
    `${paint('bold', 'OpenClaw Gateway')} ${VERSION} stands by${leader === undefined ? '' : ` for ${leader}`}.`,
    '',
    ...pairs([
      ['Address', `${url}  (what comes in is passed on to the instance that leads)`],
      ['State', shortPath(paths.dir)],
    ]),
    '',
    'It takes over by itself. Press Ctrl+C to stop.',
  ]);
}

function printBanner(
  context: Context,
  gateway: Pick<RunningGateway, 'url' | 'signInUrl' | 'waitsFor'>,
  logPath: string,
  safeMode: SafeMode | undefined,
): void {
  const { url, signInUrl } = gateway;
  const waitsFor = gateway.waitsFor();
  const value = { ok: true, url, pid: process.pid, stateDir: context.paths.dir, ...(safeMode && { safeMode }) };
  context.out.result(value, () => [
    `${paint('bold', 'OpenClaw Gateway')} ${VERSION} is running${safeMode ? ` ${paint('yellow', 'in safe mode')}` : ''}.`,
    '',
    ...(safeMode ? [safeModeError(safeMode).message, 'Leave it with `openclaw gateway restart --normal`.', ''] : []),
    ...pairs([
      ['Dashboard', `${paint('cyan', signInUrl)}  (signs you in once; \`openclaw dashboard\` makes another)`],
      ['Address', url],
      ['State', shortPath(context.paths.dir)],
      ['Log', shortPath(logPath)],
    ]),
    ...(waitsFor === undefined ? [] : ['', paint('yellow', waitsFor)]),
    '',
    'Press Ctrl+C to stop.',
  ]);
}
