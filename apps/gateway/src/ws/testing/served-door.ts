/** The door on a real port of this machine, with clients that are closed when the test is over. */
import type { AddressInfo } from 'node:net';
import fastify, { type FastifyInstance } from 'fastify';
import { createFakeGateway, type FakeGateway } from '../../testing/fake-gateway.ts';
import { registerWebSocket, type WebSocketDoor } from '../index.ts';
import type { Timing } from '../limits.ts';
import { fakeAccess, TOKEN } from './fake-access.ts';
import { RawClient, type ResponseFrame } from './raw-client.ts';

export const CLIENT = { id: 'test', version: '1.0.0', platform: 'linux', mode: 'test' } as const;

export class ServedDoor {
  readonly gateway: FakeGateway;
  readonly access: ReturnType<typeof fakeAccess>;
  readonly app: FastifyInstance;
  readonly door: WebSocketDoor;
  readonly url: string;
  readonly #clients: RawClient[] = [];

  private constructor(gateway: FakeGateway, access: ServedDoor['access'], app: FastifyInstance, door: WebSocketDoor, url: string) {
    this.gateway = gateway;
    this.access = access;
    this.app = app;
    this.door = door;
    this.url = url;
  }

  static async start(options: { readonly config?: object; readonly timing?: Partial<Timing> } = {}): Promise<ServedDoor> {
    const access = fakeAccess();
    const gateway = await createFakeGateway(options.config, access.access);
    const app = fastify({ trustProxy: 'loopback' });
    app.get('/', async () => 'a page');
    const door = await registerWebSocket(app, gateway.parts, { closeMs: 200, ...options.timing });
    await app.listen({ port: 0, host: '127.0.0.1' });
    return new ServedDoor(gateway, access, app, door, `ws://127.0.0.1:${(app.server.address() as AddressInfo).port}/`);
  }

  /** A socket that has its challenge and has said nothing. */
  async dial(headers: Record<string, string> = {}): Promise<RawClient> {
    const client = new RawClient(this.url, { headers });
    this.#clients.push(client);
    await client.event('connect.challenge');
    return client;
  }

  /** A client that has said hello. */
  async join(params: object = {}, headers: Record<string, string> = {}): Promise<RawClient & { hello: ResponseFrame }> {
    const client = await this.dial(headers);
    const hello = await client.request('connect', connectParams(params));
    return Object.assign(client, { hello });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const objections = this.#clients.flatMap((client) => client.objections);
    await this.door.stop('the test is over');
    await this.app.close();
    await this.gateway.close();
    if (objections.length > 0) throw objections[0];
  }
}

export function connectParams(params: object = {}): object {
  return {
    minProtocol: 4,
    maxProtocol: 4,
    client: CLIENT,
    role: 'operator',
    scopes: ['operator.admin'],
    auth: { token: TOKEN },
    ...params,
  };
}
