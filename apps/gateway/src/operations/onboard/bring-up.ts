/** After the file is written: the service, the gateway, and that the gateway has taken up the file. */
import { setTimeout as delay } from 'node:timers/promises';
import { type ErrorBody, GatewayError, toGatewayError } from '@openclaw-gateway/events';
import { findRunning, type RunningProcess } from '../process.ts';
import { runOwnCommand } from './own-command.ts';

/** What `openclaw gateway install` says it made. */
export type InstalledService = { readonly manager: string; readonly path?: string; readonly notes?: readonly string[] };

export type ServiceOutcome =
  | ({ readonly installed: true } & InstalledService)
  | { readonly installed: false; readonly error: ErrorBody & { readonly remedy: string } };

export type BringUpOptions = {
  readonly env: NodeJS.ProcessEnv;
  readonly pidFile: string;
  readonly installService: boolean;
  /** Keys that a gateway which runs already takes up only with a restart. */
  readonly restartNeeded: boolean;
  readonly isReady: (url: string) => Promise<boolean>;
  /** Tells the person what is being done. */
  readonly step: (line: string) => void;
  /** Whether to stop before the next step. */
  readonly isInterrupted: () => boolean;
};

export type BroughtUp = { readonly gateway?: RunningProcess; readonly service?: ServiceOutcome };

const READY_MS = 60_000;

/**
 * Installs the service where that is asked for, starts the gateway where it does not run then, and restarts one that ran before and must be.
 * A gateway that runs is never left stopped, whatever becomes of the service. Throws what `openclaw gateway start` throws.
 */
export async function bringUp(options: BringUpOptions): Promise<BroughtUp> {
  const { env, pidFile, step } = options;
  const before = await findRunning(pidFile);
  const service = options.installService && !options.isInterrupted() ? await installService(options) : undefined;
  const done = service ? { service } : {};
  if (options.isInterrupted()) return done;
  const running = await findRunning(pidFile);
  if (running && running.pid === before?.pid && options.restartNeeded) {
    step('Restarting the gateway …');
    await runOwnCommand(['gateway', 'restart'], env);
  }
  if (!running && !service?.installed) {
    step('Starting the gateway …');
    await runOwnCommand(['gateway', 'start'], env);
  }
  return { ...done, gateway: await untilReady(options) };
}

async function installService({ env, step }: BringUpOptions): Promise<ServiceOutcome> {
  step('Installing the service …');
  try {
    const { manager, path, notes } = await runOwnCommand<InstalledService>(['gateway', 'install'], env);
    return { installed: true, manager, ...(path !== undefined && { path }), ...(notes && { notes }) };
  } catch (thrown) {
    const error = toGatewayError(thrown);
    const remedy = error.details?.['remedy'];
    step(`The service was not installed: ${error.message}`);
    return { installed: false, error: { ...error.toBody(), remedy: typeof remedy === 'string' ? remedy : error.remedy } };
  }
}

async function untilReady({ pidFile, isReady }: BringUpOptions): Promise<RunningProcess> {
  const deadline = Date.now() + READY_MS;
  for (;;) {
    const running = await findRunning(pidFile);
    if (running && (await isReady(running.url))) return running;
    if (Date.now() >= deadline) {
      throw new GatewayError('STARTING', {
        message: `The gateway is not ready after ${READY_MS / 1000} s.`,
        details: { remedy: 'Look at `openclaw gateway status` and `openclaw logs`.' },
      });
    }
    await delay(100);
  }
}
