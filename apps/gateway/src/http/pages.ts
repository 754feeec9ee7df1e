/** The dashboard's files. Pages are read once and kept with the headers that fit them; other files go from disk to socket. */
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import { GatewayError } from '@openclaw-gateway/events';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** Where `npm run build` puts the dashboard. */
export const DASHBOARD_DIR = fileURLToPath(new URL('../../../dashboard/out/', import.meta.url));

const MAX_PAGES = 200;
const ONE_YEAR = '365d';

const NOT_BUILT = `<!doctype html><html lang="en"><meta charset="utf-8"><title>OpenClaw Gateway</title>
<h1>The gateway runs, but its dashboard is not built.</h1><p>Run <code>npm run build</code> and load this page again.</p></html>`;

type Page = { readonly body: Buffer; readonly etag: string; readonly policy: string; readonly modifiedMs: number };

/** Serves the dashboard to whatever GET has no route of its own; what is not there goes to the not-found handler. */
export async function servePages(app: FastifyInstance, isApi: (path: string) => boolean, directory = DASHBOARD_DIR): Promise<void> {
  const root = resolve(directory);
  const pages = createPages(root);
  await app.register(fastifyStatic, { serve: false, preCompressed: true });

  const serve = async (request: FastifyRequest, reply: FastifyReply) => {
    const path = pathOf(request);
    if (path === undefined || isApi(path)) return reply.callNotFound();
    if (/\.[A-Za-z0-9]+$/.test(path) && !path.endsWith('.html')) {
      const immutable = path.startsWith('/_next/static/');
      return reply.sendFile(path.slice(1), root, {
        dotfiles: 'ignore',
        index: false,
        ...(immutable ? { immutable, maxAge: ONE_YEAR } : { maxAge: 0 }),
      });
    }
    const page = await pages.at(path);
    if (page && !path.endsWith('/') && !path.endsWith('.html')) return redirectToFolder(request, reply, path);
    if (page) return sendPage(request, reply, page);
    if (path === '/') return sendPage(request, reply, makePage(Buffer.from(NOT_BUILT), 0));
    return reply.callNotFound();
  };
  app.get('/', serve);
  app.get('/*', serve);
}

/** Answers a browser that asked for a page that is not there. */
export async function sendMissingPage(request: FastifyRequest, reply: FastifyReply, directory = DASHBOARD_DIR): Promise<FastifyReply> {
  const page = await readPage(join(resolve(directory), '404.html'));
  if (!page) throw new GatewayError('NOT_FOUND');
  reply.status(404);
  return sendPage(request, reply, page);
}

function createPages(root: string) {
  const pages = new Map<string, Page>();
  return {
    /** The page at a path, if there is one. The file is looked at each time, so that a new build shows at once. */
    async at(path: string): Promise<Page | undefined> {
      const file = path.endsWith('.html') ? join(root, path) : join(root, path, 'index.html');
      if (!file.startsWith(`${root}/`)) return undefined;
      const modifiedMs = await stat(file).then(
        (found) => found.mtimeMs,
        () => undefined,
      );
      const known = pages.get(file);
      if (known?.modifiedMs === modifiedMs) return known;
      pages.delete(file);
      const page = modifiedMs === undefined ? undefined : await readPage(file);
      if (page && pages.size < MAX_PAGES) pages.set(file, page);
      return page;
    },
  };
}

async function readPage(file: string): Promise<Page | undefined> {
  try {
    const [body, { mtimeMs }] = await Promise.all([readFile(file), stat(file)]);
    return makePage(body, mtimeMs);
  } catch {
    return undefined;
  }
}

function makePage(body: Buffer, modifiedMs: number): Page {
  return {
    body,
    modifiedMs,
    policy: contentPolicy(body.toString()),
    etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
  };
}

/** Allows the page its own files, and exactly the inline scripts and styles that are in it. */
export function contentPolicy(html: string): string {
  return [
    "default-src 'self'",
    ["script-src 'self'", ...inlineHashes(html, 'script')].join(' '),
    ["style-src 'self'", ...inlineHashes(html, 'style')].join(' '),
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');
}

function inlineHashes(html: string, element: 'script' | 'style'): ReadonlySet<string> {
  const hashes = new Set<string>();
  for (const [, attributes = '', code = ''] of html.matchAll(new RegExp(`<${element}\\b([^>]*)>([\\s\\S]*?)</${element}>`, 'g'))) {
    if (/\bsrc=/.test(attributes) || code === '') continue;
    hashes.add(`'sha256-${createHash('sha256').update(code).digest('base64')}'`);
  }
  return hashes;
}

function sendPage(request: FastifyRequest, reply: FastifyReply, page: Page): FastifyReply {
  reply.header('content-security-policy', page.policy).header('cache-control', 'no-cache').header('etag', page.etag);
  if (reply.statusCode === 200 && request.headers['if-none-match'] === page.etag) return reply.status(304).send();
  return reply.type('text/html; charset=utf-8').send(page.body);
}

function redirectToFolder(request: FastifyRequest, reply: FastifyReply, path: string): FastifyReply {
  const query = request.url.indexOf('?');
  return reply.redirect(`${encodeURI(path)}/${query < 0 ? '' : request.url.slice(query)}`, 308);
}

/** The decoded path; nothing when it is malformed or would leave the folder. */
function pathOf(request: FastifyRequest): string | undefined {
  const [encoded = '/'] = request.url.split('?', 1);
  try {
    const path = decodeURIComponent(encoded);
    const isPlain =
      !path.startsWith('//') && !/[\0\\]/.test(path) && !path.split('/').some((part) => part === '..' || part.startsWith('.'));
    return isPlain ? path : undefined;
  } catch {
    return undefined;
  }
}
