import { GatewayStopped, ModelResponded, SessionClosed, SessionUpdated } from '@openclaw-gateway/events';
import { describe, expect, test } from 'vitest';
import { PROJECTIONS } from '../projections/index.ts';
import { configChange, messageFlow, OUTCOMES } from '../testing/flows.ts';
import { InThreadStore } from '../testing/in-thread.ts';

const FAR = Number.MAX_SAFE_INTEGER;

describe('sessions', () => {
  test('sum up what happened in them', () => {
    using store = new InThreadStore();
    store.append(...messageFlow('ses_a', { opens: true, text: 'What is\nthe weather?' }).commits);
    store.append(...messageFlow('ses_a', { outcome: 'dead_lettered', text: 'And now?' }).commits);
    store.append(...messageFlow('ses_a', { outcome: 'running' }).commits);
    const views = store.project('views');
    const session = store.viewReader(views).session('ses_a');
    expect(session).toMatchObject({
      sessionId: 'ses_a',
      sessionKey: 'agent:main:ses_a',
      title: 'What is the weather?',
      agentId: 'main',
      channel: 'http',
      account: 'default',
      peerId: 'someone',
      turns: 1,
      messages: 3,
      openMessages: 1,
      inputTokens: 5,
      outputTokens: 7,
      lastOutcome: 'dead_lettered',
    });
    expect(store.viewReader(views).sessionByKey('agent:main:ses_a')).toEqual(session);
    expect(store.viewReader(views).session('ses_x')).toBeUndefined();
    expect(store.viewReader(views).sessionByKey('agent:main:x')).toBeUndefined();
  });

  test('take a new title and agent, and say when they were closed', () => {
    using store = new InThreadStore();
    store.append(...messageFlow('ses_a', { opens: true }).commits);
    const inSession = (event: ReturnType<typeof SessionUpdated.create> | ReturnType<typeof SessionClosed.create>) => ({
      events: [{ streamId: 'session/ses_a', event, metadata: { sessionId: 'ses_a' } }],
    });
    store.append(
      inSession(SessionUpdated.create({ sessionId: 'ses_a', title: 'Weather', agentId: 'helper' })),
      inSession(SessionClosed.create({ sessionId: 'ses_a', reason: 'reset' })),
    );
    expect(store.viewReader(store.project('views')).session('ses_a')).toMatchObject({
      title: 'Weather',
      agentId: 'helper',
      lastOutcome: 'closed',
      lastPosition: 15,
    });
  });

  test('are listed by their last activity, in pages, and can be filtered', () => {
    using store = new InThreadStore();
    store.append(...messageFlow('ses_a', { opens: true, agentId: 'main' }).commits);
    store.append(...messageFlow('ses_b', { opens: true, agentId: 'helper', channel: 'telegram' }).commits);
    store.append(...messageFlow('ses_c', { opens: true, outcome: 'queued' }).commits);
    store.append(...messageFlow('ses_a').commits);
    const reader = store.viewReader(store.project('views'));
    const ids = (filter: Parameters<typeof reader.sessions>[0], page: Parameters<typeof reader.sessions>[1]) =>
      reader.sessions(filter, page).rows.map((row) => row.sessionId);
    expect(ids({}, { limit: 10 })).toEqual(['ses_a', 'ses_c', 'ses_b']);
    const { next } = reader.sessions({}, { limit: 2 });
    expect(ids({}, { limit: 2, ...(next !== undefined && { before: next }) })).toEqual(['ses_b']);
    expect(ids({ agentId: 'helper' }, { limit: 10 })).toEqual(['ses_b']);
    expect(ids({ channel: 'http' }, { limit: 10 })).toEqual(['ses_a', 'ses_c']);
    expect(ids({ openOnly: true }, { limit: 10 })).toEqual(['ses_c']);
    expect(ids({ openOnly: true, channel: 'telegram' }, { limit: 10 })).toEqual([]);
  });

  test('that waited for an answer in a time are told, and none of another time', async () => {
    using store = new InThreadStore();
    for (const sessionId of ['ses_a', 'ses_b']) store.append(...messageFlow(sessionId, { opens: true, text: `In ${sessionId}` }).commits);
    store.append(...messageFlow('ses_c', { opens: true, outcome: 'running' }).commits);
    const reader = store.viewReader(store.project('views'));
    const toTime = Date.now() + 1;
    const slowest = await reader.slowest({ fromTime: 0, toTime }, 5);
    expect(slowest.map(({ title }) => title).toSorted()).toEqual(['In ses_a', 'In ses_b']);
    expect(slowest.map(({ tookMs }) => tookMs)).toEqual(slowest.map(({ tookMs }) => tookMs).toSorted((a, b) => b - a));
    expect(await reader.slowest({ fromTime: 0, toTime }, 1)).toHaveLength(1);
    expect(await reader.slowest({ fromTime: toTime, toTime: toTime + 1_000 }, 5)).toEqual([]);
    expect(await reader.slowest({ fromTime: 0, toTime: 1 }, 5)).toEqual([]);
  });

  test('and their messages are found by how their keys begin, and by nothing that only begins alike', () => {
    using store = new InThreadStore();
    const own = 'agent:main:user:usr_a:';
    const keys = { ses_a: `${own}one`, ses_b: `${own}two`, ses_c: 'agent:main:user:usr_ab:one', ses_d: 'agent:main:main' };
    for (const [sessionId, sessionKey] of Object.entries(keys))
      store.append(...messageFlow(sessionId, { opens: true, sessionKey }).commits);
    store.append(...messageFlow('ses_a').commits);
    const reader = store.viewReader(store.project('views'));
    const keyPrefixes = [own, 'agent:main:web:usr_a:'];
    const page = reader.sessions({ keyPrefixes }, { limit: 1 });
    expect(page.rows.map((row) => row.sessionId)).toEqual(['ses_a']);
    expect(reader.sessions({ keyPrefixes }, { limit: 5, before: page.next ?? 0 }).rows.map((row) => row.sessionId)).toEqual(['ses_b']);
    expect(reader.sessions({ keyPrefixes: [] }, { limit: 5 }).rows).toEqual([]);
    const sessionsOf = (filter: object) => reader.messages({ ...filter, keyPrefixes }, { limit: 10 }).rows.map((row) => row.sessionId);
    expect(sessionsOf({})).toEqual(['ses_a', 'ses_b', 'ses_a']);
    expect(sessionsOf({ sessionId: 'ses_b' })).toEqual(['ses_b']);
    expect(sessionsOf({ sessionId: 'ses_d' })).toEqual([]);
    expect(sessionsOf({ settled: false })).toEqual([]);
  });

  test('A8 the state of one is the fold of its stream, now or at an earlier position', () => {
    using store = new InThreadStore();
    for (let turn = 0; turn < 90; turn++) store.append(...messageFlow('ses_a', { opens: turn === 0 }).commits);
    const reader = store.pipelineReader(store.project('views'));
    const now = reader.sessionState('ses_a', undefined, FAR);
    expect(now).toMatchObject({ sessionId: 'ses_a', version: 1081, position: 1081, turns: 90 });
    expect(now.transcript).toHaveLength(180);
    const earlier = reader.sessionState('ses_a', 8, FAR);
    expect(earlier).toMatchObject({ version: 8, position: 8, turns: 0 });
    expect([...earlier.open.values()]).toMatchObject([{ run: 'running' }]);
    expect(reader.sessionState('ses_none', undefined, FAR)).toMatchObject({ sessionId: '', version: 0 });
    expect(() => reader.sessionState('ses_a', undefined, 0)).toThrow(expect.objectContaining({ code: 'DEADLINE_EXCEEDED' }));
  });
});

