/** A real browser for the tests, and local servers for it to go to. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

type Found = { readonly executablePath: string; readonly env: Readonly<Record<string, string>> };

/** A program that starts the browser that the tests of the dashboard use, with what it needs of an environment. */
export async function browserProgram(): Promise<string> {
  const { findBrowser } = (await import('../../../../../scripts/browser.mjs')) as { findBrowser: () => Promise<Found> };
  const { executablePath, env } = await findBrowser();
  const dir = await mkdtemp(join(tmpdir(), 'browser-'));
  const program = join(dir, 'chromium');
  const variables = Object.entries(env).map(([name, value]) => `export ${name}='${value}'\n`);
  await writeFile(program, `#!/bin/sh\n${variables.join('')}exec '${executablePath}' "$@"\n`, { mode: 0o755 });
  return program;
}

export type Site = {
  readonly url: string;
  readonly port: number;
  readonly server: Server;
  /** Paths that were asked for, with their methods. */
  readonly asked: string[];
  readonly cookies: (string | undefined)[];
};

type Answer = string | ((request: IncomingMessage, response: ServerResponse) => void);

/** A web server on this machine: a text is a page, a function answers itself. */
export async function site(pages: Readonly<Record<string, Answer>>, host = '127.0.0.1'): Promise<Site> {
  const asked: string[] = [];
  const cookies: (string | undefined)[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0] ?? '';
    asked.push(`${request.method} ${request.url}`);
    cookies.push(request.headers.cookie);
    const page = pages[path];
    if (page === undefined) return void response.writeHead(404).end();
    if (typeof page === 'function') return page(request, response);
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(`<!doctype html>${page}`);
  });
  server.on('connection', (socket) => void sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://${host}:${port}`, port, server, asked, cookies };
}

export async function removeProgram(program: string): Promise<void> {
  await rm(join(program, '..'), { recursive: true, force: true });
}
