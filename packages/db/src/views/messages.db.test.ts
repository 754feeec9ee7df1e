import { MessageDeadLettered, MessageUndelivered, type NewEvent, newId } from '@openclaw-gateway/events';
import { describe, expect, test } from 'vitest';
import { type FlowOutcome, messageFlow, OUTCOMES } from '../testing/flows.ts';
import { InThreadStore } from '../testing/in-thread.ts';
import type { MessageJourney } from './queries.ts';

describe('the journey of a message', () => {
  test.each<[FlowOutcome, Partial<MessageJourney>]>([
    ['queued', { status: 'queued', settled: false, attempts: 0 }],
    ['running', { status: 'running', settled: false, attempts: 1 }],
    ['retrying', { status: 'queued', settled: false, attempts: 1, problem: { code: 'MODEL_TIMEOUT', message: expect.any(String) } }],
    ['delivering', { status: 'delivering', settled: false, reply: 're: Hi' }],
    ['held', { status: 'held', settled: false, reply: 're: Hi', problem: { code: 'DELIVERY_UNCERTAIN', message: expect.any(String) } }],
    ['delivered', { status: 'delivered', settled: true, reply: 're: Hi', attempts: 1, duplicates: 0 }],
    ['delivered_after_retry', { status: 'delivered', settled: true, reply: 're: Hi', attempts: 2 }],
    ['duplicated', { status: 'delivered', settled: true, duplicates: 1 }],
    ['dead_lettered', { status: 'dead_lettered', settled: true, problem: { code: 'MODEL_TIMEOUT', message: expect.any(String) } }],
    ['aborted', { status: 'no_reply', settled: true }],
    ['rejected', { status: 'rejected', settled: true, problem: { code: 'MODEL_TIMEOUT', message: expect.any(String) } }],
  ])('A8 %s', (outcome, expected) => {
    using store = new InThreadStore();
    const { messageId, commits } = messageFlow('ses_a', { outcome, text: 'Hi', requestId: 'req-1', opens: true });
    store.append(...commits);
    const reader = store.pipelineReader(store.project('views'));
    const journey = reader.message(messageId);
    expect(journey).toMatchObject({
      messageId,
      channel: 'http',
      senderId: 'someone',
      text: 'Hi',
      requestId: 'req-1',
      position: 1,
      ...expected,
    });
    expect(reader.messageByRequestId('req-1')).toEqual(journey);
    expect(journey?.settledAt !== undefined).toBe(expected.settled);
    if (!expected.problem) expect(journey).not.toHaveProperty('problem');
    if (outcome !== 'rejected')
      expect(journey).toMatchObject({ sessionId: 'ses_a', agentId: 'main', runId: expect.stringMatching(/^run_/) });
  });

  test('an event that comes after its end does not open it again', () => {
    using store = new InThreadStore();
    const { messageId, commits } = messageFlow('ses_a', { outcome: 'delivered_after_retry' });
    store.append(...commits);
    const late = commits.find((commit) => commit.events.some((item) => item.event.type === 'delivery.failed'));
    if (late) store.append(late);
    expect(store.pipelineReader(store.project('views')).message(messageId)).toMatchObject({ status: 'delivered', settled: true });
  });

  test('A6 one whose reply did not arrive after all is under way again, with the reason, until it is given up or delivered', () => {
    using store = new InThreadStore();
    const { messageId, commits } = messageFlow('ses_a', { opens: true, text: 'Hi' });
    store.append(...commits);
    const [last] = commits.at(-1)?.events ?? [];
    const problem = { code: 'CHANNEL_REFUSED', message: 'Not on it.' };
    const commit = (event: NewEvent) => store.append({ events: [{ streamId: 'session/ses_a', event, metadata: last?.metadata ?? {} }] });
    const look = () => {
      const views = store.project('views');
      const open = store.viewReader(views).sessions({}, { limit: 1 }).rows[0]?.openMessages;
      return [store.pipelineReader(views).message(messageId), open] as const;
    };
    commit(
      MessageUndelivered.create({
        ...{ messageId, deliveryId: newId('delivery'), failedDeliveryId: newId('delivery'), runId: 'run_1', attempts: 1, receivedAt: 1 },
        ...{ channel: 'http', account: 'default', to: { kind: 'direct', id: 'someone' }, text: 're: Hi', problem },
      }),
    );
    expect(look()).toMatchObject([{ status: 'delivering', settled: false, problem, reply: 're: Hi' }, 1]);
    commit(MessageDeadLettered.create({ messageId, stage: 'deliver', attempts: 1, problem }));
    expect(look()).toMatchObject([{ status: 'dead_lettered', settled: true, problem }, 0]);
  });

  test('what was never received has none', () => {
    using store = new InThreadStore();
    const reader = store.pipelineReader(store.project('views'));
    expect(reader.message('msg_x')).toBeUndefined();
    expect(reader.messageByRequestId('req-1')).toBeUndefined();
  });

  test('its texts are cut to what a list can show', () => {
    using store = new InThreadStore();
    const { messageId, commits } = messageFlow('ses_a', { text: 'x'.repeat(10_000) });
    store.append(...commits);
    const journey = store.pipelineReader(store.project('views')).message(messageId);
    expect([journey?.text.length, journey?.reply?.length]).toEqual([2048, 2048]);
  });

  test('all its events can be read in order, and no other message’s', async () => {
    using store = new InThreadStore();
    const one = messageFlow('ses_a', { opens: true });
    const other = messageFlow('ses_a');
    for (const [index, commit] of one.commits.entries()) store.append(commit, ...other.commits.slice(index, index + 1));
    const events = await store.viewReader(store.project('views')).messageEvents(one.messageId);
    expect(events.map((event) => event.type)).toEqual([
      'message.received',
      'auth.accepted',
      'route.decided',
      'session.opened',
      'message.queued',
      'run.started',
      'model.requested',
      'model.responded',
      'run.completed',
      'delivery.requested',
      'delivery.attempted',
      'delivery.succeeded',
      'message.delivered',
    ]);
    expect(events.every((event) => event.metadata.correlationId === one.messageId && event.data !== undefined)).toBe(true);
  });
});