describe('one event', () => {
  test('shows its data, its hashes and its neighbours in the session', () => {
    using store = new InThreadStore();
    const one = messageFlow('ses_a');
    const other = messageFlow('ses_b');
    for (const [index, commit] of one.commits.entries()) store.append(commit, ...other.commits.slice(index, index + 1));
    const reader = store.viewReader(store.project('views'));
    const received = reader.event(1);
    expect(received).toMatchObject({
      position: 1,
      streamId: 'session/ses_a',
      version: 1,
      type: 'message.received',
      severity: 'info',
      summary: 'http message: Hello there',
      actor: 'snd_x',
      previousHash: '0'.repeat(64),
      nextInSession: 2,
      dataTruncated: false,
    });
    expect(received).not.toHaveProperty('previousInSession');
    const queued = reader.event(4);
    const started = reader.event(9);
    expect([queued?.nextInSession, started?.previousInSession]).toEqual([9, 4]);
    expect(reader.event(2)?.previousHash).toBe(received?.hash);
    expect(reader.event(0)).toBeUndefined();
    expect(reader.event(1000)).toBeUndefined();
  });

  test('is cut when it is larger than a page should carry', () => {
    using store = new InThreadStore();
    const [large, list] = ['x'.repeat(100_000), Array.from({ length: 30_000 }, () => 'call')].map((text) =>
      ModelResponded.create({
        runId: 'run_x',
        step: 1,
        text: typeof text === 'string' ? text : 'short',
        toolCalls: typeof text === 'string' ? [] : [{ callId: 'c', tool: 't', arguments: text }],
        finishReason: 'stop',
        usage: { inputTokens: 1, outputTokens: 1 },
        durationMs: 1,
      }),
    );
    for (const event of [large, list]) if (event) store.append({ events: [{ streamId: 'session/ses_a', event }] });
    const reader = store.viewReader(store.project('views'));
    for (const position of [1, 2]) {
      const detail = reader.event(position);
      expect(detail?.dataTruncated).toBe(true);
      expect(detail?.durationMs).toBe(1);
      expect(JSON.stringify(detail?.data).length).toBeLessThan(64 * 1024);
      expect(detail?.data).toMatchObject({ runId: 'run_x', finishReason: 'stop' });
    }
  });
});

