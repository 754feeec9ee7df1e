/** A way to a server that can fall silent, as a network does that drops everything: connections stay, and nothing passes. */

import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export type Relay = AsyncDisposable & {
  /** The address of a database, by this way. */
  readonly through: (url: string) => string;
  /** From now on nothing passes, and new connections are not answered either. */
  readonly fallSilent: () => void;
  /** What was held up passes, and everything after it. */
  readonly speak: () => void;
};

/** Starts one before the server on this port of this machine. */
export async function startRelay(serverPort: number): Promise<Relay> {
  const sockets = new Set<Socket>();
  let isSilent = false;
  const server = createServer((near) => {
    const far = connect(serverPort, '127.0.0.1');
    const pair = [near, far] as const;
    for (const socket of pair) {
      sockets.add(socket);
      socket.on('close', () => {
        sockets.delete(socket);
        for (const other of pair) if (!isSilent) other.destroy();
      });
      socket.on('error', () => undefined);
    }
    near.on('data', (data) => far.write(data));
    far.on('data', (data) => near.write(data));
    if (isSilent) for (const socket of pair) socket.pause();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (!address || typeof address === 'string') throw new TypeError('the relay has no port');
  return {
    through: (url) => {
      const by = new URL(url);
      by.port = String(address.port);
      return by.href;
    },
    fallSilent: () => {
      isSilent = true;
      for (const socket of sockets) socket.pause();
    },
    speak: () => {
      isSilent = false;
      for (const socket of sockets) socket.resume();
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
