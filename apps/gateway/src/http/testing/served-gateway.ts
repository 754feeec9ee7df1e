/** The real door on a real socket, over parts that do what a test says. */
import { join } from 'node:path';
import { createFakeGateway, type FakeGateway } from '../../testing/fake-gateway.ts';
import { delivered } from '../../testing/fake-pipeline.ts';
import { createHttp, type HttpDoor, type HttpOptions } from '../index.ts';

export type ServedGateway = FakeGateway &
  AsyncDisposable & {
    readonly url: string;
    readonly token: string;
    readonly app: HttpDoor['app'];
    readonly server: HttpDoor['app']['server'];
    /** A request with the gateway token, unless it brings other headers. */
    fetch(path: string, init?: RequestInit & { readonly json?: unknown; readonly anonymous?: boolean }): Promise<Response>;
  };

/** A gateway whose pipeline answers each message with its own text. */
export async function serveGateway(config: object = {}, options: HttpOptions = {}): Promise<ServedGateway> {
  const gateway = await createFakeGateway(config);
  const { parts, tls, stateDir } = gateway;
  gateway.respond = async ({ inbound }) => delivered(`echo: ${inbound.text}`);
  gateway.stats.head = 7;
  const door = await createHttp(parts, { dashboardDir: join(stateDir, 'dashboard'), ...options });
  await door.listen({ host: '127.0.0.1', port: 0 });
  await tls.start({ host: '127.0.0.1', port: door.address()?.port ?? 0 });
  const url = `http://127.0.0.1:${door.address()?.port}`;
  const token = parts.access.token();
  return Object.assign(gateway, {
    url,
    token,
    app: door.app,
    server: door.app.server,
    fetch(path: string, { json, anonymous = false, headers, ...init }: Parameters<ServedGateway['fetch']>[1] = {}) {
      const all = new Headers(headers);
      if (!anonymous) all.set('authorization', `Bearer ${parts.access.token()}`);
      if (json !== undefined) all.set('content-type', 'application/json');
      return fetch(url + path, {
        ...init,
        headers: all,
        ...(json === undefined ? {} : { method: init.method ?? 'POST', body: JSON.stringify(json) }),
      });
    },
    async [Symbol.asyncDispose]() {
      await door.close();
      await gateway.close();
    },
  });
}
