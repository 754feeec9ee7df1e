/** A real PgBouncer of a test's own, which lends a connection to the database for one transaction at a time. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureProgram, programPath } from '../../../../scripts/programs.mjs';
import { dirOfNobody, freePort } from './postgres.ts';

/** Fewer than there are clients, so that each has another connection time and again. */
export const POOL_SIZE = 2;

export type PgBouncer = AsyncDisposable & {
  /** The address of a database, by way of the pooler. */
  readonly through: (url: string) => string;
};

/** Starts one before the server on this port. */
export async function startPgBouncer(serverPort: number): Promise<PgBouncer> {
  await ensureProgram('pgbouncer');
  const { dir, asUser } = dirOfNobody('openclaw-pgbouncer-');
  const port = await freePort();
  const file = join(dir, 'pgbouncer.ini');
  writeFileSync(file, configuration(serverPort, port));
  const child = spawn(programPath('pgbouncer'), [file], { ...asUser, cwd: dir, stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(child, 'exit');
  let output = '';
  const started = new Promise<void>((resolve, reject) => {
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (output.includes('process up')) resolve();
    });
    void ended.then(() => reject(new Error(`PgBouncer did not start:\n${output}`)), reject);
  });
  await started;
  return {
    through: (url) => {
      const pooled = new URL(url);
      pooled.port = String(port);
      return pooled.href;
    },
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await ended;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function configuration(serverPort: number, port: number): string {
  return `
[databases]
* = host=127.0.0.1 port=${serverPort} user=openclaw

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = ${POOL_SIZE}
ignore_startup_parameters = extra_float_digits,options
`;
}
