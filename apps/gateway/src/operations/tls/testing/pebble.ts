/**
 * The ACME authority that Let's Encrypt makes for tests (pebble), as a real process with a certificate of its own, and the DNS
 * server that it asks (pebble-challtestsrv). It rejects some nonces and looks at the http-01 answers for real.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ensureProgram } from '../../../../../../scripts/programs.mjs';
import { makeCertificate } from './certificates.ts';
import { get } from './clients.ts';

export type Pebble = AsyncDisposable & {
  readonly directoryUrl: string;
  /** The authority of pebble's own certificate. */
  readonly caFile: string;
  /** Where pebble looks for the answers to its checks. */
  readonly httpPort: number;
  /** Points a name to an address, in place of 127.0.0.1. */
  pointTo(domain: string, address: string): Promise<void>;
  /** The root of the certificates that it issues; another one after each start. */
  root(): Promise<string>;
  start(): Promise<void>;
  stop(): Promise<void>;
  readonly output: () => string;
};

const START_MS = 30_000;

export async function startPebble(dir: string): Promise<Pebble> {
  await ensureProgram('pebble');
  await ensureProgram('pebble-challtestsrv');
  const [port, management, httpPort, dns, dnsManagement] = await freePorts(5);
  const authority = await makeCertificate(dir, 'pebble-authority', { isAuthority: true });
  const { certFile, keyFile } = await makeCertificate(dir, 'pebble', { by: authority });
  const config = join(dir, 'pebble.json');
  const pebble = {
    listenAddress: `127.0.0.1:${port}`,
    managementListenAddress: `127.0.0.1:${management}`,
    certificate: certFile,
    privateKey: keyFile,
    httpPort,
    tlsPort: 0,
  };
  await writeFile(config, JSON.stringify({ pebble }));
  let output = '';
  const run = (command: string, args: readonly string[]): ChildProcess => {
    const env = { ...process.env, PEBBLE_VA_NOSLEEP: '1', PEBBLE_WFE_NONCEREJECT: '15' };
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text: string) => (output += text));
    return child;
  };
  const off = ['-http01', '', '-https01', '', '-tlsalpn01', '', '-defaultIPv6', ''];
  const names = run('pebble-challtestsrv', [...off, '-dns01', `127.0.0.1:${dns}`, '-management', `127.0.0.1:${dnsManagement}`]);
  const tell = (path: string, body: object) =>
    fetch(`http://127.0.0.1:${dnsManagement}${path}`, { method: 'POST', body: JSON.stringify(body) });
  let authorityProcess: ChildProcess | undefined;
  const stop = async () => {
    await end(authorityProcess);
    authorityProcess = undefined;
  };
  const start = async () => {
    authorityProcess = run('pebble', ['-config', config, '-dnsserver', `127.0.0.1:${dns}`]);
    await answering(
      'pebble',
      () => output,
      () => get(`https://127.0.0.1:${port}/dir`),
    );
  };
  await answering(
    'pebble-challtestsrv',
    () => output,
    () => tell('/clear-a', { host: 'nobody.example' }),
  );
  await start();
  return {
    directoryUrl: `https://127.0.0.1:${port}/dir`,
    caFile: authority.certFile,
    httpPort: httpPort ?? 0,
    pointTo: async (domain, address) => {
      await tell('/clear-a', { host: domain });
      await tell('/add-a', { host: domain, addresses: [address] });
    },
    root: async () => (await get(`https://127.0.0.1:${management}/roots/0`)).body,
    start,
    stop,
    output: () => output,
    async [Symbol.asyncDispose]() {
      await stop();
      await end(names);
    },
  };
}

/** Ports that were free a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports;
}

async function answering(what: string, output: () => string, ask: () => Promise<unknown>): Promise<void> {
  const deadline = Date.now() + START_MS;
  for (;;) {
    const failed = await ask().then(
      () => undefined,
      (error: unknown) => error,
    );
    if (failed === undefined) return;
    if (Date.now() > deadline) throw new Error(`${what} does not answer: ${String(failed)}\n${output()}`);
    await delay(20);
  }
}

async function end(child: ChildProcess | undefined): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
