/** A connection on which a test writes bytes itself and sees what comes back, also when nothing was asked. */
import { connect } from 'node:net';

export type Answer = { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string };

export type RawConnection = {
  readonly write: (text: string | Uint8Array) => void;
  /** The next whole answer. Rejects when the connection ends without one. */
  readonly answer: () => Promise<Answer>;
  /** The next bytes, whatever they are. */
  readonly bytes: () => Promise<string>;
  readonly closed: Promise<void>;
  readonly end: () => void;
  /** Reads no more until `resume`. */
  readonly pause: () => void;
  readonly resume: () => void;
};

export async function openConnection(url: string, localAddress?: string): Promise<RawConnection> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), ...(localAddress && { localAddress }) });
  let received = '';
  let wake = Promise.withResolvers<void>();
  let isClosed = false;
  const news = () => {
    wake.resolve();
    wake = Promise.withResolvers();
  };
  const closed = new Promise<void>((resolve) =>
    socket.once('close', () => {
      isClosed = true;
      news();
      resolve();
    }),
  );
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    received += chunk;
    news();
  });
  socket.on('error', () => undefined);
  const next = async <T>(take: () => T | undefined): Promise<T> => {
    for (;;) {
      const taken = take();
      if (taken !== undefined) return taken;
      if (isClosed) throw new Error(`the connection ended after ${JSON.stringify(received)}`);
      await wake.promise;
    }
  };
  await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve));
  return {
    write: (text) => void socket.write(text),
    answer: () =>
      next(() => {
        const head = received.indexOf('\r\n\r\n');
        if (head < 0) return undefined;
        const [first = '', ...lines] = received.slice(0, head).split('\r\n');
        const headers = Object.fromEntries(
          lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
        );
        const end = head + 4 + Number(headers['content-length'] ?? 0);
        if (received.length < end) return undefined;
        const body = received.slice(head + 4, end);
        received = received.slice(end);
        return { status: Number(first.split(' ')[1]), headers, body };
      }),
    bytes: () =>
      next(() => {
        const text = received;
        received = '';
        return text === '' ? undefined : text;
      }),
    closed,
    end: () => socket.destroy(),
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
  };
}

/** A GET with these headers, as text. */
export function get(path: string, headers: Readonly<Record<string, string>> = {}): string {
  const lines = Object.entries({ host: 'localhost', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`;
}
