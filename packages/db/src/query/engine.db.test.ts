import { AuditViewed, GatewayStopped, MessageReceived, SessionClosed, type StoredEvent } from '@openclaw-gateway/events';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AppendRequest } from '../log.ts';
import { SEARCH_TABLE } from '../projections/search.ts';
import { configChange, histories, messageFlow } from '../testing/flows.ts';
import { InThreadStore } from '../testing/in-thread.ts';
import type { EventFilter } from '../views/queries.ts';
import type { ViewReader } from '../views/view-reads.ts';
import { matches } from './condition.ts';
import { conditionOf } from './filter.ts';

const NEVER = { deadlineAt: Number.POSITIVE_INFINITY, signal: new AbortController().signal };

/** Clauses that match some, all or none of these events. */
function clausesFor(events: readonly StoredEvent[]): fc.Arbitrary<string> {
  const head = events.length;
  const some = (values: readonly (string | undefined)[]) => fc.constantFrom(...new Set(values.flatMap((value) => value ?? [])), 'nobody');
  const seq = fc.integer({ min: 0, max: head + 2 });
  const time = fc.constantFrom(...events.map((event) => event.time));
  return fc.oneof(
    some(events.map((event) => event.type)).map((type) => (type === 'nobody' ? 'type:~*.failed' : `type:${type}`)),
    fc.constantFrom('type:message.*', '-type:run.*', 'sev:>=warn', 'outcome:(failed,denied,delivered)', 'is:terminal', 'is:retry'),
    some(events.map((event) => event.metadata.channel)).map((channel) => `channel:${channel}`),
    fc.constantFrom('channel:t*', '-agent:main', 'agent:(main,helper)', 'has:error', 'has:run', 'dur:>1ms', 'tokens:12', 'actor:app_user'),
    fc.constantFrom(
      'agent:""',
      '-channel:""',
      '-(agent:main channel:http)',
      '-agent:helper type:message.*',
      'channel:hook OR agent:helper',
    ),
    some(events.map((event) => event.metadata.sessionId)).map((id) => `session:${id}`),
    some(events.map((event) => event.metadata.correlationId)).map((id) => `in:message/${id}`),
    some(events.map((event) => event.metadata.runId)).map((id) => `run:${id}`),
    fc.tuple(seq, seq).map(([a, b]) => `seq:${Math.min(a, b)}..${Math.max(a, b)}`),
    fc.tuple(seq, fc.nat({ max: 9 })).map(([at, reach]) => `near:${at}~${reach}`),
    time.map((at) => `time:>=${at}`),
    time.map((at) => `-time:${at}`),
    fc.constantFrom('hello', '"hello there"', 'hel*', 'model', '天气', '"answer in time"', 'nowhere', 'timeout OR there'),
    fc.constantFrom('data.problem.code:MODEL_TIMEOUT', 'data.step:1', 'data.text:~*there', '-data.attempt:1'),
  );
}

const queriesFor = (events: readonly StoredEvent[]): fc.Arbitrary<string> =>
  fc.letrec<{ query: string; leaf: string }>((tie) => ({
    leaf: clausesFor(events),
    query: fc.oneof(
      { depthSize: 'small' },
      tie('leaf'),
      fc.array(tie('query'), { minLength: 2, maxLength: 3 }).map((parts) => parts.map((part) => `(${part})`).join(' ')),
      fc.array(tie('query'), { minLength: 2, maxLength: 3 }).map((parts) => parts.map((part) => `(${part})`).join(' OR ')),
      tie('query').map((part) => `-(${part})`),
    ),
  })).query;

/** Somebody looks at a session: an event that names it from another stream. */
function mention({ events: [first] }: AppendRequest): AppendRequest[] {
  const sessionId = first?.metadata?.sessionId;
  if (sessionId === undefined || first?.event.type !== 'run.started') return [];
  const event = AuditViewed.create({ query: `in:session/${sessionId}`, rows: 1 });
  return [{ events: [{ streamId: 'audit', event, metadata: { sessionId, actor: { type: 'user', id: 'usr_x' } } }] }];
}

async function down(reader: ViewReader, filter: EventFilter, limit: number): Promise<number[]> {
  const positions: number[] = [];
  for (let page = await reader.events(filter, { limit }); ; page = await reader.events(filter, { limit, before: page.next })) {
    positions.push(...page.rows.map((row) => row.position));
    if (page.next === undefined) return positions;
  }
}

