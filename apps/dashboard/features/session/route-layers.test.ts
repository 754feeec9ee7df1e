import { expect, it } from 'vitest';
import { layersOf } from './route-layers.ts';

const candidates = [
  { rule: 'request.agent', actual: { agentId: 'none' } },
  { rule: 'session.key', actual: { agentId: 'none' } },
  { rule: 'session.history', actual: { agentId: 'family' } },
  { rule: 'bindings[0]', actual: { channel: 'telegram' } },
  { rule: 'channels.telegram.agentId', actual: { agentId: 'work' } },
  { rule: 'agents.default', actual: {} },
];
const given = (value: string, by: string, counts: boolean) => ({ value, by, counts });

it('B15 why was it routed so: the layer that counts and what the others would have given, from the record alone', () => {
  const route = { candidates, winner: 'session.history', agentId: 'family', model: 'p/m', modelFrom: 'agent' };
  expect(layersOf(route)).toEqual([
    { layer: 'default' },
    { layer: 'agent', model: given('p/m', 'agents.entries.family.model', true) },
    { layer: 'channel', agent: given('work', 'channels.telegram.agentId', false) },
    { layer: 'rule' },
    { layer: 'session', agent: given('family', 'session.history', true) },
    { layer: 'message' },
  ]);
});

it.each([
  ['agents.default', 'defaults', 'default', 'agents.defaults.model'],
  ['bindings[0]', 'built-in', 'rule', 'built-in'],
])('B15 why was it routed so: decided by %s with the model from %s', (winner, modelFrom, layer, by) => {
  const rows = layersOf({ candidates, winner, agentId: 'main', model: 'p/m', modelFrom });
  expect(rows.find(({ agent }) => agent?.counts)).toMatchObject({ layer, agent: given('main', winner, true) });
  expect(rows.find(({ model }) => model)).toMatchObject({ layer: 'default', model: given('p/m', by, true) });
});

it('B15 why was it routed so: a decision of a version that did not record the layer of the model says none', () => {
  expect(layersOf({ candidates, winner: 'agents.default', agentId: 'main', model: 'p/m' }).some(({ model }) => model)).toBe(false);
});
