/** A real PostgreSQL server of a test's own: in a directory that is deleted, on a free port of this machine. */
import { execFileSync, spawn } from 'node:child_process';
import { appendFileSync, chownSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { ensureProgram, programPath } from '../../../../scripts/programs.mjs';

/** Whom programs run as that refuse to run as root. */
const NOBODY = { uid: 65_534, gid: 65_534 };

export type PostgresServer = AsyncDisposable & {
  /** `postgres://…/name`; the database is made when it is not there. */
  readonly database: (name: string) => Promise<string>;
  readonly port: number;
  /** `immediate` as a crash, `fast` as an administrator does. */
  readonly stop: (mode: 'fast' | 'immediate') => Promise<void>;
  /** Nothing when it runs. */
  readonly start: () => Promise<void>;
};

export type PostgresOptions = {
  /** The one address it listens on, and from whose network (the first 24 bits) it lets everyone in. Default: 127.0.0.1. */
  readonly host?: string;
  /** Settings of the server, such as `fsync`. */
  readonly settings?: Readonly<Record<string, string>>;
};

export async function startPostgres({ host = '127.0.0.1', settings = {} }: PostgresOptions = {}): Promise<PostgresServer> {
  await ensureProgram('postgres');
  const { dir, asUser } = dirOfNobody('openclaw-postgres-');
  const data = join(dir, 'data');
  const port = await freePort(host);
  const run = (program: string, ...args: string[]) => execFileSync(programPath(program), args, { ...asUser, cwd: dir, stdio: 'pipe' });
  run('initdb', '--pgdata', data, '--username', 'openclaw', '--auth', 'trust', '--encoding', 'UTF8', '--locale', 'C', '--no-sync');
  appendFileSync(join(data, 'pg_hba.conf'), `host all all ${host}/24 trust\n`);
  const admin = `postgres://openclaw@${host}:${port}/postgres`;
  let server: ReturnType<typeof spawn> | undefined;
  const start = async () => {
    if (server) return;
    const args = [
      '-D',
      data,
      '-p',
      String(port),
      '-c',
      `listen_addresses=${host}`,
      '-c',
      `unix_socket_directories=${dir}`,
      '-c',
      'max_connections=60',
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ];
    const started = spawn(programPath('postgres'), args, { ...asUser, cwd: dir, stdio: ['ignore', 'ignore', 'pipe'] });
    server = started;
    const output: string[] = [];
    started.stderr.setEncoding('utf8');
    for await (const text of started.stderr.iterator({ destroyOnReturn: false }) as AsyncIterable<string>) {
      output.push(text);
      if (output.join('').includes('ready to accept connections')) {
        started.stderr.resume();
        return;
      }
    }
    throw new Error(`PostgreSQL did not start:\n${output.join('')}`);
  };
  const stop = async (mode: 'fast' | 'immediate') => {
    const running = server;
    server = undefined;
    if (!running || running.exitCode !== null) return;
    const exited = new Promise((resolve) => running.once('exit', resolve));
    running.kill(mode === 'fast' ? 'SIGINT' : 'SIGQUIT');
    await exited;
  };
  await start();
  return {
    port,
    start,
    stop,
    database: async (name) => {
      const client = new pg.Client({ connectionString: admin });
      await client.connect();
      const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
      if (rowCount === 0) await client.query(`CREATE DATABASE ${name}`);
      await client.end();
      return `postgres://openclaw@${host}:${port}/${name}`;
    },
    [Symbol.asyncDispose]: async () => {
      await stop('immediate');
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** A directory for a program that refuses to run as root, and whom to run it as. */
export function dirOfNobody(prefix: string): { readonly dir: string; readonly asUser: { readonly uid?: number; readonly gid?: number } } {
  const dir = mkdtempSync(join(tmpdir(), prefix));
  if (process.getuid?.() !== 0) return { dir, asUser: {} };
  chownSync(dir, NOBODY.uid, NOBODY.gid);
  return { dir, asUser: NOBODY };
}

export function freePort(host = '127.0.0.1'): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, host, () => {
      const address = server.address();
      server.close(() => (address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port'))));
    });
  });
}
