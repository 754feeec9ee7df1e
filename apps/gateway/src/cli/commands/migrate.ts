import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { MigrationPlan } from '@openclaw-gateway/db/migrate';
import { GatewayError } from '@openclaw-gateway/events';
import type { Context } from '../context.ts';
import { paint, shortPath, table } from '../output.ts';

/** Brings the databases of a stopped gateway to what this program writes; with `dryRun` only a copy of them. */
export async function migrate(context: Context, { dryRun = false }: { readonly dryRun?: boolean }): Promise<undefined> {
  const { databases, dir } = context.paths;
  if (!existsSync(join(databases, 'events.db'))) {
    throw new GatewayError('LOG_UNAVAILABLE', { message: `${shortPath(dir)} has no event log yet: there is nothing to bring up to date.` });
  }
  const { migrateState, tryMigration } = await import('@openclaw-gateway/db/migrate');
  const plan = dryRun ? await tryMigration(databases) : await migrateState(databases);
  context.out.result({ ok: true, dryRun, ...plan }, () => describe(plan, dryRun));
}

function describe({ files, events, durationMs }: MigrationPlan, dryRun: boolean): string[] {
  const isCurrent = files.every(({ from, to }) => from === to);
  if (isCurrent) return ['Everything is up to date.'];
  const rows = files.map(({ file, from, to }) => [file, String(from), String(to), from === to ? 'up to date' : `${to - from} steps`]);
  const outcome = dryRun
    ? `${paint('green', '✓')} It works on a copy: ${events} events verify afterwards, ${(durationMs / 1000).toFixed(1)} s. Nothing was changed.`
    : `${paint('green', '✓')} Done: ${events} events verify, ${(durationMs / 1000).toFixed(1)} s.`;
  return [...table(['FILE', 'IS', 'WILL BE', ''], rows), outcome, ...(dryRun ? ['Make a backup first: `openclaw backup create`.'] : [])];
}
