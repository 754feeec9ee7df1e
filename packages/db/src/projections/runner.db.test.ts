import type { StoredEvent } from '@openclaw-gateway/events';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Connection } from '../sqlite/connection.ts';
import { histories, messageFlow } from '../testing/flows.ts';
import { dump, InThreadStore } from '../testing/in-thread.ts';
import { defineProjection, type ProjectionDefinition, tableName } from './define.ts';
import type { ProjectionRunners } from './runners.ts';

/** Counts events by type, and cannot bear what `isPoison` says. */
function counting(name: string, version = 1, isPoison: (event: StoredEvent) => boolean = () => false): ProjectionDefinition {
  const table = tableName(name, version);
  return defineProjection({
    name,
    version,
    handles: 'all',
    reads: [],
    tables: [`CREATE TABLE ${table} (type TEXT PRIMARY KEY, events INTEGER NOT NULL) STRICT`],
    apply: (tx, events) => {
      for (const event of events) {
        tx.run(`INSERT INTO ${table} VALUES (?, 1) ON CONFLICT DO UPDATE SET events = events + excluded.events`, event.type);
        if (isPoison(event)) throw new Error('cannot read this');
      }
    },
    forget: () => undefined,
  });
}

function counted(views: Connection, name: string, version = 1): number {
  return (
    views
      .prepare<[], number>(`SELECT coalesce(sum(events), 0) FROM ${tableName(name, version)}`)
      .pluck()
      .get() ?? -1
  );
}

function checkpoints(views: Connection): unknown[] {
  return views.prepare('SELECT name, version, position, stopped_position AS stopped, stopped_message AS message FROM projections').all();
}

function finish(runner: ProjectionRunners): void {
  while (runner.step());
}