describe('numbers', () => {
  test('A8 the overview counts what happened, what is open and what needs someone', () => {
    using store = new InThreadStore();
    const before = Date.now();
    for (const outcome of OUTCOMES) store.append(...messageFlow('ses_a', { outcome, opens: outcome === 'delivered' }).commits);
    store.append(...messageFlow('ses_b', { opens: true }).commits);
    const overview = store.viewReader(store.project('views')).overview(Date.now() + 1);
    expect(overview).toMatchObject({
      head: store.log.head(),
      receivedPerMinute: 12 / 5,
      deliveredPerMinute: 4 / 5,
      replyMs: { sample: 6, p50: expect.any(Number), p95: expect.any(Number) },
      settledLastHour: 7,
      unsettled: 5,
      held: 1,
      deadLetteredLastDay: 1,
      rejectedLastDay: 1,
      sessions: 2,
    });
    // Two failed model calls and two failed runs of a retry and a retried one, three of the dead letter, one failed delivery.
    expect(overview.errorsLastHour).toBe(8);
    expect(overview.oldestUnsettledAt).toBeGreaterThanOrEqual(before);
    expect(overview.projections).toEqual(
      PROJECTIONS.map(({ name, version }) => ({ name, version, position: store.log.head(), lagEvents: 0 })),
    );
  });

  test('an empty log has an overview too', () => {
    using store = new InThreadStore();
    const overview = store.viewReader(store.project('views')).overview(Date.now());
    expect(overview).toMatchObject({ head: 0, unsettled: 0, sessions: 0, replyMs: { sample: 0 } });
    expect(overview).not.toHaveProperty('oldestUnsettledAt');
  });

  test('facets and histogram count the same events, by minute, hour or day', () => {
    using store = new InThreadStore();
    store.append(...messageFlow('ses_a', { channel: 'telegram' }).commits);
    store.append(...messageFlow('ses_b', { outcome: 'dead_lettered', agentId: 'helper' }).commits);
    store.append(configChange('gateway.port'));
    const reader = store.viewReader(store.project('views'));
    const now = Date.now();
    const day = 86_400_000;
    for (const span of [600_000, 5 * 3_600_000, 40 * day]) {
      const range = { fromTime: now - span, toTime: now + 60_000 };
      const facets = reader.facets(range, {});
      expect(facets?.channel).toEqual([
        { value: 'telegram', count: 12 },
        { value: 'http', count: 9 },
      ]);
      expect(facets?.agent).toEqual([
        { value: 'main', count: 12 },
        { value: 'helper', count: 9 },
      ]);
      expect(facets?.severity).toEqual([
        { value: 'info', count: 19 },
        { value: 'error', count: 3 },
      ]);
      expect(facets?.type.find((type) => type.value === 'message.received')).toEqual({ value: 'message.received', count: 2 });
      const sum = (filter: Parameters<typeof reader.histogram>[1]) =>
        reader
          .histogram({ ...range, buckets: 24 }, filter)
          ?.buckets.flatMap((bucket) => Object.values(bucket.counts))
          .reduce((total, count) => total + count, 0);
      expect([sum({}), sum({ severities: ['error'] }), sum({ channels: ['telegram'] }), sum({ types: ['config.*'] })]).toEqual([
        22, 3, 12, 1,
      ]);
      expect([sum({ query: '-agent:main sev:error' }), sum({ query: '(channel:http OR agent:helper) time:-1d' })]).toEqual([3, 9]);
      expect(sum({ query: 'outcome:delivered tool:x' })).toBeUndefined();
      const families = reader.histogram({ ...range, buckets: 24, by: 'family' }, { query: 'type:(config.*,message.received)' });
      const byFamily = families?.buckets.flatMap(({ counts }) => Object.entries(counts)) ?? [];
      expect(byFamily.filter(([family]) => family === 'message').reduce((total, [, count]) => total + count, 0)).toBe(2);
      expect(byFamily.filter(([family]) => family === 'config')).toEqual([['config', 1]]);
      expect(reader.histogram({ ...range, buckets: 24 }, {})?.buckets.length).toBeLessThanOrEqual(26);
    }
    expect(reader.facets({ fromTime: now - 2 * day, toTime: now - day }, {})?.type).toEqual([]);
  });

  test('an event whose data was erased is still listed', async () => {
    using store = new InThreadStore();
    store.append({ events: [{ streamId: 'gateway/x', event: GatewayStopped.create({ reason: 'x', uptimeMs: 1 }) }] });
    store.append(...messageFlow('ses_a', { opens: true }).commits);
    store.events.exec('DROP TRIGGER events_are_final_on_update; UPDATE events SET data = NULL');
    const reader = store.viewReader(store.project('views'));
    const { rows } = await reader.events({}, { limit: 100 });
    expect(rows).toHaveLength(14);
    expect(rows.every((row) => row.summary.endsWith('(erased)'))).toBe(true);
    expect(reader.messages({}, { limit: 10 }).rows).toMatchObject([{ status: 'delivered', text: '', sessionId: 'ses_a' }]);
    expect(reader.session('ses_a')).toMatchObject({ messages: 1, turns: 1, title: '', agentId: 'main' });
  });
});
