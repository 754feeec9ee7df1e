import { PROJECTIONS } from '../projections/index.ts';
import type { Queries } from './compile.ts';
import type { ProjectionHealth } from './queries.ts';

/** How far each projection of this program came, and where it stopped. */
export function projectionHealth(queries: Queries, head: number): ProjectionHealth[] {
  const rows = queries.all('projections', {}, (db) =>
    db.selectFrom('projections').selectAll().unionAll(db.selectFrom('words.projections').selectAll()),
  );
  return PROJECTIONS.map(({ name, version }) => {
    const row = rows.find((candidate) => candidate.name === name && candidate.version === version);
    const position = row?.position ?? 0;
    const health = { name, version, position, lagEvents: Math.max(0, head - position) };
    if (!row || row.stopped_position === null) return health;
    return { ...health, stoppedAt: { position: row.stopped_position, message: row.stopped_message ?? '' } };
  });
}