async function up(reader: ViewReader, filter: EventFilter, limit: number): Promise<number[]> {
  const positions: number[] = [];
  for (let after = 0, scanned = -1; scanned !== after; ) {
    scanned = after;
    const page = await reader.matching(filter, { after, limit });
    positions.push(...page.rows.map((event) => event.position));
    after = page.scannedTo;
  }
  return positions;
}

describe('the engine', () => {
  test('finds for any query exactly what matches, in pages from either end, however far the projections came', {
    timeout: 120_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(histories, { minLength: 1, maxLength: 6 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.gen(),
        async (several, share, gen) => {
          using store = new InThreadStore();
          const views = store.views('views');
          const runner = store.runner(views);
          const commits = several.flat().flatMap((commit) => [commit, ...mention(commit)]);
          const indexed = Math.floor(commits.length * share);
          store.append(...commits.slice(0, indexed));
          while (runner.step());
          store.append(...commits.slice(indexed));
          const reader = store.viewReader(views);
          const events = store.log.readAll({ after: 0, limit: 100_000 });
          for (let round = 0; round < 8; round++) {
            const filter = { query: gen(queriesFor, events), nowMs: Date.now() };
            const limit = gen(fc.integer, { min: 1, max: 40 });
            const condition = conditionOf(filter, filter.nowMs);
            const expected = events.filter((event) => matches(condition, event)).map((event) => event.position);
            expect(await down(reader, filter, limit), filter.query).toEqual(expected.toReversed());
            expect(await up(reader, filter, limit), filter.query).toEqual(expected);
          }
        },
      ),
      { numRuns: 20 },
    );
  });

  test('finds a Chinese word inside a sentence, a phrase, the beginning of a word, and words without their accents', async () => {
    using store = new InThreadStore();
    const texts = ['请把发票发给我，谢谢', '发给票', 'Ma facture a déjà été payée', 'The invoice number is 4711', 'いつ届きますか'];
    for (const text of texts) store.append(...messageFlow('ses_a', { text, outcome: 'queued' }).commits);
    const views = store.project('views');
    const newer = '最新发票';
    store.append(...messageFlow('ses_a', { text: newer, outcome: 'queued' }).commits);
    const reader = store.viewReader(views);
    const find = async (query: string) => {
      const { rows } = await reader.matching({ query }, { after: 0, limit: 100 });
      return rows.map((event) => (event.data as { text: string }).text);
    };
    expect(await find('发票')).toEqual([texts[0], newer]);
    expect(await find('票')).toEqual([texts[0], texts[1], newer]);
    expect(await find('届き')).toEqual([texts[4]]);
    expect(await find('deja payee')).toEqual([texts[2]]);
    expect(await find('"invoice number"')).toEqual([texts[3]]);
    expect(await find('"number invoice"')).toEqual([]);
    expect(await find('invo*')).toEqual([texts[3]]);
    expect(await find('NEAR OR "4711"')).toEqual([texts[3]]);
    expect(await find('-发票 -票 type:message.received')).toEqual([texts[2], texts[3], texts[4]]);
  });

  test('what a person wrote leaves the full-text index when it is forgotten, also from the file', () => {
    using store = new InThreadStore();
    store.append(...messageFlow('ses_a', { text: 'xylophone private' }).commits, ...messageFlow('ses_b', { text: 'public words' }).commits);
    const views = store.views('views');
    const runner = store.runner(views);
    while (runner.step());
    const found = (word: string) => views.prepare(`SELECT rowid FROM ${SEARCH_TABLE} WHERE ${SEARCH_TABLE} MATCH ?`).pluck().all(word);
    const stored = () =>
      Buffer.concat(views.prepare<[], Buffer>(`SELECT block FROM words.${SEARCH_TABLE}_data`).pluck().all()).includes('xylophone');
    expect(found('xylophone')).toEqual([1, 7]);
    expect(stored()).toBe(true);
    runner.erase({ positions: [1, 7] });
    expect(found('xylophone')).toEqual([]);
    expect(stored()).toBe(false);
    expect(found('public')).toHaveLength(2);
  });
});

