import type { StoredEvent } from '@openclaw-gateway/events';
import { expect, test } from 'vitest';
import type { TurnVerdict } from './job.ts';
import { compareTurn } from './turns.ts';

type Made = readonly [string, Record<string, unknown>?];

const PROBLEM = { problem: { code: 'BAD_REQUEST', message: 'no' } };
/** What summaries need. */
const USUAL: Readonly<Record<string, object>> = {
  'message.rejected': PROBLEM,
  'message.dead_lettered': PROBLEM,
  'tool.denied': PROBLEM,
  'model.requested': { provider: 'a', model: 'b', messages: 1, tools: [] },
  'model.responded': { text: '', toolCalls: [] },
  'message.delivered': { totalMs: 1 },
};

const side = (...made: readonly Made[]) => {
  const events = made.map(([type, data]) => ({ type, data: { ...USUAL[type], ...data } }) as unknown as StoredEvent);
  return { events, shown: events.map(({ type, data }) => ({ type, data })) };
};
const compare = (recorded: ReturnType<typeof side>, replayed: ReturnType<typeof side>) =>
  compareTurn({ number: 1, messageId: 'msg_1', positions: [7, 8, 9] }, recorded, replayed, false);

const ASKED: Made = ['message.received', { text: 'open the gate' }];
const routed = (agentId: string): Made => ['route.decided', { agentId, winner: 'agents.default', model: 'a/b' }];
const tool = (name: string): Made => ['tool.requested', { tool: name, arguments: { x: 1 } }];
const said = (text: string): Made => ['delivery.requested', { text }];

test.each<[TurnVerdict, ReturnType<typeof side>, ReturnType<typeof side>]>([
  ['looser', side(ASKED, ['message.rejected']), side(ASKED, routed('main'), said('yes'))],
  ['looser', side(ASKED, tool('exec'), ['tool.denied']), side(ASKED, tool('exec'), ['tool.started'])],
  ['stricter', side(ASKED, routed('main'), said('yes')), side(ASKED, ['message.rejected'])],
  ['stricter', side(ASKED, tool('exec'), ['tool.started']), side(ASKED, tool('exec'), ['tool.denied'])],
  ['error', side(ASKED, said('yes')), side(ASKED, ['message.dead_lettered'])],
  ['new effect', side(ASKED, said('yes')), side(ASKED, tool('exec'), said('no'))],
  ['route changed', side(ASKED, routed('main'), said('yes')), side(ASKED, routed('other'), said('no'))],
  ['text changed', side(ASKED, routed('main'), said('yes')), side(ASKED, routed('main'), said('no'))],
  [
    'asked otherwise',
    side(ASKED, ['model.requested', { requestHash: 'a' }], said('yes')),
    side(ASKED, ['model.requested', { requestHash: 'b' }], said('yes')),
  ],
])('B16 of all that differs in a message the worst is its verdict: %s', (verdict, recorded, replayed) => {
  expect(compare(recorded, replayed)).toMatchObject({ verdict, text: 'open the gate', position: 7 });
});

test('B16 events of a kind stand beside each other, and what only one run has stands alone', () => {
  const { events } = compare(side(ASKED, tool('clock.now'), said('noon')), side(ASKED, said('noon'), ['message.delivered']));
  expect(events.map(({ recorded, replayed }) => [recorded?.type, replayed?.type])).toEqual([
    ['message.received', 'message.received'],
    ['tool.requested', undefined],
    ['delivery.requested', 'delivery.requested'],
    [undefined, 'message.delivered'],
  ]);
});

test('B16 what a message used is summed up for both runs', () => {
  const answer = (inputTokens: number, costUsd: number): Made => [
    'model.responded',
    { durationMs: 5, usage: { inputTokens, outputTokens: 1, costUsd } },
  ];
  const { recorded, replayed } = compare(side(ASKED, answer(10, 0.5), answer(20, 0.25)), side(ASKED, answer(4, 0)));
  expect(recorded).toMatchObject({ inputTokens: 30, outputTokens: 2, costUsd: 0.75, modelMs: 10 });
  expect(replayed).toMatchObject({ inputTokens: 4, outputTokens: 1, costUsd: 0, modelMs: 5 });
});

test('B16 what differs names the events that led to it, from the message on, and where the recording has it', () => {
  const call = { callId: 'c1', tool: 'clock.now', arguments: {} };
  const before = [ASKED, routed('main'), ['run.started'], ['model.requested']] as const;
  const recorded = side(...before, ['model.responded', { text: 'noon' }], said('noon'));
  const replayed = side(
    ...before,
    ['model.responded'],
    ['tool.requested', call],
    ['tool.approved', { callId: 'c1' }],
    ['tool.started', call],
  );
  const { events } = compare(recorded, replayed);
  const started = events.find((event) => event.replayed?.type === 'tool.started');
  expect(started?.causes?.map((place) => events[place]?.replayed?.type)).toEqual([
    'message.received',
    'route.decided',
    'run.started',
    'model.requested',
    'model.responded',
    'tool.requested',
    'tool.approved',
  ]);
  expect(events.find((event) => event.recorded?.type === 'delivery.requested')?.causes?.length).toBeGreaterThan(0);
  expect(events.slice(0, 3).map(({ position, causes }) => [position, causes])).toEqual([
    [7, undefined],
    [8, undefined],
    [9, undefined],
  ]);
});
