/** The way to a service in its stages: name, connection, encryption, answer. Says at which one it ends, and how long each took. */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { isIP, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { type Egress, hostOf, portOf, type Target, type Way } from '../egress/index.ts';

export type StageName = 'dns' | 'tcp' | 'tls' | 'http';
export type Stage = {
  readonly stage: StageName;
  readonly ok: boolean;
  readonly durationMs: number;
  readonly problem?: string;
  /** It was not tried: gateway.security.networkIsolation does not allow it. */
  readonly refused?: true;
};
export type Reach = {
  readonly stages: readonly Stage[];
  /** The stage that failed. */
  readonly failed?: Stage;
  readonly status?: number;
  /** What the service's clock says, in milliseconds since 1970, and when that was heard. */
  readonly date?: { readonly theirs: number; readonly heardAt: number };
};

export type ReachOptions = {
  /** The way out, with the rules that the gateway has. */
  readonly egress: Egress;
  /** For each stage. */
  readonly deadlineMs: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether the certificate is checked. */
  readonly trustAnyCertificate?: boolean;
  /** The last stage to take; `http` when left out. */
  readonly until?: 'dns' | 'tcp' | 'tls';
};

/** Takes the stages one after the other and stops at the first that fails. Never rejects. Sends one GET and follows no redirect. */
export async function reach(url: URL, options: ReachOptions): Promise<Reach> {
  const stages: Stage[] = [];
  const way = options.egress.to(url);
  const host = hostOf(url);
  const port = portOf(url);
  const isSecure = url.protocol === 'https:';
  let socket: Socket | undefined;
  const take = async <T>(stage: StageName, act: () => Promise<T>): Promise<T> => {
    const startedAt = performance.now();
    try {
      const result = await within(act(), options.deadlineMs);
      stages.push({ stage, ok: true, durationMs: performance.now() - startedAt });
      return result;
    } catch (error) {
      const refused = (error as { code?: string }).code === 'EGRESS_REFUSED';
      const durationMs = performance.now() - startedAt;
      stages.push({ stage, ok: false, durationMs, problem: problemOf(error), ...(refused && { refused }) });
      throw error;
    }
  };
  try {
    const addresses = isIP(host) ? undefined : await take('dns', () => way.resolve({ host, port }));
    if (options.until === 'dns') return { stages };
    socket = await take('tcp', () => connectTo(way, { host, port, ...(addresses && { addresses }) }));
    if (options.until === 'tcp') return { stages };
    const plain = socket;
    const stream = isSecure ? await take('tls', () => encrypt(plain, host, options.trustAnyCertificate === true)) : plain;
    if (options.until === 'tls') return { stages };
    const { statusCode, headers } = await take('http', () => get(url, stream, options.headers ?? {}));
    const theirs = Date.parse(headers.date ?? '');
    return {
      stages,
      ...(statusCode !== undefined && { status: statusCode }),
      ...(Number.isFinite(theirs) && { date: { theirs, heardAt: Date.now() } }),
    };
  } catch {
    const failed = stages.at(-1);
    return { stages, ...(failed && !failed.ok && { failed }) };
  } finally {
    socket?.destroy();
  }
}

function connectTo(way: Way, target: Target): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = way.connect(target);
    socket.once('connect', () => resolve(socket));
    // Also what goes wrong after it: a later stage says so.
    socket.on('error', reject);
  });
}

async function encrypt(socket: Socket, host: string, trustAny: boolean): Promise<TLSSocket> {
  const { connect: connectTls } = await import('node:tls');
  return await new Promise((resolve, reject) => {
    const secure = connectTls({ socket, ...(isIP(host) ? {} : { servername: host }), rejectUnauthorized: !trustAny });
    secure.once('secureConnect', () => resolve(secure));
    secure.on('error', reject);
    secure.once('close', () => reject(new Error('the connection was closed during the handshake')));
  });
}

function get(url: URL, socket: Socket, headers: Readonly<Record<string, string>>): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const path = url.pathname + url.search;
    const options = { host: url.hostname, path, headers: { host: url.host, accept: '*/*', connection: 'close', ...headers } };
    const request = httpRequest({ ...options, createConnection: () => socket });
    request.once('response', (response) => {
      response.resume();
      resolve(response);
    });
    request.once('error', reject);
    request.end();
  });
}

async function within<T>(work: Promise<T>, deadlineMs: number): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`no answer within ${deadlineMs / 1000} s`)), deadlineMs);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
    // One that comes too late is nobody's business.
    work.catch(() => undefined);
  }
}

const WORDS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the name server does not answer',
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was cut',
  EHOSTUNREACH: 'there is no way to this host',
  ENETUNREACH: 'there is no way to this network',
  ETIMEDOUT: 'no answer',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate comes from an authority that is not trusted here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate comes from an authority that is not trusted here',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
};

function problemOf(error: unknown): string {
  const { code = '', message = String(error) } = (error ?? {}) as NodeJS.ErrnoException;
  return WORDS[code] ?? message;
}
