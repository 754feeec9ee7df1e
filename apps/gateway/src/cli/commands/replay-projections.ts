import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ProjectionReplay } from '@openclaw-gateway/db';
import { GatewayError } from '@openclaw-gateway/events';
import type { Context } from '../context.ts';
import { paint, plain, shortPath, table } from '../output.ts';

const EXIT_DIFFERENT = 1;

/** Folds the log from its start and compares the result with the views, row by row. Exit code 1 when they differ. */
export async function replayProjections(context: Context): Promise<number> {
  const { databases, dir } = context.paths;
  if (!['events.db', 'views.db', 'words.db'].every((file) => existsSync(join(databases, file)))) {
    throw new GatewayError('LOG_UNAVAILABLE', { message: `${shortPath(dir)} has no event log with views yet.` });
  }
  const { replayProjections: replay } = await import('@openclaw-gateway/db/replay/projections');
  const projections = replay({ dir: databases });
  const identical = projections.every((projection) => projection.identical);
  context.out.result({ identical, projections }, () => describe(projections, identical));
  return identical ? 0 : EXIT_DIFFERENT;
}

function describe(projections: readonly ProjectionReplay[], identical: boolean): string[] {
  const rows = projections.map(({ name, version, position, rows: count, identical: isSame, replayedDigest }) => [
    `${name} v${version}`,
    String(position),
    String(count),
    isSame ? paint('green', 'identical') : paint('red', 'different'),
    replayedDigest.slice(0, 16),
  ]);
  const differences = projections.flatMap(({ name, firstDifference }) =>
    firstDifference
      ? [
          '',
          `${name}: the first difference is in ${firstDifference.table}`,
          `  live      ${plain(firstDifference.live ?? '(no such row)')}`,
          `  replayed  ${plain(firstDifference.replayed ?? '(no such row)')}`,
        ]
      : [],
  );
  const remedy = identical
    ? []
    : ['', 'What to do: stop the gateway, delete state/views.db and state/words.db, and start it again; the views are built anew.'];
  return [...table(['PROJECTION', 'POSITION', 'ROWS', 'REPLAYED', 'DIGEST'], rows), ...differences, ...remedy];
}
