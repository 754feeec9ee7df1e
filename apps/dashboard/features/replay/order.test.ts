import { expect, test } from 'vitest';
import { emptyDraft, orderOf, sourceOf } from './order.ts';

test('B16 what the form leaves empty is not changed', () => {
  expect(orderOf(emptyDraft('ses_1', ''))).toEqual({ source: { kind: 'session', sessionId: 'ses_1' }, level: 'effects', change: {} });
  expect(sourceOf(emptyDraft('', ''))).toBeUndefined();
});

test('B16 tools are taken away by a dash, and named by commas', () => {
  const draft = emptyDraft('ses_1', '');
  expect(orderOf({ ...draft, tools: '-' }).change).toEqual({ tools: [] });
  expect(orderOf({ ...draft, tools: 'clock.now, exec' }).change).toEqual({ tools: ['clock.now', 'exec'] });
});

test('B16 decisions take another configuration and nothing else; only a live run has a budget', () => {
  const draft = { ...emptyDraft('', 'channel:slack'), config: 'current', model: 'a/b', level: 'decisions' } as const;
  expect(orderOf(draft)).toEqual({
    source: { kind: 'query', query: 'channel:slack', last: 1_000 },
    level: 'decisions',
    change: { config: 'current' },
  });
  expect(orderOf({ ...emptyDraft('ses_1', ''), level: 'live', model: 'a/b', tokens: 5 })).toMatchObject({
    change: { model: 'a/b' },
    budget: { tokens: 5, requests: 50 },
  });
});
