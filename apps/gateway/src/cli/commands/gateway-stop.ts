import { setTimeout as delay } from 'node:timers/promises';
import { GatewayError } from '@openclaw-gateway/events';
import { waitUntilGone } from '../../operations/port.ts';
import { findRunning } from '../../operations/process.ts';
import { isReady } from '../api.ts';
import type { Context } from '../context.ts';

/** Longer than the gateway itself gives its work to finish. */
const STOP_TIMEOUT_MS = 45_000;

/** Stops the gateway and waits until it is gone; it is no error when none runs. */
export async function stopGateway(context: Context): Promise<undefined> {
  const url = await stopAndWait(context);
  context.out.result({ ok: true, stopped: url !== undefined }, () => [url === undefined ? 'The gateway was not running.' : 'Stopped.']);
}

/** Stops the gateway of the state directory. Resolves with the address it had, or nothing when none ran. */
export async function stopAndWait(context: Context): Promise<string | undefined> {
  const running = await findRunning(context.paths.pidFile);
  if (!running) return await stopOverHttp(context);
  process.kill(running.pid, 'SIGTERM');
  if (await waitUntilGone(running.pid, STOP_TIMEOUT_MS)) return running.url;
  throw stillStopping(
    `pid ${running.pid}`,
    `Wait, or end it with \`kill -9 ${running.pid}\`: no acknowledged message is lost, and it goes on where it was.`,
  );
}

/** Without a pid file it may still run: in a container, or started by another user. */
async function stopOverHttp(context: Context): Promise<string | undefined> {
  const { url } = await context.address();
  if (!(await isReady(url, context.trust))) return undefined;
  const api = await context.api();
  await api.send('POST', '/api/shutdown', { restart: false, reason: 'openclaw gateway stop' });
  const deadline = Date.now() + STOP_TIMEOUT_MS;
  while (await isReady(url, context.trust)) {
    if (Date.now() > deadline) throw stillStopping(url, 'Wait, and look at `openclaw gateway status`.');
    await delay(100);
  }
  return url;
}

function stillStopping(what: string, remedy: string): GatewayError {
  return new GatewayError('DEADLINE_EXCEEDED', {
    message: `The gateway (${what}) was asked to stop and has not after ${STOP_TIMEOUT_MS / 1000} s.`,
    details: { remedy },
  });
}
