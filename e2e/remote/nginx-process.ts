/** The real nginx as a child process, with folders of its own and the site that a test gives it. */
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureProgram } from '../../scripts/programs.mjs';
import { until } from '../gateway-process.ts';
import { startChild } from './child.ts';

export type NginxProcess = AsyncDisposable & {
  /** What it wrote. */
  readonly output: () => string;
};

/** What a distribution's nginx.conf holds, without the places that belong to root; one process, so that it ends when told. */
const main = (dir: string) => `
daemon off;
master_process off;
pid ${dir}/nginx.pid;
error_log stderr notice;
events { worker_connections 512; }
http {
    access_log off;
    gzip on;
    client_body_temp_path ${dir}/body;
    proxy_temp_path ${dir}/proxy;
    fastcgi_temp_path ${dir}/fastcgi;
    uwsgi_temp_path ${dir}/uwsgi;
    scgi_temp_path ${dir}/scgi;
    include ${dir}/conf.d/*.conf;
}
`;

/** What `nginx -t` says of a site: its exit code and all it writes. */
export async function checkSite(site: string): Promise<{ readonly code: number; readonly output: string }> {
  await using prefix = await makePrefix(site);
  const { status, stdout, stderr } = spawnSync('nginx', prefix.args(['-t']), { encoding: 'utf8' });
  return { code: status ?? -1, output: stdout + stderr };
}

/** Starts nginx with a site; it is gone when the test is over. */
export async function startNginx(site: string, port: number): Promise<NginxProcess> {
  const prefix = await makePrefix(site);
  const child = startChild('nginx', prefix.args([]));
  const stop = async () => {
    await child.stop();
    await prefix[Symbol.asyncDispose]();
  };
  try {
    await until('nginx listens', async () => {
      if (child.code() !== null) throw new Error(`nginx ended with ${child.code()}:\n${child.output()}`);
      // Whatever it answers, it is there.
      const answer = await fetch(`http://127.0.0.1:${port}/`, { redirect: 'manual' }).catch(() => undefined);
      return answer !== undefined || undefined;
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { output: child.output, [Symbol.asyncDispose]: stop };
}

async function makePrefix(site: string) {
  await ensureProgram('nginx');
  const dir = await mkdtemp(join(tmpdir(), 'nginx-'));
  await mkdir(join(dir, 'conf.d'));
  await writeFile(join(dir, 'nginx.conf'), main(dir));
  await writeFile(join(dir, 'conf.d/openclaw.conf'), site);
  return {
    args: (more: readonly string[]) => ['-p', dir, '-c', join(dir, 'nginx.conf'), '-e', 'stderr', ...more],
    [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true, maxRetries: 3 }),
  };
}
