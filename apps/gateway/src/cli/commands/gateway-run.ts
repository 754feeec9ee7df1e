import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { GatewayError } from '@openclaw-gateway/events';
import { readText } from '../../config/file.ts';
import { loadConfig } from '../../config/load.ts';
import { endProcess, findPortHolder, waitUntilGone } from '../../operations/port.ts';
import { findRunning, removePidFile, writePidFile } from '../../operations/process.ts';
import { logFilePath } from '../../operations/state-dir.ts';
import type { Context } from '../context.ts';
import { paint, pairs, shortPath } from '../output.ts';
import { VERSION } from '../version.ts';

export type RunOptions = { readonly port?: number; readonly bind?: string; readonly verbose?: true; readonly force?: true };

const GRACE_MS = 5000;
const MIN_UPTIME_MS = 10_000;
const PREDECESSOR = 'OPENCLAW_PREDECESSOR_PID';
const PREDECESSOR_TIMEOUT_MS = 30_000;
/** A terminal and a launcher may each deliver the same Ctrl+C. */
const SAME_SIGNAL_MS = 300;
/** What --bind takes besides an IP address. */
export const BIND_WORDS: Readonly<Record<string, string>> = {
  loopback: '127.0.0.1',
  localhost: '127.0.0.1',
  lan: '0.0.0.0',
  all: '0.0.0.0',
};

/** Runs the gateway in this process until it is asked to stop. Resolves with the exit code. */
export async function run(context: Context, options: RunOptions): Promise<number> {
  const bind = options.bind === undefined ? undefined : (BIND_WORDS[options.bind] ?? options.bind);
  const overrides = { ...(options.port !== undefined && { port: options.port }), ...(bind !== undefined && { host: bind }) };
  const { config } = await loadConfig((await readText(context.paths.config)) ?? '', { env: context.env, overrides });
  const { host, port } = config.gateway.network;
  await waitForPredecessor(context.env);
  await clearTheWay(context, { host, port, force: options.force === true });

  const { startGateway } = await import('../../gateway.ts');
  const isBackground = context.env['OPENCLAW_BACKGROUND'] === '1';
  for (;;) {
    const startedAt = Date.now();
    const gateway = await startGateway({
      stateDir: context.paths.dir,
      configPath: context.paths.config,
      ...(options.port !== undefined && { port: options.port }),
      ...(bind !== undefined && { bind }),
      ...(options.verbose && { verbose: true }),
    });
    const release = stopOnSignals((reason) => gateway.stop(reason));
    await writePidFile(context.paths.pidFile, gateway.url);
    if (!isBackground) printBanner(context, gateway, logFilePath(config, context.paths.dir));
    const { exitCode, restart } = await gateway.done;
    release();
    await removePidFile(context.paths.pidFile);
    if (!restart) return exitCode;
    if (isBackground) {
      // A new process has new code and memory. One that did not live long would only fail again.
      if (exitCode === 0 || Date.now() - startedAt >= MIN_UPTIME_MS) startSuccessor(context.env);
      return exitCode;
    }
    if (exitCode !== 0) return exitCode;
  }
}

/** A successor takes up the work once this process is gone. */
function startSuccessor(env: NodeJS.ProcessEnv): void {
  const args = [...process.execArgv, ...process.argv.slice(1)];
  spawn(process.execPath, args, { detached: true, stdio: ['ignore', 1, 2], env: { ...env, [PREDECESSOR]: String(process.pid) } }).unref();
}

async function waitForPredecessor(env: NodeJS.ProcessEnv): Promise<void> {
  const pid = Number(env[PREDECESSOR]);
  if (pid > 1) await waitUntilGone(pid, PREDECESSOR_TIMEOUT_MS);
}

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

/** The first signal stops the gateway in good order, the next ends the process. Returns what takes the handlers off. */
function stopOnSignals(stop: (reason: string) => Promise<void>): () => void {
  let firstAt: number | undefined;
  const onSignal = (signal: NodeJS.Signals) => {
    if (firstAt === undefined) {
      firstAt = Date.now();
      // How the stop went is in `done`.
      stop(signal).catch(() => undefined);
    } else if (Date.now() - firstAt > SAME_SIGNAL_MS) process.exit(signal === 'SIGINT' ? 130 : 143);
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  return () => void process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
}

function printBanner(context: Context, gateway: { readonly url: string; readonly signInUrl: string }, logPath: string): void {
  const { url, signInUrl } = gateway;
  context.out.result({ ok: true, url, pid: process.pid, stateDir: context.paths.dir }, () => [
    `${paint('bold', 'OpenClaw Gateway')} ${VERSION} is running.`,
    '',
    ...pairs([
      ['Dashboard', `${paint('cyan', signInUrl)}  (signs you in once; \`openclaw dashboard\` makes another)`],
      ['Address', url],
      ['State', shortPath(context.paths.dir)],
      ['Log', shortPath(logPath)],
    ]),
    '',
    'Press Ctrl+C to stop.',
  ]);
}
