import type { Page } from '@openclaw-gateway/db';
import { GatewayError } from '@openclaw-gateway/events';
import { AUDIT_CLASSES, type AuditClass, type AuditRow, auditRows, chosenClasses, scopeOf } from '../../export/index.ts';
import type { Context } from '../context.ts';
import { formatTime, paint, plain, table } from '../output.ts';
import { withStore } from '../stopped-store.ts';

export type ScopeArguments = {
  readonly query?: string;
  readonly session?: string;
  readonly channel?: string;
  readonly from?: string;
  readonly to?: string;
  readonly class?: string;
};
type Trail = Page<AuditRow> & { readonly enabled: boolean };

/** Who did what, when, where, how it ended and why; newest last, like a log. */
export async function listAudit(
  context: Context,
  options: ScopeArguments & { readonly limit: number; readonly before?: number },
): Promise<undefined> {
  const api = await context.apiIfRunning();
  const { limit, before, session, channel, from, to, query } = options;
  const classes = classesOf(options.class);
  const trail = api
    ? await api.get<Trail>('/api/audit', { limit, before, q: query, session, channel, from, to, class: options.class })
    : await listStopped(context, options, classes);
  context.out.result(trail, () => {
    if (!trail.enabled) return ['The audit trail is turned off: gateway.logging.audit.enabled is false.'];
    if (trail.rows.length === 0) return ['Nothing in the audit trail.'];
    const rows = trail.rows
      .toReversed()
      .map((row) => [
        String(row.position),
        formatTime(row.time),
        row.class,
        plain(row.who),
        plain(row.where),
        plain(row.source ?? '-'),
        row.outcome === 'failure' ? paint('red', row.outcome) : row.outcome,
        plain(row.what),
        plain(row.reason ?? ''),
      ]);
    const more = trail.next === undefined ? [] : [paint('dim', `Older ones: openclaw audit list --before ${trail.next}`)];
    return [...table(['POSITION', 'WHEN', 'CLASS', 'WHO', 'WHERE', 'FROM', 'OUTCOME', 'WHAT', 'REASON'], rows), ...more];
  });
}

async function listStopped(
  context: Context,
  options: ScopeArguments & { readonly limit: number; readonly before?: number },
  classes: readonly AuditClass[] | undefined,
): Promise<Trail> {
  const { audit } = (await context.configOrDefaults()).config.gateway.logging;
  const { limit, before, session, from, to, query } = options;
  const chosen = chosenClasses(audit).filter((name) => !classes || classes.includes(name));
  const { filter } = scopeOf({ classes: chosen, query, session, channels: listOf(options.channel), from, to }, Date.now());
  const page = await withStore(context, ({ views }) => auditRows(views, filter, { limit, ...(before !== undefined && { before }) }));
  return { enabled: audit.enabled, ...page };
}

/** The named classes. Throws `USAGE` for one that there is not. */
export function classesOf(text: string | undefined): readonly AuditClass[] | undefined {
  return listOf(text)?.map((name) => {
    const found = AUDIT_CLASSES.find((candidate) => candidate === name);
    if (found) return found;
    throw new GatewayError('USAGE', { message: `"${name}" is no class of the audit trail: expected ${AUDIT_CLASSES.join(', ')}.` });
  });
}

export function listOf(text: string | undefined): readonly string[] | undefined {
  return text?.split(',').map((part) => part.trim());
}
