import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Binding, inOrder, weightOf } from './binding.ts';
import { conversationsByText, type RouteConfig, type RouteRequest, route } from './route.ts';

const config: RouteConfig = {
  agentIds: ['main', 'work', 'family'],
  defaultAgentId: 'main',
  bindings: [],
  dmScope: 'per-channel-peer',
  mainKey: 'main',
  threads: 'own',
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

  it('A3 B15 says of each part of the session key by which rule or setting it is there', () => {
    const partsOf = (asked: RouteRequest, more: Partial<RouteConfig> = {}) => {
      const decided = route(asked, { ...config, ...more });
      return decided.agentId === undefined ? [] : decided.sessionKeyParts.map(({ part, value, by }) => `${part} ${value} by ${by}`);
    };
    expect(partsOf({ ...request, account: 'second' })).toEqual([
      'agent agent:main by agents.default',
      'channel telegram by session.dmScope=per-channel-peer',
      'account second by session.dmScope=per-channel-peer',
      'kind direct by session.dmScope=per-channel-peer',
      'peer 42 by session.dmScope=per-channel-peer',
    ]);
    const bindings: Binding[] = [{ agentId: 'work', match: {}, dmScope: 'per-peer' }];
    expect(partsOf(request, { bindings })).toEqual([
      'agent agent:work by bindings[0]',
      'kind direct by bindings[0].dmScope=per-peer',
      'peer 42 by bindings[0].dmScope=per-peer',
    ]);
    expect(partsOf(request, { dmScope: 'main' })).toEqual(['agent agent:main by agents.default', 'main main by session.mainKey']);
    const inThread = { ...request, peer: { kind: 'thread', id: '-7:9' }, parent: '-7' } as const;
    expect(partsOf(inThread).at(-1)).toBe('thread -7:9 by peer.thread');
    expect(partsOf(inThread, { threads: 'parent' }).at(-1)).toBe('group -7 by session.threads=parent');
    expect(partsOf({ ...request, sessionKey: 'mine' }).at(-1)).toBe('given mine by request.sessionKey');
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

  const decide = (match: Binding['match'], over: Partial<RouteRequest> = {}, more: Partial<Binding> = {}) =>
    route({ ...request, ...over }, { ...config, bindings: [{ agentId: 'work', match, ...more }] }).agentId;

  it('A3 a group is itself and the threads in it; a thread is one of them', () => {
    const inThread = { peer: { kind: 'thread', id: '-7:9' }, parent: '-7' } as const;
    expect(decide({ group: '-7' }, { peer: { kind: 'group', id: '-7' } })).toBe('work');
    expect(decide({ group: '-7' }, inThread)).toBe('work');
    expect(decide({ group: '-7' }, { peer: { kind: 'direct', id: '-7' } })).toBe('main');
    expect(decide({ thread: '-7:9' }, inThread)).toBe('work');
    expect(decide({ thread: '-7:9' }, { peer: { kind: 'group', id: '-7:9' } })).toBe('main');
  });

  it('A3 one role of those that a binding names is enough', () => {
    expect(decide({ roles: ['admin', 'staff'] }, { roles: ['guest', 'staff'] })).toBe('work');
    expect(decide({ roles: ['admin', 'staff'] }, { roles: ['guest'] })).toBe('main');
    expect(decide({ roles: ['admin'] })).toBe('main');
  });

  it('A3 a binding by text and one by hours say what they compared', () => {
    const at = Date.parse('2026-11-30T08:30:00Z');
    const open = { days: ['mon'], from: '09:00', to: '17:00', timeZone: 'Europe/Berlin' } as const;
    const bindings: Binding[] = [{ agentId: 'work', match: { text: '*invoice*', schedule: open } }];
    const decided = route({ ...request, text: 'hello', at }, { ...config, bindings });
    expect(decided.candidates.find(({ rule }) => rule === 'bindings[0]')).toMatchObject({
      matched: false,
      reason: 'Differs in text.',
      expected: { text: '*invoice*', schedule: 'mon 09:00-17:00 Europe/Berlin' },
      actual: { text: 'hello', schedule: 'mon 09:30 Europe/Berlin' },
    });
    expect(route({ ...request, text: 'My INVOICE', at }, { ...config, bindings }).agentId).toBe('work');
    expect(route({ ...request, text: 'My invoice', at: at - 3_600_000 }, { ...config, bindings }).agentId).toBe('main');
  });

  it('A3 a higher priority is asked before a more exact match', () => {
    const bindings: Binding[] = [
      { agentId: 'family', match: { peer: { id: '42' } } },
      { agentId: 'work', match: { channel: 'telegram' }, priority: 1 },
    ];
    expect(route(request, { ...config, bindings })).toMatchObject({ agentId: 'work', winner: 'bindings[1]' });
  });

  it('A3 what a text gave to an agent stays there, until another rule by text or one of higher priority says otherwise', () => {
    const bindings: Binding[] = [
      { agentId: 'work', match: { text: '*invoice*' }, dmScope: 'per-peer', messagePriority: 'high' },
      { agentId: 'family', match: { text: '*dinner*' } },
      { agentId: 'main', match: { channel: 'telegram' } },
    ];
    const routes = { ...config, bindings, channelAgentId: 'family' };
    expect(conversationsByText(request, routes)).toEqual([
      { agentId: 'work', sessionKey: 'agent:work:direct:42' },
      { agentId: 'family', sessionKey: 'agent:family:telegram:direct:42' },
    ]);
    const said = (text: string) => route({ ...request, text, openAgentId: 'work' }, routes);
    expect(said('thanks')).toMatchObject({
      agentId: 'work',
      winner: 'session.open',
      sessionKey: 'agent:work:direct:42',
      messagePriority: 'high',
    });
    expect(said('what about dinner?')).toMatchObject({ agentId: 'family', winner: 'bindings[1]' });
    expect(route({ ...request, text: 'thanks' }, routes)).toMatchObject({ agentId: 'main', winner: 'bindings[2]' });
  });

  it('A3 a thread has a conversation of its own, or that of its group where session.threads says so', () => {
    const inThread = { ...request, peer: { kind: 'thread', id: '-7:9' }, parent: '-7' } as const;
    expect(route(inThread, config)).toMatchObject({ sessionKey: 'agent:main:telegram:thread:-7:9' });
    const inGroup = route({ ...request, peer: { kind: 'group', id: '-7' } }, { ...config, threads: 'parent' });
    expect(route(inThread, { ...config, threads: 'parent' })).toMatchObject(
      inGroup.agentId === undefined ? {} : { sessionKey: inGroup.sessionKey, sessionKeyRule: 'session.threads=parent' },
    );
  });

  it('A3 one conversation for a whole channel, and a scope that a binding sets itself', () => {
    expect(route(request, { ...config, dmScope: 'per-channel' })).toMatchObject({ sessionKey: 'agent:main:telegram:direct' });
    const bindings: Binding[] = [{ agentId: 'work', match: {}, dmScope: 'main' }];
    expect(route(request, { ...config, bindings })).toMatchObject({ sessionKey: 'agent:work:main' });
  });

  const word = fc.constantFrom('telegram', 'slack', 'default', '42', '-7', 'staff', '*');
  const anyBinding: fc.Arbitrary<Binding> = fc.record(
    {
      agentId: fc.constantFrom('main', 'work', 'family'),
      match: fc.record(
        {
          channel: word,
          accountId: word,
          peer: fc.record({ kind: fc.constantFrom('direct', 'group', 'thread'), id: word }, { requiredKeys: [] }),
          group: word,
          thread: word,
          roles: fc.array(word, { maxLength: 2 }),
          text: fc.constantFrom('*a*', 'b?', '*', ''),
          schedule: fc.record({
            days: fc.constantFrom(['mon'] as const, ['sat', 'sun'] as const),
            timeZone: fc.constantFrom('UTC', 'Asia/Tokyo'),
          }),
        },
        { requiredKeys: [] },
      ),
      priority: fc.integer({ min: -1, max: 1 }),
    },
    { requiredKeys: ['agentId', 'match'] },
  );
  const anyRequest: fc.Arbitrary<RouteRequest> = fc.record(
    {
      channel: word,
      account: word,
      peer: fc.record({ kind: fc.constantFrom('direct', 'group', 'channel', 'thread'), id: word }),
      parent: word,
      roles: fc.array(word, { maxLength: 3 }),
      text: fc.string({ unit: 'binary', maxLength: 20 }),
      at: fc.integer({ min: 0, max: 4_000_000_000_000 }),
      openAgentId: fc.constantFrom('main', 'work', 'gone'),
      historyAgentId: fc.constantFrom('main', 'work'),
    },
    { requiredKeys: ['channel', 'account', 'peer'] },
  );

  it('A3 decides about every message under every configuration, and the same way again', () => {
    fc.assert(
      fc.property(fc.array(anyBinding, { maxLength: 8 }), anyRequest, (bindings, asked) => {
        const decided = route(asked, { ...config, bindings });
        expect(decided).toEqual(route(structuredClone(asked), structuredClone({ ...config, bindings })));
        expect(decided.candidates.filter((c) => c.matched)).toHaveLength(1);
        if (decided.agentId === undefined) expect(decided.error.code).toBe('AGENT_NOT_FOUND');
        else {
          expect(decided.sessionKey).toMatch(/^agent:/);
          expect(decided.sessionKeyParts.map(({ value }) => value).join(':')).toBe(decided.sessionKey);
          expect(decided.sessionKeyParts.every(({ by }) => by !== '')).toBe(true);
        }
      }),
    );
  });

  it('A3 the place of bindings in the file decides only between those of one priority that are equally exact', () => {
    const rank = (binding: Binding) => `${binding.priority ?? 0}/${weightOf(binding)}`;
    fc.assert(
      fc.property(
        fc.uniqueArray(anyBinding, { maxLength: 6, selector: rank }),
        anyRequest,
        fc.infiniteStream(fc.nat()),
        (bindings, asked, random) => {
          const shuffled = bindings.map((binding) => ({ binding, by: random.next().value ?? 0 })).toSorted((a, b) => a.by - b.by);
          const other = shuffled.map(({ binding }) => binding);
          const [a, b] = [bindings, other].map((each) => {
            const { candidates: _, ...decided } = route(asked, { ...config, bindings: each });
            const winner =
              'winner' in decided ? inOrder(each).find(({ index }) => `bindings[${index}]` === decided.winner)?.binding : undefined;
            return { agentId: decided.agentId, key: 'sessionKey' in decided ? decided.sessionKey : '', winner };
          });
          expect(b).toEqual(a);
        },
      ),
    );
  });
});
