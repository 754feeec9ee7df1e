/**
 * Sends events to a syslog server (RFC 5424). Over TCP each batch has a connection of its own that the server closes once it
 * has read everything (RFC 6587, octet counting): that is the only sign it gives. Over UDP there is none; what is lost is lost.
 */
import { createSocket } from 'node:dgram';
import { hostname } from 'node:os';
import { egress, hostOf, portOf, type Way } from '../../operations/egress/index.ts';
import type { Batch, Destination, Sender } from './destination.ts';

const TIMEOUT_MS = 15_000;
/** A server that took everything and said nothing against it within this time has it. */
const FAREWELL_MS = 5_000;
/** "Log audit" among the facilities. */
const FACILITY = 13;
const SEVERITY: Readonly<Record<string, number>> = { debug: 7, info: 6, warn: 4, error: 3 };
/** Larger datagrams do not arrive. */
const MAX_DATAGRAM_BYTES = 65_000;

type Address = { readonly host: string; readonly port: number };

export function createSyslogDestination(url: URL, sender: Sender): Destination {
  const address = { host: hostOf(url), port: portOf(url) };
  const way = egress.to(url);
  const send = url.protocol === 'syslog+tcp:' ? sendTcp : sendUdp;
  return {
    deliver: async ({ lines }, _, signal) => {
      await send(
        way,
        address,
        lines.map((line) => message(line, sender)),
        signal,
      );
      return undefined;
    },
    close: () => undefined,
  };
}

/** `<priority>1 time host program process type [data] line` */
export function message(line: Batch['lines'][number], { gatewayId }: Sender): Buffer {
  const priority = FACILITY * 8 + (SEVERITY[line.severity] ?? 6);
  const time = new Date(line.time).toISOString();
  const host =
    hostname()
      .replaceAll(/[^\x21-\x7e]/g, '-')
      .slice(0, 255) || '-';
  const data = `[openclaw@32473 gateway="${gatewayId}" position="${line.position}"]`;
  return Buffer.from(`<${priority}>1 ${time} ${host} openclaw ${process.pid} ${line.type.slice(0, 32)} ${data} \ufeff${line.text}`);
}

function sendTcp(way: Way, { host, port }: Address, messages: readonly Buffer[], signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = way.connect({ host, port }, { allowHalfOpen: true });
  const fail = (error: Error): void => {
    socket.destroy();
    reject(error);
  };
  const abort = (): void => fail(new Error('stopped'));
  let finished = false;
  signal.addEventListener('abort', abort, { once: true });
  socket.setTimeout(TIMEOUT_MS, () => fail(new Error(`${host}:${port} does not answer`)));
  socket.on('error', fail);
  socket.on('data', () => undefined);
  socket.on('connect', () => {
    socket.end(Buffer.concat(messages.flatMap((bytes) => [Buffer.from(`${bytes.length} `), bytes])));
  });
  socket.on('finish', () => {
    finished = true;
    socket.setTimeout(FAREWELL_MS, () => {
      socket.destroy();
      resolve();
    });
  });
  // The server's farewell: before ours it has not read everything.
  socket.on('end', () => (finished ? resolve() : fail(new Error(`${host}:${port} closed the connection early`))));
  return promise.finally(() => {
    signal.removeEventListener('abort', abort);
    socket.destroy();
  });
}

async function sendUdp(way: Way, { host, port }: Address, messages: readonly Buffer[]): Promise<void> {
  const [to] = await way.resolve({ host, port });
  const socket = createSocket(to?.family === 6 ? 'udp6' : 'udp4');
  const failed = new Promise<never>((_, reject) => socket.once('error', reject));
  const sendAll = async (): Promise<void> => {
    for (const bytes of messages) {
      await new Promise<void>((resolve, reject) => {
        socket.send(bytes.subarray(0, MAX_DATAGRAM_BYTES), port, to?.address, (error) => (error ? reject(error) : resolve()));
      });
    }
  };
  try {
    await Promise.race([sendAll(), failed]);
  } finally {
    socket.close();
  }
}
