/** `openclaw onboard` on a fresh state directory, with nothing of this machine's keys and servers in its environment. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CommandResult, runCommand } from './gateway-process.ts';

export type Onboarding = AsyncDisposable & {
  readonly dir: string;
  readonly env: Readonly<Record<string, string>>;
  /** A port on which nothing listened a moment ago. */
  readonly port: number;
  readonly openclaw: (...args: readonly string[]) => Promise<CommandResult>;
  /** `openclaw onboard --non-interactive` */
  readonly onboard: (...args: readonly string[]) => Promise<CommandResult>;
  /** The configuration file; undefined where there is none. */
  readonly file: () => Promise<string | undefined>;
};

/** A state directory that is gone, and its gateway with it, when the test is over. */
export async function prepareOnboarding(extra: Readonly<Record<string, string>> = {}): Promise<Onboarding> {
  const dir = await mkdtemp(join(tmpdir(), 'openclaw-onboard-'));
  const [port, closed] = await freePorts();
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: dir,
    LANG: 'C.UTF-8',
    NO_COLOR: '1',
    OPENCLAW_STATE_DIR: join(dir, 'state-of-gateway'),
    OLLAMA_HOST: `127.0.0.1:${closed}`,
    ...extra,
  };
  const openclaw = (...args: readonly string[]) => runCommand(args, env);
  return {
    dir,
    env,
    port,
    openclaw,
    onboard: (...args) => openclaw('onboard', '--non-interactive', ...args),
    file: () => readFile(join(env.OPENCLAW_STATE_DIR, 'openclaw.json'), 'utf8').catch(() => undefined),
    [Symbol.asyncDispose]: async () => {
      await openclaw('gateway', 'stop');
      await rm(dir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function freePorts(): Promise<readonly [number, number]> {
  const servers = [createServer(), createServer()];
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve) => {
          server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
        }),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return [ports[0] ?? 0, ports[1] ?? 0];
}
