/**
 * Stand-ins for the services the gateway talks to: small servers that speak the real protocols over real sockets and
 * misbehave on request. Tests start them in-process; benchmarks run them as programs. Nothing of the product may enter.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type HttpServer = {
  /** `http://127.0.0.1:<port>` */
  readonly origin: string;
  /** For what else speaks on the same port. */
  readonly server: Server;
  /** Ends every open connection without an answer, as a failing network would. */
  readonly dropConnections: () => void;
  readonly close: () => Promise<void>;
};

/** Listens on a local port (0: any free one) until closed; closing drops what is still open. */
export async function startHttpServer(
  handle: (request: IncomingMessage, body: string, response: ServerResponse, rawBody: Buffer) => void,
  port = 0,
): Promise<HttpServer> {
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const only = parts.length === 1 ? parts[0] : undefined;
      const whole = only ?? Buffer.concat(parts);
      handle(request, whole.toString('utf8'), response, whole);
    });
    request.on('error', () => response.destroy());
  });
  server.on('connection', (socket) => socket.setNoDelay(true));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    server,
    dropConnections: () => server.closeAllConnections(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Runs a stand-in as a program: prints `{"url":…}` as its first line and ends cleanly on SIGTERM or SIGINT. */
export async function runAsProgram(start: () => Promise<{ readonly url: string; readonly close: () => Promise<void> }>): Promise<void> {
  const server = await start();
  console.log(JSON.stringify({ url: server.url }));
  const stop = () => void server.close().then(() => process.exit(0));
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}
