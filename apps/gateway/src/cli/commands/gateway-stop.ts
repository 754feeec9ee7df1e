import { setTimeout as delay } from 'node:timers/promises';
import { GatewayError } from '@openclaw-gateway/events';
import { findRunning } from '../../operations/process.ts';
import { stopBackground } from '../../operations/service/background.ts';
import { stopTimeoutMs } from '../../operations/service/definition.ts';
import { installedService, type ServiceContext } from '../../operations/service/index.ts';
import { findSupervisor } from '../../operations/service/supervisor.ts';
import { isReady } from '../api.ts';
import type { Context } from '../context.ts';
import { serviceContext } from './gateway-service.ts';

/** Stops the gateway and waits until it is gone; it is no error when none runs. */
export async function stopGateway(context: Context): Promise<undefined> {
  const url = await stopAndWait(context);
  context.out.result({ ok: true, stopped: url !== undefined }, () => [url === undefined ? 'The gateway was not running.' : 'Stopped.']);
}

/** Stops the gateway of the state directory. Resolves with the address it had, or nothing when none ran. */
export async function stopAndWait(context: Context): Promise<string | undefined> {
  const service = await serviceContext(context);
  const running = await findRunning(context.paths.pidFile);
  const wasActive = await stopService(service);
  // Also one that was started by hand beside the service.
  if (running || (await findSupervisor(context.paths)) !== undefined) {
    await stopBackground(context.paths, stopTimeoutMs(service.drainMs));
    return running?.url ?? (await context.address()).url;
  }
  if (wasActive) return (await context.address()).url;
  return await stopOverHttp(context, stopTimeoutMs(service.drainMs));
}

/** Has the service manager stop it, so that it does not start it again. Resolves with whether there was something to stop. */
async function stopService(context: ServiceContext): Promise<boolean> {
  const installed = await installedService(context);
  if (!installed || installed.manager.name === 'background') return false;
  try {
    const { active } = await installed.manager.state();
    if (active) await installed.manager.stop();
    return active;
  } catch (error) {
    // Signed in by su, say: asked by a signal, the gateway ends as well, and is not started again.
    if (error instanceof GatewayError && error.code === 'SERVICE_MANAGER_UNAVAILABLE') return false;
    throw error;
  }
}

/** Without a pid file it may still run: in a container, or started by another user. */
async function stopOverHttp(context: Context, timeoutMs: number): Promise<string | undefined> {
  const { url } = await context.address();
  if (!(await isReady(url, context.trust))) return undefined;
  const api = await context.api();
  await api.send('POST', '/api/shutdown', { restart: false, reason: 'openclaw gateway stop' });
  const deadline = Date.now() + timeoutMs;
  while (await isReady(url, context.trust)) {
    if (Date.now() > deadline) {
      throw new GatewayError('DEADLINE_EXCEEDED', {
        message: `The gateway (${url}) was asked to stop and has not after ${timeoutMs / 1000} s.`,
        details: { remedy: 'Wait, and look at `openclaw gateway status`.' },
      });
    }
    await delay(100);
  }
  return url;
}
