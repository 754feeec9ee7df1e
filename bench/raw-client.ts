/** A load generator that leaves the machine to what it measures: one socket, one request at a time, nothing parsed but what is needed. */
import { connect, type Socket } from 'node:net';

export type RawClient = {
  /** Posts JSON and resolves with the body of the answer; rejects on anything but 200. */
  readonly post: (path: string, body: string, headers?: Readonly<Record<string, string>>) => Promise<string>;
  readonly close: () => void;
};

const HEAD_END = Buffer.from('\r\n\r\n');

export async function openClient(url: string, token: string): Promise<RawClient> {
  const { hostname, port } = new URL(url);
  let waiting: PromiseWithResolvers<string> | undefined;
  let received: Buffer = Buffer.alloc(0);
  let socket = await dial();

  async function dial(): Promise<Socket> {
    const dialled = connect({ host: hostname, port: Number(port), noDelay: true });
    await new Promise<void>((resolve, reject) => dialled.once('connect', resolve).once('error', reject));
    dialled.on('error', fail);
    dialled.on('close', () => {
      if (dialled === socket) fail(new Error('the gateway closed the connection'));
    });
    dialled.on('data', receive);
    return dialled;
  }

  function fail(error: Error): void {
    waiting?.reject(error);
  }

  function receive(chunk: Buffer): void {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    const end = received.indexOf(HEAD_END);
    if (end === -1) return;
    const head = received.toString('latin1', 0, end);
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1]);
    if (Number.isNaN(length)) {
      fail(new Error(`an answer without content-length:\n${head}`));
      return;
    }
    if (received.length < end + 4 + length) return;
    const body = received.toString('utf8', end + 4, end + 4 + length);
    received = Buffer.alloc(0);
    const { resolve, reject } = waiting ?? Promise.withResolvers<string>();
    waiting = undefined;
    if (!head.startsWith('HTTP/1.1 200')) reject(new Error(`${head.split('\r\n')[0]}: ${body}`));
    else if (!/^connection: close/im.test(head)) resolve(body);
    // After so many requests the gateway closes a connection.
    else
      dial().then((next) => {
        socket = next;
        resolve(body);
      }, reject);
  }
  const common = `host: ${hostname}:${port}\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json\r\n`;
  return {
    post: (path, body, headers = {}) => {
      waiting = Promise.withResolvers();
      const own = Object.entries(headers)
        .map(([name, value]) => `${name}: ${value}\r\n`)
        .join('');
      socket.write(`POST ${path} HTTP/1.1\r\n${common}${own}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
      return waiting.promise;
    },
    close: () => socket.destroy(),
  };
}
