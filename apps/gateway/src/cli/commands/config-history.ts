import { GatewayError } from '@openclaw-gateway/events';
import {
  type ConfigVersion,
  type ConfigVersions,
  configVersionAt,
  configVersions,
  type VersionWithDocument,
} from '../../history/config-versions.ts';
import type { Context } from '../context.ts';
import { formatTime, plain, table } from '../output.ts';
import { withStore } from '../stopped-store.ts';
import { apply, type ChangeOptions, report } from './config-changes.ts';

/** Who asked, in words. */
const SOURCES: Readonly<Record<string, string>> = {
  start: 'start',
  file: 'edit of the file',
  command: 'command line',
  dashboard: 'dashboard',
  websocket: 'WebSocket',
  rollback: 'rollback',
};

/** The versions of the configuration, from the log. */
export async function configHistory(
  context: Context,
  { limit, before }: { readonly limit: number; readonly before?: number },
): Promise<undefined> {
  const page = { limit, ...(before !== undefined && { before }) };
  const api = await context.apiIfRunning();
  const { versions, next } = api
    ? await api.get<ConfigVersions>('/api/config/versions', page)
    : await withStore(context, ({ log }) => configVersions(log, page));
  context.out.result({ versions, ...(next !== undefined && { next }) }, () => {
    if (versions.length === 0) return ['No configuration was recorded yet.'];
    const rows = versions.map((version) => [
      String(version.position),
      formatTime(version.time),
      version.actor ?? '',
      SOURCES[version.source] ?? version.source,
      version.hash.slice(0, 12),
      whatChanged(version),
    ]);
    const more = next === undefined ? [] : ['', `Older ones: openclaw config history --before ${next}`];
    return [...table(['VERSION', 'TIME', 'WHO', 'BY', 'HASH', 'CHANGED'], rows), ...more];
  });
  return undefined;
}

/** Puts an earlier version in force again. Throws CONFIG_SECRET_UNKNOWN where it needs a secret that is not set now. */
export async function rollbackConfig(context: Context, options: ChangeOptions, version: string): Promise<undefined> {
  const { position, time, document } = await versionAt(context, version);
  const applied = await apply(context, { op: 'rollback', to: { position, document } }, options);
  if (!context.out.json) context.out.note(`Version ${position}, of ${formatTime(time)}:`);
  report(context, `The configuration is that of version ${position} already.`, applied);
  return undefined;
}

/** A version by its position, a moment or its hash, from the running gateway or from the log of the stopped one. */
export async function versionAt(context: Context, at: string): Promise<VersionWithDocument> {
  if (at.startsWith('--')) throw new GatewayError('USAGE', { message: `Unknown option '${at}'.` });
  const api = await context.apiIfRunning();
  if (api) return api.get<VersionWithDocument>(`/api/config/versions/${encodeURIComponent(at)}`);
  return withStore(context, ({ log }) => configVersionAt(log, at));
}

function whatChanged({ changes, source, reason, restoredFrom }: ConfigVersion): string {
  const keys = changes.map(({ path }) => path);
  const named = keys.length > 3 ? `${keys.slice(0, 3).join(', ')} and ${keys.length - 3} more` : keys.join(', ');
  const nothing = source === 'start' ? '(as the gateway found it)' : '(comments or layout only)';
  const to = restoredFrom === undefined ? '' : `to ${restoredFrom}: `;
  return plain(`${to}${named || nothing}${reason === undefined ? '' : ` — ${reason}`}`);
}
