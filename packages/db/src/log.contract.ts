/** What every adapter of the event log must do. Called once for each adapter, with a way to make an empty log. */
import {
  type EventMetadata,
  GatewayError,
  GatewayStopped,
  MessageReceived,
  type NewEvent,
  newId,
  RouteDecided,
  type StoredEvent,
} from '@openclaw-gateway/events';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import type { AppendRequest, AppendResult, ErasableLog, EventLog, ExpectedVersion, StreamEvent } from './log.ts';

export type LogFactory = () => Promise<ErasableLog>;

/** `runs`: how many random histories the property test tries. */
export function describeEventLog(name: string, open: LogFactory, { runs }: { readonly runs: number }): void {
  describe(`the event log: ${name}`, () => {
    const opened: EventLog[] = [];
    async function emptyLog(): Promise<ErasableLog> {
      const log = await open();
      opened.push(log);
      return log;
    }
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((log) => log.close()));
    });

    test('numbers events without a gap over the log and within each stream', async () => {
      const log = await emptyLog();
      await log.append(request(['a', 'b', 'a']));
      await log.append(request(['b']));
      const events = await log.readAll({ after: 0, limit: 10 });
      expect(events.map(({ position, streamId, version }) => [position, streamId, version])).toEqual([
        [1, 'a', 1],
        [2, 'b', 1],
        [3, 'a', 2],
        [4, 'b', 2],
      ]);
      expect(log.head()).toBe(4);
      const times = events.map((event) => event.time);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
    });

    test('answers with exactly what is read afterwards', async () => {
      const log = await emptyLog();
      const metadata: EventMetadata = { correlationId: 'msg_x', channel: 'http', actor: { type: 'system', id: 'ü "quoted"' } };
      const event = stopped('grüße 你好 "quoted" \\ 🚪');
      const result = stored(await log.append({ events: [{ streamId: 'a', event, metadata }] }));
      expect(result).toMatchObject({ first: 1, last: 1, replayed: false });
      expect(result.events).toEqual([{ ...event, streamId: 'a', version: 1, position: 1, time: expect.any(Number), metadata }]);
      expect(await log.readAll({ after: 0, limit: 10 })).toEqual(result.events);
      expect(await log.readAt(1)).toEqual(result.events[0]);
      expect(await log.readStream('a', { limit: 10 })).toEqual(result.events);
    });

    test('takes an append only when each stream is at the version that was expected', async () => {
      const cases: readonly [ExpectedVersion, version: number, taken: boolean][] = [
        ['any', 0, true],
        ['any', 2, true],
        ['none', 0, true],
        ['none', 1, false],
        ['exists', 0, false],
        ['exists', 1, true],
        [0, 0, true],
        [0, 1, false],
        [2, 2, true],
        [2, 1, false],
        [2, 3, false],
      ];
      const log = await emptyLog();
      for (const [expected, version, taken] of cases) {
        const streamId = `${expected} at ${version}`;
        if (version > 0) await log.append(request(Array.from({ length: version }, () => streamId)));
        const head = log.head();
        const result = await log.append({ ...request([streamId]), expected: { [streamId]: expected } });
        expect(result, streamId).toMatchObject(
          taken ? { ok: true, first: head + 1 } : { ok: false, reason: 'conflict', streamId, actual: version },
        );
        expect(log.head()).toBe(head + (taken ? 1 : 0));
      }
    });

    test('stores nothing of a request when one of its streams is not as expected', async () => {
      const log = await emptyLog();
      const result = await log.append({ ...request(['a', 'b', 'c']), expected: { a: 'none', b: 'exists' } });
      expect(result).toEqual({ ok: false, reason: 'conflict', streamId: 'b', actual: 0 });
      expect(await log.readAll({ after: 0, limit: 10 })).toEqual([]);
    });

    test('lets exactly one of many concurrent appends at the same version win', async () => {
      const log = await emptyLog();
      const results = await Promise.all(Array.from({ length: 50 }, () => log.append({ ...request(['a']), expected: { a: 'none' } })));
      expect(results.filter((result) => result.ok)).toHaveLength(1);
      expect(log.head()).toBe(1);
    });

    test('stores the same idempotency key once and refuses it for another request', async () => {
      const log = await emptyLog();
      await log.append(request(['other']));
      const idempotency = { key: 'telegram:1', requestHash: 'h1' };
      const first = stored(await log.append({ ...request(['a', 'a']), idempotency, expected: { a: 'none' } }));
      const again = await log.append({ ...request(['a', 'a']), idempotency, expected: { a: 'none' } });
      expect(again).toEqual({ ok: true, first: first.first, last: first.last, replayed: true, events: [] });
      const other = await log.append({ ...request(['a']), idempotency: { key: 'telegram:1', requestHash: 'h2' } });
      expect(other).toEqual({ ok: false, reason: 'idempotency_mismatch', position: first.first });
      expect(log.head()).toBe(3);
    });

    test('stores a key once when it arrives twice at the same moment', async () => {
      const log = await emptyLog();
      const same = { ...request(['a']), idempotency: { key: 'k', requestHash: 'h' } };
      const results = await Promise.all([log.append(same), log.append(same), log.append(same)]);
      expect(results.map((result) => stored(result).replayed)).toEqual([false, true, true]);
      expect(log.head()).toBe(1);
    });

    test('does not use up an idempotency key with an append that conflicts', async () => {
      const log = await emptyLog();
      const idempotency = { key: 'k', requestHash: 'h' };
      await log.append({ ...request(['a']), idempotency, expected: { a: 'exists' } });
      expect(await log.append({ ...request(['a']), idempotency })).toMatchObject({ ok: true, replayed: false });
    });

    test('reads pages of the log and of a stream', async () => {
      const log = await emptyLog();
      await log.append(request(Array.from({ length: 20 }, (_, index) => (index % 2 ? 'odd' : 'even'))));
      const positions = (events: readonly StoredEvent[]) => events.map((event) => event.position);
      expect(positions(await log.readAll({ after: 17, limit: 2 }))).toEqual([18, 19]);
      expect(positions(await log.readAll({ after: 20, limit: 2 }))).toEqual([]);
      expect(positions(await log.readStream('odd', { limit: 3 }))).toEqual([2, 4, 6]);
      expect(positions(await log.readStream('odd', { afterVersion: 8, limit: 3 }))).toEqual([18, 20]);
      expect(positions(await log.readStream('odd', { toPosition: 5, limit: 3 }))).toEqual([2, 4]);
      expect(await log.readStream('nothing', { limit: 3 })).toEqual([]);
      expect(await log.readAt(21)).toBeUndefined();
    });

    test('reads at most 1,000 events at once', async () => {
      const log = await emptyLog();
      await log.append(request(Array.from({ length: 1000 }, () => 'a')));
      await log.append(request(['a']));
      expect(await log.readAll({ after: 0, limit: 5000 })).toHaveLength(1000);
    });

    test('takes no request without events and none with more than 1,000', async () => {
      const log = await emptyLog();
      await expect(log.append({ events: [] })).rejects.toThrow(RangeError);
      await expect(log.append(request(Array.from({ length: 1001 }, () => 'a')))).rejects.toThrow(RangeError);
    });

    test('shows a subscriber what is there and then what comes, each event once and in order', async () => {
      const log = await emptyLog();
      await log.append(request(['a', 'b', 'a']));
      const controller = new AbortController();
      const seen: number[] = [];
      const done = (async () => {
        for await (const page of log.subscribe({ after: 1, signal: controller.signal, pageSize: 2 })) {
          seen.push(...page.map((event) => event.position));
          if (seen.at(-1) === 40) controller.abort();
        }
      })();
      for (let index = 0; index < 37; index++) await log.append(request(['c']));
      await done;
      expect(seen).toEqual(Array.from({ length: 39 }, (_, index) => index + 2));
    });

    test('ends a subscription that waits when it is aborted or the log is closed', async () => {
      const log = await emptyLog();
      const controller = new AbortController();
      const aborted = drain(log.subscribe({ after: 0, signal: controller.signal }));
      controller.abort();
      const closed = drain(log.subscribe({ after: 0, signal: new AbortController().signal }));
      await aborted;
      await log.close();
      await closed;
    });

    test('waits for a position, and not longer than it was told', async () => {
      const log = await emptyLog();
      const reached = log.waitForHead(2, 10_000);
      await log.append(request(['a', 'a']));
      await reached;
      await log.waitForHead(1, 0);
      await expect(log.waitForHead(3, 5)).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    });

    test('stores what was appended before it closes, and takes nothing afterwards', async () => {
      const log = await emptyLog();
      const pending = Promise.all([log.append(request(['a'])), log.append(request(['b']))]);
      const closed = log.close();
      expect((await pending).map((result) => result.ok)).toEqual([true, true]);
      await closed;
      await expect(log.append(request(['a']))).rejects.toEqual(new GatewayError('SHUTTING_DOWN'));
    });

    test('gives back what it sealed of a person, whole and in the order it was written', async () => {
      const log = await emptyLog();
      const { events } = stored(
        await log.append({ events: [personal('sub_a', 'my secret 你好'), decision('sub_a'), personal(undefined, 'open')] }),
      );
      expect(events[0]?.data).toMatchObject({ text: 'my secret 你好', sender: { id: 'tg:42', name: 'Ada' } });
      const read = await log.readAll({ after: 0, limit: 10 });
      expect(read).toEqual(events);
      expect(read.map((event) => JSON.stringify(event.data))).toEqual(events.map((event) => JSON.stringify(event.data)));
      expect(await log.readStream('a', { limit: 10 })).toEqual(events);
      expect(await log.readAt(2)).toEqual(events[1]);
    });

    test('reads placeholders in place of a person whose key was destroyed, and all of everybody else', async () => {
      const log = await emptyLog();
      const before = stored(await log.append({ events: [personal('sub_a', 'of a'), decision('sub_a'), personal('sub_b', 'of b')] })).events;
      expect(await log.readAll({ after: 0, limit: 10 })).toEqual(before);
      expect(await log.erase('sub_a', Date.now())).toBe(true);
      const [received, decided, other] = await log.readAll({ after: 0, limit: 10 });
      expect(received).toEqual({
        ...before[0],
        erased: true,
        data: {
          ...(before[0]?.data as object),
          sender: { id: '[erased]', name: '[erased]' },
          peer: { kind: 'direct', id: '[erased]' },
          text: '[erased]',
          history: [],
        },
      });
      expect(decided?.data).toMatchObject({ candidates: [{ rule: 'one', expected: {}, actual: {} }, { rule: 'two' }], agentId: 'main' });
      expect(other).toEqual(before[2]);
      expect(await log.readAt(1)).toEqual(received);
      expect(await log.readStream('a', { limit: 10 })).toEqual([received, decided, other]);
      expect(await log.erase('sub_a', Date.now())).toBe(false);
    });

    test('seals what a person writes after the erasure with a new key, which brings nothing back', async () => {
      const log = await emptyLog();
      await log.append({ events: [personal('sub_a', 'before')] });
      await log.erase('sub_a', Date.now());
      await log.append({ events: [personal('sub_a', 'after')] });
      const texts = (await log.readAll({ after: 0, limit: 10 })).map((event) => (event.data as { text: string }).text);
      expect(texts).toEqual(['[erased]', 'after']);
    });

    test('behaves like a plain list for any sequence of appends, conflicts, repeats and reads', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 60 }), async (steps) => {
          const log = await open();
          try {
            await compare(log, steps);
          } finally {
            await log.close();
          }
        }),
        { numRuns: runs },
      );
    });
  });
}

