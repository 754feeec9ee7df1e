import { hostname } from 'node:os';
import type { SharedDatabase } from '@openclaw-gateway/db';
import type { Config } from '../config/index.ts';

/** The database that holds the log, if one does: the configuration's, else the environment's. */
export function databaseOf({ gateway }: Config, env: NodeJS.ProcessEnv): SharedDatabase | undefined {
  const { url = env['OPENCLAW_DATABASE_URL'] || undefined, listenUrl } = gateway.database;
  return url === undefined ? undefined : { url, ...(listenUrl !== undefined && { listenUrl }) };
}

/** What an instance is called, and where the others reach it. */
export function identityOf({ gateway }: Config): { readonly name: string; readonly address: (port: number) => string } {
  const { host } = gateway.network;
  const reachable = host === '0.0.0.0' || host === '::' ? hostname() : host;
  const { name = hostname(), address } = gateway.instance;
  return { name, address: (port) => address ?? `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}` };
}
