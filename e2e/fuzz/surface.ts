/** Everything that can be called, read from the source, so that what is added is fuzzed too. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { appRouter } from '../../apps/gateway/src/trpc/router.ts';
import { METHODS } from '../../apps/gateway/src/ws/methods/index.ts';

const HTTP = join(import.meta.dirname, '../../apps/gateway/src/http');
const ROUTE = /\.(get|post|put|patch|delete)(?:<[^(]*>)?\(\s*'(\/[^']+)'/g;

export type Route = { readonly method: string; readonly path: string };

/**
 * What is never called with the right credentials, since it would end the run rather than test it: it stops the gateway, changes
 * the token or the configuration that the run goes by, or destroys data on purpose. Without credentials they are called like all others.
 */
export const KEPT_BACK: readonly string[] = [
  'POST /api/shutdown',
  'POST /api/gateway-token',
  'PATCH /api/config',
  'POST /api/config/rollback',
  'POST /api/data/erase',
  'POST /api/data/retain',
];

/** What answers everyone, signed in or not. */
const PUBLIC = /^\/(healthz?|readyz?|config\.schema\.json|api\/sign-out|\.well-known\/.*)?$/;

export function isPublic(path: string): boolean {
  return PUBLIC.test(path);
}

export async function httpRoutes(): Promise<readonly Route[]> {
  const files = (await readdir(HTTP, { recursive: true })).filter((name) => name.endsWith('.ts') && !/test|testing/.test(name));
  const texts = await Promise.all(files.map((name) => readFile(join(HTTP, name), 'utf8')));
  const written = texts.flatMap((text) =>
    [...text.matchAll(ROUTE)].map(([, method = '', path = '']) => ({ method: method.toUpperCase(), path })),
  );
  const others = ['/', '/health', '/healthz', '/ready', '/readyz', '/metrics', '/nothing', '/_next/static/x.js'].map((path) => ({
    method: 'GET',
    path,
  }));
  const posts = ['/api/access/proof', '/hooks/ci', '/hooks/none', '/webhooks/telegram/default', '/webhooks/none/none'].map((path) => ({
    method: 'POST',
    path,
  }));
  return [...written, ...others, ...posts];
}

export const procedures: readonly string[] = Object.keys(appRouter._def.procedures);
export const webSocketMethods: readonly string[] = [...METHODS.keys()];