type Append = {
  readonly kind: 'append';
  readonly streams: readonly string[];
  readonly expected: Readonly<Record<string, ExpectedVersion>>;
  readonly key: string | undefined;
  readonly requestHash: string;
};
type Step =
  | Append
  | { readonly kind: 'read'; readonly after: number; readonly limit: number }
  | { readonly kind: 'stream'; readonly streamId: string; readonly afterVersion: number };

const stream = fc.constantFrom('a', 'b', 'c');
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      streams: fc.array(stream, { minLength: 1, maxLength: 4 }),
      expected: fc.dictionary(stream, fc.oneof(fc.constantFrom('any' as const, 'none' as const, 'exists' as const), fc.nat({ max: 6 })), {
        maxKeys: 2,
      }),
      key: fc.option(fc.constantFrom('k1', 'k2', 'k3'), { nil: undefined, freq: 2 }),
      requestHash: fc.constantFrom('h1', 'h2'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('read' as const), after: fc.nat({ max: 60 }), limit: fc.integer({ min: 1, max: 20 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('stream' as const), streamId: stream, afterVersion: fc.nat({ max: 8 }) }) },
);

/** The model: the list that the log stands for, and what was stored under each key. */
async function compare(log: EventLog, steps: readonly Step[]): Promise<void> {
  const model: { streamId: string; version: number; id: string }[] = [];
  const keys = new Map<string, { first: number; last: number; requestHash: string }>();
  const controller = new AbortController();
  const seen: string[] = [];
  const subscriber = (async () => {
    for await (const page of log.subscribe({ after: 0, signal: controller.signal, pageSize: 3 }))
      seen.push(...page.map((event) => event.id));
  })();
  const version = (streamId: string) => model.filter((event) => event.streamId === streamId).length;
  const meets = (actual: number, expected: ExpectedVersion) =>
    expected === 'any' || (expected === 'exists' ? actual > 0 : actual === (expected === 'none' ? 0 : expected));

  for (const item of steps) {
    if (item.kind === 'read') {
      const ids = (await log.readAll(item)).map((event) => event.id as string);
      expect(ids).toEqual(model.slice(item.after, item.after + item.limit).map((event) => event.id));
    } else if (item.kind === 'stream') {
      const events = await log.readStream(item.streamId, { afterVersion: item.afterVersion, limit: 5 });
      const inStream = model.filter((event) => event.streamId === item.streamId);
      expect(events.map(({ id, version: at }) => ({ id, version: at }))).toEqual(
        inStream.slice(item.afterVersion, item.afterVersion + 5).map(({ id, version: at }) => ({ id, version: at })),
      );
    } else {
      const { events } = request(item.streams);
      const idempotency = item.key === undefined ? {} : { idempotency: { key: item.key, requestHash: item.requestHash } };
      const result = await log.append({ events, expected: item.expected, ...idempotency });
      const earlier = item.key === undefined ? undefined : keys.get(item.key);
      const conflict = Object.entries(item.expected).find(([streamId, expected]) => !meets(version(streamId), expected));
      if (earlier && earlier.requestHash !== item.requestHash) {
        expect(result).toEqual({ ok: false, reason: 'idempotency_mismatch', position: earlier.first });
      } else if (earlier) {
        expect(result).toEqual({ ok: true, first: earlier.first, last: earlier.last, replayed: true, events: [] });
      } else if (conflict) {
        expect(result).toEqual({ ok: false, reason: 'conflict', streamId: conflict[0], actual: version(conflict[0]) });
      } else {
        const first = model.length + 1;
        for (const { streamId, event } of events) model.push({ streamId, version: version(streamId) + 1, id: event.id });
        expect(stored(result)).toMatchObject({ first, last: model.length, replayed: false });
        if (item.key !== undefined) keys.set(item.key, { first, last: model.length, requestHash: item.requestHash });
      }
      expect(log.head()).toBe(model.length);
    }
  }
  const until = log.subscribe({ after: Math.max(0, model.length - 1), signal: controller.signal });
  if (model.length > 0) for await (const _ of until) break;
  while (seen.length < model.length) await log.readAll({ after: 0, limit: 1 });
  controller.abort();
  await subscriber;
  expect(seen).toEqual(model.map((event) => event.id));
}

