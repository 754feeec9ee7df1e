/** TLS on a real port, with a state directory and a configuration file of its own, and all that it records and logs. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NewEvent } from '@openclaw-gateway/events';
import pino from 'pino';
import { readConfig } from '../../../config/index.ts';
import { createTls, type Tls, type TlsOptions } from '../index.ts';

export type Served = AsyncDisposable & {
  readonly tls: Tls;
  readonly port: number;
  readonly stateDir: string;
  readonly events: NewEvent[];
  readonly logged: string[];
  apply(https: object): Promise<void>;
};

const configOf = (https: object) =>
  readConfig(JSON.stringify({ gateway: { network: { https: { enabled: true, ...https } } } }), { env: {} }).config;

export async function serve(https: object, options: Partial<TlsOptions> = {}, events: NewEvent[] = []): Promise<Served> {
  const stateDir = options.stateDir ?? (await mkdtemp(join(tmpdir(), 'tls-state-')));
  const logged: string[] = [];
  const tls = await createTls({
    stateDir,
    configPath: join(stateDir, 'openclaw.json'),
    config: configOf(https),
    record: async (event) => void events.push(event),
    logger: pino({ level: 'debug' }, { write: (line: string) => logged.push(line) }),
    watch: { settleMs: 50, pollMs: 60_000 },
    ...options,
  });
  const server = tls.createServer({}, (_, response) => response.end('served'));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  await tls.start({ host: '127.0.0.1', port });
  return {
    tls,
    port,
    stateDir,
    events,
    logged,
    apply: (next) => tls.apply(configOf(next)),
    async [Symbol.asyncDispose]() {
      await tls.close();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
      if (options.stateDir === undefined) await rm(stateDir, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
