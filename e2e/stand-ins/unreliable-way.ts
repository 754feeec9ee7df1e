/** A reverse proxy on the way to the gateway, which fails on request. */
import { startHttpServer } from './http-server.ts';

/** An answer of the proxy's own; a connection that breaks before anything is passed on; one that breaks before the answer comes back. */
export type WayFault = { readonly status: number; readonly retryAfterSeconds?: number } | 'drop' | 'drop-after';

export type UnreliableWay = {
  readonly url: string;
  /** How the next messages fare. What is only read passes. */
  readonly fail: (...faults: readonly WayFault[]) => void;
  readonly dropConnections: () => void;
  readonly close: () => Promise<void>;
};

const PASS_MS = 10_000;
const PASSED_ON = ['authorization', 'content-type'] as const;

/** `gateway` is where it is at the moment; while it is down the proxy answers 502. */
export async function startUnreliableWay(gateway: () => string | undefined): Promise<UnreliableWay> {
  const faults: WayFault[] = [];
  const server = await startHttpServer(async (request, body, response) => {
    const { method = 'GET', url: path = '/' } = request;
    const isMessage = method === 'POST';
    const fault = isMessage ? faults.shift() : undefined;
    if (fault === 'drop') return void response.destroy();
    if (typeof fault === 'object') {
      const { status, retryAfterSeconds } = fault;
      return void response.writeHead(status, retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }).end();
    }
    const headers = Object.fromEntries(PASSED_ON.flatMap((name) => (request.headers[name] ? [[name, request.headers[name]]] : [])));
    const signal = AbortSignal.timeout(PASS_MS);
    const passed = await fetch(`${gateway() ?? 'http://127.0.0.1:9'}${path}`, {
      method,
      headers,
      signal,
      ...(isMessage && { body }),
    }).catch(() => undefined);
    const answer = await passed?.text().catch(() => undefined);
    if (fault === 'drop-after') return void response.destroy();
    if (!passed || answer === undefined) return void response.writeHead(502).end();
    response.writeHead(passed.status, { 'content-type': passed.headers.get('content-type') ?? 'text/plain' }).end(answer);
  });
  return {
    url: server.origin,
    fail: (...next) => void faults.push(...next),
    dropConnections: server.dropConnections,
    close: server.close,
  };
}