function request(streams: readonly string[]): AppendRequest {
  return { events: streams.map((streamId) => ({ streamId, event: stopped('test') })) };
}

/** A message with personal fields in it, at the top, within, and in a list. */
function personal(subject: string | undefined, text: string): StreamEvent {
  const event = MessageReceived.create({
    messageId: 'msg_1',
    channel: 'telegram',
    account: 'default',
    sender: { id: 'tg:42', name: 'Ada' },
    peer: { kind: 'direct', id: 'tg:42' },
    text,
    history: [{ role: 'user', text }],
  });
  return { streamId: 'a', event, ...(subject !== undefined && { metadata: { subject } }) };
}

/** An event whose personal fields lie in the items of a list. */
function decision(subject: string): StreamEvent {
  const candidate = { priority: 1, reason: 'r', expected: { 'peer.id': 'tg:42' }, actual: {} };
  const event = RouteDecided.create({
    candidates: [
      { ...candidate, rule: 'one' },
      { ...candidate, rule: 'two' },
    ],
    agentId: 'main',
    configHash: 'c0ffee00',
    evaluatorVersion: 1,
    durationUs: 1,
  });
  return { streamId: 'a', event, metadata: { subject } };
}

function stopped(reason: string): NewEvent {
  return { ...GatewayStopped.create({ reason, uptimeMs: 1 }), id: newId('event') };
}

function stored(result: AppendResult): Extract<AppendResult, { ok: true }> {
  if (!result.ok) throw new Error(`not stored: ${JSON.stringify(result)}`);
  return result;
}

async function drain(pages: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of pages);
}