describe('lists of messages', () => {
  function mixed(store: InThreadStore): ReadonlyMap<string, FlowOutcome> {
    const outcomes = new Map<string, FlowOutcome>();
    for (let round = 0; round < 3; round++) {
      for (const outcome of OUTCOMES) {
        const flow = messageFlow(`ses_${round}`, { outcome });
        store.append(...flow.commits);
        outcomes.set(flow.messageId, outcome);
      }
    }
    return outcomes;
  }

  test('can be filtered by session, status and whether they ended, newest first, in pages', () => {
    using store = new InThreadStore();
    const outcomes = mixed(store);
    const reader = store.viewReader(store.project('views'));
    const all = reader.messages({}, { limit: 100 }).rows;
    expect(all).toHaveLength(outcomes.size);
    const positions = (rows: readonly MessageJourney[]) => rows.map((row) => row.position);
    expect(positions(all)).toEqual(positions(all).toSorted((a, b) => b - a));
    const filters = [
      {},
      { settled: true },
      { settled: false },
      { sessionId: 'ses_1' },
      { sessionId: 'ses_1', settled: false },
      { sessionId: 'ses_2', status: 'delivered' },
      { status: 'held' },
      { status: 'delivered' },
      { status: 'rejected', settled: true },
      { status: 'rejected', settled: false },
      { status: 'queued', settled: false },
    ] as const;
    for (const filter of filters) {
      const wanted = all.filter((row) => Object.entries(filter).every(([key, value]) => row[key as 'status'] === value));
      const paged: MessageJourney[] = [];
      for (let page = reader.messages(filter, { limit: 2 }); ; page = reader.messages(filter, { limit: 2, before: page.next })) {
        paged.push(...page.rows);
        if (page.next === undefined) break;
      }
      expect(positions(paged), JSON.stringify(filter)).toEqual(positions(wanted));
    }
  });

  test('A8 what is unfinished is listed by session, the oldest first', () => {
    using store = new InThreadStore();
    store.append(...messageFlow('ses_done').commits);
    store.append(...messageFlow('ses_b', { outcome: 'running' }).commits);
    store.append(...messageFlow('ses_a', { outcome: 'queued' }).commits);
    store.append(...messageFlow('ses_b', { outcome: 'queued' }).commits);
    store.append(...messageFlow('ses_c', { outcome: 'rejected' }).commits);
    const reader = store.pipelineReader(store.project('views'));
    expect(reader.unsettledSessions({ limit: 10 })).toEqual([
      { sessionId: 'ses_b', firstPosition: 13, messages: 2 },
      { sessionId: 'ses_a', firstPosition: 19, messages: 1 },
    ]);
    expect(reader.unsettledSessions({ limit: 1 })).toMatchObject([{ sessionId: 'ses_b' }]);
    expect(reader.unsettledSessions({ limit: 1, after: 13 })).toMatchObject([{ sessionId: 'ses_a' }]);
  });
});