describe('a search that would take long', () => {
  /** One change of the configuration and then so many copies of one event that nobody wants to read them one by one. */
  function largeLog(events: number): InThreadStore {
    const store = new InThreadStore();
    const closed = SessionClosed.create({ sessionId: 'ses_a', reason: 'idle' });
    const metadata = { sessionId: 'ses_a', channel: 'http' };
    store.append(configChange('gateway.port'), { events: [{ streamId: 'session/ses_a', event: closed, metadata }] });
    store.events.exec(`WITH RECURSIVE copies (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM copies WHERE n < ${events - 2})
      INSERT INTO events (position, stream_no, version, type_no, schema_version, time, event_id, metadata, data_hash, hash, data)
      SELECT 2 + n, stream_no, 1 + n, type_no, schema_version, time, event_id, metadata, data_hash, hash, data
      FROM copies JOIN events ON position = 2`);
    return store;
  }

  test('without anything to narrow it in a large log is refused, with a time that would do', async () => {
    using store = largeLog(201_000);
    const reader = store.viewReader(store.project('views'));
    const refused = await reader.events({ query: '-data.reason:idle' }, { limit: 1 }).catch((error: unknown) => error);
    expect(refused).toMatchObject({
      code: 'QUERY_UNBOUNDED',
      details: { limit: 200_000, remedy: expect.stringMatching(/^Add time:20\d\d-/) },
    });
    const { remedy } = (refused as { details: { remedy: string } }).details;
    const time = /time:\S+/.exec(remedy)?.[0] ?? '';
    expect(time).toMatch(/\.\.now,$/);
    for (const query of [
      '-data.reason:idle seq:1..1000',
      'actor:user type:config.*',
      '-channel:http',
      'time:-1h',
      'gateway.port OR type:config.*',
    ]) {
      expect((await reader.events({ query }, { limit: 1 })).rows, query).toHaveLength(1);
    }
  });

  test('answers what it found until then, goes on from there, and ends when nobody waits', async () => {
    using store = largeLog(30_000);
    const reader = store.viewReader(store.project('views'));
    const filter = { query: '-data.reason:idle' };
    const hurried = { ...NEVER, deadlineAt: 0 };
    const positions: number[] = [];
    let pages = 0;
    let page = await reader.events(filter, { limit: 10 }, hurried);
    expect(page).toMatchObject({ rows: [], partial: true, next: expect.any(Number) });
    for (; ; page = await reader.events(filter, { limit: 10, before: page.next }, hurried)) {
      positions.push(...page.rows.map((row) => row.position));
      pages += 1;
      if (page.next === undefined) break;
    }
    expect(positions).toEqual([1]);
    expect(pages).toBeGreaterThan(1);
    const gone = AbortSignal.abort();
    await expect(reader.events(filter, { limit: 10 }, { ...NEVER, signal: gone })).rejects.toMatchObject({ code: 'QUERY_CANCELLED' });
  });

  test('others read in the same thread before it has ended', async () => {
    using store = largeLog(30_000);
    const reader = store.viewReader(store.project('views'));
    const order: string[] = [];
    await Promise.all([
      reader.events({ query: '-data.reason:idle' }, { limit: 10 }, NEVER).then(() => order.push('long')),
      reader.events({}, { limit: 10 }, NEVER).then(() => order.push('short')),
    ]);
    expect(order).toEqual(['short', 'long']);
  });
});

test('a query and the fields of a filter must both hold', async () => {
  using store = new InThreadStore();
  const event = MessageReceived.create({
    messageId: 'msg_a',
    channel: 'http',
    account: 'default',
    sender: { id: 'x' },
    peer: { kind: 'direct', id: 'x' },
    text: 'hello',
  });
  store.append(...['a', 'b'].map((agentId) => ({ events: [{ streamId: `session/ses_${agentId}`, event, metadata: { agentId } }] })));
  const reader = store.viewReader(store.project('views'));
  const { rows } = await reader.events({ query: 'hello', agentIds: ['b'] }, { limit: 10 });
  expect(rows.map((row) => row.position)).toEqual([2]);
});

test('an event is found by its id, whenever it was stored', async () => {
  using store = new InThreadStore();
  const stopped = [1, 2, 3].map((uptimeMs) => GatewayStopped.create({ reason: 'asked', uptimeMs }));
  store.append(...stopped.map((event) => ({ events: [{ streamId: 'gateway', event }] })));
  const reader = store.viewReader(store.project('views'));
  for (const [index, { id }] of stopped.entries()) {
    const { rows } = await reader.events({ query: `id:${id}` }, { limit: 10 });
    expect(rows.map((row) => row.position)).toEqual([index + 1]);
  }
  const [first, second] = stopped;
  const { rows } = await reader.events({ query: `id:(${first?.id},${second?.id}) -seq:1` }, { limit: 10 });
  expect(rows.map((row) => row.position)).toEqual([2]);
});
