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

test('B16 tools give what is written for them, as JSON where it is that; a rule is added or takes a place; live runs have a number', () => {
  const draft = {
    ...emptyDraft('ses_1', ''),
    ruleText: '{ agentId: "ada", match: {} }',
    toolAnswers: [
      { tool: 'clock.now', kind: 'static', result: '{"time":"12:00"}' },
      { tool: ' * ', kind: 'deny', result: 'left over' },
      { tool: 'web.fetch', kind: 'static', result: 'plain text' },
      { tool: '', kind: 'deny', result: '' },
    ],
    onMiss: 'deny',
  } as const;
  const rule = { text: draft.ruleText };
  expect(orderOf(draft).change).toEqual({
    rule,
    toolAnswers: {
      'clock.now': { kind: 'static', result: { time: '12:00' } },
      '*': { kind: 'deny' },
      'web.fetch': { kind: 'static', result: 'plain text' },
    },
    onMiss: 'deny',
  });
  expect(orderOf({ ...draft, level: 'decisions', ruleReplaces: '3' })).toMatchObject({ change: { rule: { ...rule, replace: 3 } } });
  expect(orderOf({ ...emptyDraft('ses_1', ''), level: 'live', runs: 4, maxCost: '0.5' })).toMatchObject({
    runs: 4,
    budget: { tokens: 20_000, requests: 50, costUsd: 0.5 },
  });
});