describe('projections', () => {
  test('built from zero they equal those that were kept live, for any history and any pace', () => {
    fc.assert(
      fc.property(histories, fc.array(fc.boolean(), { minLength: 1, maxLength: 30 }), (commits, pace) => {
        using store = new InThreadStore();
        const live = store.views('live');
        let runner = store.runner(live);
        commits.forEach((commit, index) => {
          store.append(commit);
          if (pace[index % pace.length]) runner.step();
          // As after a restart: what is known is only what the file holds.
          if (index % 7 === 6) runner = store.runner(live);
        });
        finish(runner);
        expect(dump(live)).toEqual(dump(store.project('rebuilt')));
      }),
      { numRuns: 25 },
    );
  });

  test('each projection counts each event once, however it is cut into pages', () => {
    using store = new InThreadStore();
    for (let turn = 0; turn < 210; turn++) store.append(...messageFlow('ses_a').commits);
    const views = store.views('views');
    const runner = store.runner(views, [counting('one'), counting('two')]);
    expect(runner.step()).toBe(true);
    expect(runner.position).toBe(1000);
    finish(runner);
    expect(counted(views, 'one')).toBe(store.log.head());
    expect(counted(views, 'two')).toBe(store.log.head());
  });

  test('an event that cannot be applied stops its own projection and no other', () => {
    using store = new InThreadStore();
    store.append(...messageFlow('ses_a').commits);
    const views = store.views('views');
    const runner = store.runner(views, [counting('bad', 1, (event) => event.position === 7), counting('good')]);
    finish(runner);
    expect(checkpoints(views)).toEqual([
      { name: 'bad', version: 1, position: 6, stopped: 7, message: 'cannot read this' },
      { name: 'good', version: 1, position: 12, stopped: null, message: null },
    ]);
    expect([counted(views, 'bad'), counted(views, 'good')]).toEqual([6, 12]);
    expect([runner.position, runner.frontier]).toEqual([6, 12]);

    store.append(...messageFlow('ses_a').commits);
    finish(runner);
    expect([counted(views, 'bad'), counted(views, 'good')]).toEqual([6, 24]);
  });

  test('a projection that stopped stays stopped over a restart, then goes on by trying again or by skipping', () => {
    using store = new InThreadStore();
    store.append(...messageFlow('ses_a').commits);
    const views = store.views('views');
    let isPoison = true;
    const bad = counting('bad', 1, (event) => isPoison && event.position === 7);
    finish(store.runner(views, [bad]));
    const runner = store.runner(views, [bad]);
    finish(runner);
    expect(counted(views, 'bad')).toBe(6);
    runner.resume('bad', 'retry');
    finish(runner);
    expect(counted(views, 'bad')).toBe(6);
    runner.resume('bad', 'skip');
    finish(runner);
    expect(counted(views, 'bad')).toBe(11);
    expect(() => runner.resume('bad', 'retry')).toThrow(expect.objectContaining({ code: 'BAD_REQUEST' }));

    const others = store.views('others');
    const second = store.runner(others, [bad]);
    finish(second);
    isPoison = false;
    second.resume('bad', 'retry');
    finish(second);
    expect(counted(others, 'bad')).toBe(12);
  });

  test('a higher version is built beside the old one, which is kept for one version more', () => {
    using store = new InThreadStore();
    store.append(...messageFlow('ses_a').commits);
    const views = store.views('views');
    finish(store.runner(views, [counting('one', 1), counting('two', 1)]));
    finish(store.runner(views, [counting('one', 2), counting('two', 1)]));
    expect([counted(views, 'one', 1), counted(views, 'one', 2)]).toEqual([12, 12]);
    finish(store.runner(views, [counting('one', 3), counting('two', 1)]));
    expect(() => counted(views, 'one', 1)).toThrow('no such table');
    expect([counted(views, 'one', 2), counted(views, 'one', 3), counted(views, 'two', 1)]).toEqual([12, 12, 12]);
  });

  test('one that is built anew does not hold up those that are live', () => {
    using store = new InThreadStore();
    for (let turn = 0; turn < 200; turn++) store.append(...messageFlow('ses_a').commits);
    const views = store.views('views');
    finish(store.runner(views, [counting('old')]));
    const runner = store.runner(views, [counting('old'), counting('new')]);
    store.append(...messageFlow('ses_a').commits);
    runner.step();
    expect([counted(views, 'old'), counted(views, 'new')]).toEqual([store.log.head(), 1000]);
    finish(runner);
    expect(counted(views, 'new')).toBe(store.log.head());
  });

  test('a second runner on the same views is refused and counts nothing twice', () => {
    using store = new InThreadStore();
    store.append(...messageFlow('ses_a').commits);
    const views = store.views('views');
    const first = store.runner(views, [counting('one')]);
    const second = store.runner(views, [counting('one')]);
    finish(first);
    expect(() => second.step()).toThrow(expect.objectContaining({ code: 'VIEW_UNAVAILABLE' }));
    expect(counted(views, 'one')).toBe(12);
  });

  test('views that forgot a person equal those that are built anew', () => {
    using store = new InThreadStore();
    for (const [sessionId, subject] of [
      ['ses_a', 'sub_a'],
      ['ses_b', 'sub_b'],
      ['ses_a', 'sub_a'],
    ] as const) {
      const { commits } = messageFlow(sessionId, { subject, text: `I am ${subject}`, opens: store.log.head() < 20 });
      store.append(
        ...commits.map(({ events }) => ({ events: events.map((item) => ({ ...item, metadata: { ...item.metadata, subject } })) })),
      );
    }
    const live = store.views('live');
    const runner = store.runner(live);
    finish(runner);
    const positions = store.log
      .readAll({ after: 0, limit: 100 })
      .flatMap(({ position, metadata }) => (metadata.subject === 'sub_a' ? position : []));
    store.keys.destroy('sub_a', Date.now());
    runner.erase({ positions, scrub: true });
    expect(JSON.stringify(dump(live))).not.toContain('I am sub_a');
    expect(dump(live)).toEqual(dump(store.project('rebuilt')));
  });

  test('erasing a session leaves nothing of what a person wrote or is called in the views', () => {
    using store = new InThreadStore();
    store.append(...messageFlow('ses_a', { opens: true, text: 'my private words', requestId: 'request-of-someone' }).commits);
    const views = store.views('views');
    const runner = store.runner(views);
    finish(runner);
    expect(JSON.stringify(dump(views))).toMatch(/private|someone/);
    runner.erase({ positions: Array.from({ length: 13 }, (_, index) => index + 1) });
    expect(JSON.stringify(dump(views))).not.toMatch(/private|someone/);
  });
});
