/** The small port beside the gateway's own where an authority's checks are answered and HTTP is sent on to HTTPS. */
import type { Server } from 'node:http';
import type { Config } from '../../config/index.ts';
import type { Logger } from '../logs.ts';
import { createPlainServer, type PlainOptions } from './plain-http.ts';

type LetsEncrypt = Config['gateway']['network']['https']['letsEncrypt'];
type Address = { readonly host: string; readonly port: number };

export type Redirects = {
  /** Opens, moves or closes the port as the configuration says. `gateway` is where HTTPS is served. */
  readonly apply: (settings: LetsEncrypt, gateway: Address) => Promise<void>;
  /** Why the port is not open although it should be. */
  readonly problem: () => string | undefined;
  readonly close: () => Promise<void>;
};

/** A port that cannot be opened is a problem to be shown, not a reason to stop. */
export function createRedirects(options: Omit<PlainOptions, 'port'>, logger: Pick<Logger, 'warn'>): Redirects {
  let open: { readonly port: number; readonly server: Server } | undefined;
  let problem: string | undefined;

  const close = async (): Promise<void> => {
    const { server } = open ?? {};
    open = undefined;
    problem = undefined;
    server?.closeAllConnections();
    if (server) await new Promise((done) => server.close(done));
  };

  return {
    async apply({ enabled, httpPort }, gateway) {
      // The gateway's own port answers plain HTTP, too.
      const wanted = enabled && httpPort !== 0 && httpPort !== gateway.port ? httpPort : undefined;
      if (open?.port === wanted && wanted !== undefined) return;
      await close();
      if (wanted === undefined) return;
      const server = createPlainServer({ ...options, port: gateway.port });
      problem = await new Promise<string | undefined>((done) => {
        server.once('error', (error: NodeJS.ErrnoException) => done(cannotListen(error, gateway.host, wanted)));
        server.listen({ host: gateway.host, port: wanted, exclusive: true }, () => done(undefined));
      });
      if (problem !== undefined) return;
      open = { port: wanted, server };
      server.on('error', (error) => logger.warn({ err: error }, 'the port that sends on to HTTPS failed'));
    },
    problem: () => problem,
    close,
  };
}

function cannotListen({ code, message }: NodeJS.ErrnoException, host: string, port: number): string {
  return `HTTP on ${host}:${port} cannot be answered: ${REASONS[code ?? ''] ?? message}`;
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'this user may not open it; ports below 1024 need root or CAP_NET_BIND_SERVICE',
  EADDRINUSE:
    'another program listens there; let it pass /.well-known/acme-challenge/ on to the gateway, and set gateway.network.https.letsEncrypt.httpPort to 0',
};
