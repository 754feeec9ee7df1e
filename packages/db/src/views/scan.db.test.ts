import { eventDefinition, type StoredEvent } from '@openclaw-gateway/events';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { configChange, histories, messageFlow } from '../testing/flows.ts';
import { InThreadStore } from '../testing/in-thread.ts';
import type { EventFilter } from './queries.ts';

const filters = (events: readonly StoredEvent[]): fc.Arbitrary<EventFilter> => {
  const some = (values: readonly (string | undefined)[]) => fc.constantFrom(...new Set(values.flatMap((value) => value ?? [])), 'nobody');
  return fc.record(
    {
      types: fc.array(fc.oneof(some(events.map((event) => event.type)), fc.constantFrom('message.*', 'run.*', 'config.*', 'nothing.*')), {
        minLength: 1,
        maxLength: 3,
      }),
      severities: fc.subarray(['debug', 'info', 'warn', 'error'] as const, { minLength: 1 }),
      channels: fc.array(some(events.map((event) => event.metadata.channel)), { minLength: 1, maxLength: 2 }),
      agentIds: fc.array(some(events.map((event) => event.metadata.agentId)), { minLength: 1, maxLength: 2 }),
      sessionId: some(events.map((event) => event.metadata.sessionId)),
      correlationId: some(events.map((event) => event.metadata.correlationId)),
    },
    { requiredKeys: [] },
  );
};

/** What the filter means, said the slow way. */
function matches(event: StoredEvent, filter: EventFilter): boolean {
  const { metadata } = event;
  const isType = (type: string) => (type.endsWith('.*') ? event.type.startsWith(type.slice(0, -1)) : event.type === type);
  return (
    (!filter.types || filter.types.some(isType)) &&
    (!filter.severities || filter.severities.includes(eventDefinition(event.type)?.severity ?? 'info')) &&
    (!filter.channels || filter.channels.includes(metadata.channel ?? '')) &&
    (!filter.agentIds || filter.agentIds.includes(metadata.agentId ?? '')) &&
    (filter.sessionId === undefined || filter.sessionId === metadata.sessionId) &&
    (filter.correlationId === undefined || filter.correlationId === metadata.correlationId) &&
    (filter.fromTime === undefined || event.time >= filter.fromTime) &&
    (filter.toTime === undefined || event.time < filter.toTime)
  );
}

test('finds exactly what matches, in pages from either end, however far the projection came', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(histories, { minLength: 1, maxLength: 6 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.gen(),
      async (several, share, gen) => {
        using store = new InThreadStore();
        const views = store.views('views');
        const runner = store.runner(views);
        const commits = several.flat();
        const indexed = Math.floor(commits.length * share);
        store.append(...commits.slice(0, indexed));
        while (runner.step());
        store.append(...commits.slice(indexed));
        const reader = store.viewReader(views);
        const events = store.log.readAll({ after: 0, limit: 100_000 });
        const times = events.map((event) => event.time);
        for (let round = 0; round < 5; round++) {
          const ofTimes = gen(fc.record, { fromTime: fc.constantFrom(...times), toTime: fc.constantFrom(...times) }, { requiredKeys: [] });
          const filter = { ...gen(filters, events), ...ofTimes };
          const limit = gen(fc.integer, { min: 1, max: 40 });
          const expected = events.filter((event) => matches(event, filter)).map((event) => event.position);

          const down: number[] = [];
          for (let page = await reader.events(filter, { limit }); ; page = await reader.events(filter, { limit, before: page.next })) {
            down.push(...page.rows.map((row) => row.position));
            if (page.next === undefined) break;
          }
          expect(down).toEqual(expected.toReversed());

          const up: number[] = [];
          for (let after = 0, scanned = -1; scanned !== after; ) {
            scanned = after;
            const page = await reader.eventsAfter(filter, { after, limit });
            up.push(...page.rows.map((row) => row.position));
            after = page.scannedTo;
          }
          expect(up).toEqual(expected);
        }
      },
    ),
    { numRuns: 30 },
  );
});

test('finds a rare event among many without reading those between', async () => {
  using store = new InThreadStore();
  store.append(configChange('gateway.port'));
  for (let turn = 0; turn < 400; turn++) store.append(...messageFlow(`ses_${turn % 5}`).commits);
  store.append(configChange('gateway.bind'));
  const reader = store.viewReader(store.project('views'));
  const { rows, next } = await reader.configHistory({ limit: 10 });
  expect(rows.map((row) => [row.position, row.summary])).toEqual([
    [4802, 'Configuration changed: gateway.bind'],
    [1, 'Configuration changed: gateway.port'],
  ]);
  expect(next).toBeUndefined();
});

test('finds what is newer than the projection, from either end', async () => {
  using store = new InThreadStore();
  for (let turn = 0; turn < 43; turn++) store.append(...messageFlow('ses_old').commits);
  const views = store.project('views');
  const { messageId, commits } = messageFlow('ses_new');
  store.append(...commits);
  const reader = store.viewReader(views);
  for (const filter of [{ sessionId: 'ses_new' }, { correlationId: messageId }]) {
    const expected = Array.from({ length: 12 }, (_, index) => 517 + index);
    expect((await reader.eventsAfter(filter, { after: 0, limit: 100 })).rows.map((row) => row.position)).toEqual(expected);
    expect((await reader.events(filter, { limit: 100 })).rows.map((row) => row.position)).toEqual(expected.toReversed());
  }
});

test('an id that contains another, or quotes, matches only itself', async () => {
  using store = new InThreadStore();
  for (const agentId of ['a', 'ab', 'a","channel":"b', 'a"']) store.append(...messageFlow('ses_x', { agentId, outcome: 'queued' }).commits);
  const reader = store.viewReader(store.project('views'));
  for (const agentId of ['a', 'ab', 'a","channel":"b', 'a"']) {
    expect((await reader.events({ agentIds: [agentId] }, { limit: 100 })).rows, agentId).toHaveLength(4);
  }
});
