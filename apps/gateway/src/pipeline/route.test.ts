import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Binding, type RouteConfig, type RouteRequest, route } from './route.ts';

const config: RouteConfig = {
  agentIds: ['main', 'work', 'family'],
  defaultAgentId: 'main',
  bindings: [],
  dmScope: 'per-channel-peer',
  mainKey: 'main',
};
const request: RouteRequest = { channel: 'telegram', account: 'default', peer: { kind: 'direct', id: '42' } };

describe('A3 route', () => {
  it('gives a message that nothing speaks for to the default agent, and says why each rule did not match', () => {
    const decided = route(request, config);
    expect(decided).toMatchObject({ agentId: 'main', winner: 'agents.default', sessionKey: 'agent:main:telegram:direct:42' });
    expect(decided.candidates.map((c) => [c.rule, c.matched])).toEqual([
      ['request.agent', false],
      ['session.key', false],
      ['session.history', false],
      ['channels.telegram.agentId', false],
      ['agents.default', true],
    ]);
  });

  it('records expected, actual and reason of a binding that does not match, and leaves later rules not reached', () => {
    const bindings: Binding[] = [
      { agentId: 'work', match: { channel: 'slack' } },
      { agentId: 'family', match: { channel: 'telegram', peer: { id: '42' } } },
    ];
    const decided = route(request, { ...config, bindings });
    expect(decided).toMatchObject({ agentId: 'family', winner: 'bindings[1]' });
    expect(decided.candidates.find((c) => c.rule === 'bindings[0]')).toMatchObject({
      expected: { channel: 'slack' },
      actual: { channel: 'telegram' },
    });
    expect(decided.candidates.find((c) => c.rule === 'bindings[0]')?.matched).toBeUndefined();
    expect(decided.candidates.find((c) => c.rule === 'agents.default')).not.toHaveProperty('matched');
  });

  it('asks the more specific binding first: peer, then account, then channel', () => {
    const bindings: Binding[] = [
      { agentId: 'main', match: { channel: 'telegram' } },
      { agentId: 'work', match: { channel: 'telegram', accountId: 'default' } },
      { agentId: 'family', match: { peer: { id: '42' } } },
    ];
    expect(route(request, { ...config, bindings }).agentId).toBe('family');
    expect(route({ ...request, peer: { kind: 'direct', id: '43' } }, { ...config, bindings }).agentId).toBe('work');
    expect(route({ ...request, peer: { kind: 'direct', id: '43' }, account: 'second' }, { ...config, bindings }).agentId).toBe('main');
  });

  it('puts the request before the session key, the session key before the history, and the history before the bindings', () => {
    const bindings: Binding[] = [{ agentId: 'family', match: {} }];
    const all: RouteRequest = { ...request, agentId: 'main', sessionKey: 'agent:work:x', historyAgentId: 'family' };
    expect(route(all, { ...config, bindings }).agentId).toBe('main');
    const { agentId: _, ...withoutRequest } = all;
    expect(route(withoutRequest, { ...config, bindings })).toMatchObject({ agentId: 'work', sessionKey: 'agent:work:x' });
    expect(route({ ...request, historyAgentId: 'work' }, { ...config, bindings })).toMatchObject({
      agentId: 'work',
      winner: 'session.history',
    });
  });

  it('refuses an agent that is not configured and names those that are', () => {
    const decided = route({ ...request, agentId: 'nobody' }, config);
    expect(decided).toMatchObject({ error: { code: 'AGENT_NOT_FOUND' } });
    expect(decided.agentId).toBeUndefined();
  });

  it('makes one conversation per channel and peer, per peer, or one for all, as session.dmScope says', () => {
    expect(route(request, { ...config, dmScope: 'per-peer' })).toMatchObject({ sessionKey: 'agent:main:direct:42' });
    expect(route(request, { ...config, dmScope: 'main' })).toMatchObject({ sessionKey: 'agent:main:main' });
    expect(route({ ...request, account: 'second' }, config)).toMatchObject({ sessionKey: 'agent:main:telegram:second:direct:42' });
    expect(route({ ...request, peer: { kind: 'group', id: '-7' } }, { ...config, dmScope: 'main' })).toMatchObject({
      sessionKey: 'agent:main:telegram:group:-7',
    });
  });

  it('always names one winner, the first rule that matched, and decides the same again', () => {
    const word = fc.constantFrom('telegram', 'slack', 'default', 'second', '42', '43');
    const binding = fc.record({
      agentId: fc.constantFrom('main', 'work', 'family'),
      match: fc.record({ channel: word, accountId: word, peer: fc.record({ id: word }, { requiredKeys: [] }) }, { requiredKeys: [] }),
    });
    fc.assert(
      fc.property(fc.array(binding, { maxLength: 6 }), word, word, word, (bindings, channel, account, id) => {
        const asked: RouteRequest = { channel, account, peer: { kind: 'direct', id } };
        const decided = route(asked, { ...config, bindings });
        expect(decided).toEqual(route(asked, { ...config, bindings }));
        const matched = decided.candidates.filter((c) => c.matched);
        expect(matched).toHaveLength(1);
        expect(decided.agentId === undefined ? '' : decided.winner).toBe(matched[0]?.rule);
      }),
    );
  });
});
