/** Clients of a TLS server as tests need them: they say what they spoke, or why they were refused. */
import { once } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http';
import { Agent, type RequestOptions, request } from 'node:https';
import { connect as connectPlain } from 'node:net';
import { text } from 'node:stream/consumers';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';

export type Spoken = { readonly protocol: string | null; readonly cipher: string; readonly fingerprint: string };

/** Connects; a refusal, also the one that comes only after the handshake, is the error's code. */
export async function greet(port: number, options: ConnectionOptions = {}): Promise<Spoken | string> {
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...options });
  try {
    await once(socket, 'secureConnect');
    const spoken = spokenBy(socket);
    // A client certificate is judged when the client has finished already.
    socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    const answer = await text(socket);
    return answer.startsWith('HTTP/1.1 200') ? spoken : `refused: ${answer.slice(0, 40)}`;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  } finally {
    socket.destroy();
  }
}

export function spokenBy(socket: TLSSocket): Spoken {
  const fingerprint = socket.getPeerX509Certificate()?.fingerprint256.replaceAll(':', '').toLowerCase() ?? '';
  return { protocol: socket.getProtocol(), cipher: socket.getCipher().name, fingerprint };
}

export type Answer = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: string; readonly socket: TLSSocket };

/** One HTTPS request. The agent keeps its connection when it is asked to. */
export function get(url: string, options: RequestOptions = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request(url, { rejectUnauthorized: false, agent: new Agent(), ...options }, (response) => {
      const socket = response.socket as TLSSocket;
      text(response).then((body) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body, socket }), reject);
    })
      .on('error', reject)
      .end();
  });
}

/** Sends bytes without TLS. Resolves with everything that comes back. */
export async function plain(port: number, bytes: string): Promise<string> {
  const socket = connectPlain({ host: '127.0.0.1', port });
  socket.write(bytes);
  return text(socket);
}
