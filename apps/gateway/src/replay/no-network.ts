import dgram from 'node:dgram';
import dns from 'node:dns';
import net from 'node:net';

/** Takes away what could open a connection in this process, for good. */
export function closeNetwork(): void {
  const refuse = (): never => {
    throw new Error('a replay has no network');
  };
  net.Socket.prototype.connect = refuse;
  net.Server.prototype.listen = refuse;
  dgram.Socket.prototype.bind = refuse;
  dgram.Socket.prototype.send = refuse;
  dns.lookup = refuse as unknown as typeof dns.lookup;
  dns.promises.lookup = refuse as unknown as typeof dns.promises.lookup;
  for (const name of ['fetch', 'WebSocket', 'EventSource']) Reflect.deleteProperty(globalThis, name);
}
