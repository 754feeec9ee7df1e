/** Inside an extension's process: what keeps its connections to where they may go. It runs before the extension is loaded. */
import dgram from 'node:dgram';
import { type LookupFunction, Socket } from 'node:net';
import { createEgress, type EgressRules } from '../operations/egress/index.ts';

type ConnectOptions = { host?: string; port?: number | string; path?: string; lookup?: LookupFunction };

/** No name of a machine, so that the lookup below is always asked, also for addresses. */
const ASK = 'looked-up.invalid';

/** Every TCP connection is judged like one that content named; UDP, sockets of the machine and listening are refused. */
export function confineNetwork(rules: EgressRules, isInternetAllowed: boolean): void {
  const way = createEgress(rules).to();
  const connect = Socket.prototype.connect;
  const refused = () => Object.assign(new Error('Extensions may not connect there.'), { code: 'EACCES' });
  Socket.prototype.connect = function (this: Socket, ...args: unknown[]) {
    const given = Array.isArray(args[0]) ? (args[0] as unknown[]) : args;
    const listener = given.findLast((arg) => typeof arg === 'function') as (() => void) | undefined;
    const options: ConnectOptions =
      typeof given[0] === 'object' && given[0] !== null
        ? (given[0] as ConnectOptions)
        : { port: given[0] as number, host: typeof given[1] === 'string' ? given[1] : 'localhost' };
    const { host = 'localhost', port } = options;
    if (!isInternetAllowed || options.path !== undefined || port === undefined || Number.isNaN(Number(port))) {
      queueMicrotask(() => this.destroy(refused()));
      return this;
    }
    const lookup: LookupFunction = (_name, { all }, callback) => {
      way.resolve({ host, port: Number(port) }).then(
        (found) => {
          const list = found.map(({ address, family }) => ({ address, family }));
          if (all) callback(null, list);
          else callback(null, list[0]?.address ?? '', list[0]?.family);
        },
        (error: NodeJS.ErrnoException) => callback(error, ''),
      );
    };
    return Reflect.apply(connect, this, [{ ...options, host: ASK, lookup }, ...(listener ? [listener] : [])]) as Socket;
  } as typeof Socket.prototype.connect;
  for (const method of ['bind', 'connect', 'send'] as const) {
    dgram.Socket.prototype[method] = () => {
      throw refused();
    };
  }
}
