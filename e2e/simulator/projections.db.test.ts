import type { StoredEvent } from '@openclaw-gateway/events';
import { expect, it } from 'vitest';
import type { Connection } from '../../packages/db/src/sqlite/connection.ts';
import { InThreadStore } from '../../packages/db/src/testing/in-thread.ts';
import { seeded } from '../random.ts';
import { simulate } from './simulation.ts';

/** Everything that the projections wrote down; an index for search has no rows of its own to compare. */
function contents(views: Connection): Record<string, readonly unknown[]> {
  const tables = views
    .prepare<[], { name: string; sql: string }>("SELECT name, sql FROM sqlite_master WHERE type = 'table' ORDER BY name")
    .all();
  const indexes = tables.filter(({ sql }) => sql.startsWith('CREATE VIRTUAL')).map(({ name }) => name);
  const own = tables.filter(({ name }) => !indexes.some((index) => name.startsWith(index)));
  const rows = (name: string) => views.prepare(`SELECT * FROM "${name}"`).all();
  return Object.fromEntries(
    own.map(({ name }) => [
      name,
      rows(name)
        .map((row) => JSON.stringify(row))
        .sort(),
    ]),
  );
}

it.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])(
  'law 5: views kept up through history %i, with restarts in between, equal those built from nothing',
  async (seed) => {
    let log: readonly StoredEvent[] = [];
    await simulate({ seed, steps: 500, onLog: (events) => (log = events) });
    using store = new InThreadStore();
    const random = seeded(seed);
    const views = store.views('live');
    let runner = store.runner(views);
    for (let page = log.slice(0, 1), at = 0; page.length > 0; page = log.slice(at, at + 1 + random.below(20))) {
      at += page.length;
      store.append({ events: page.map((event) => ({ streamId: event.streamId, event, metadata: event.metadata })) });
      if (random.chance(0.1)) runner = store.runner(views);
      if (random.chance(0.6)) runner.step();
    }
    while (runner.step());
    expect(runner.position).toBe(log.length);
    const live = contents(views);
    expect(Object.values(live).flat().length).toBeGreaterThan(20);
    expect(live).toEqual(contents(store.project('rebuilt')));
  },
);
