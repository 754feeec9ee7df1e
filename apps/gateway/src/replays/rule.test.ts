import { expect, test } from 'vitest';
import { withRule } from './rule.ts';

const DOCUMENT = {
  agents: { entries: { main: { default: true }, ada: {} } },
  bindings: [{ agentId: 'main', match: { channel: 'slack' } }],
};

test('B16 a routing rule is added after all others, with its defaults, and the rest stays as it is written', () => {
  const { document, rule } = withRule(DOCUMENT, { text: "{ agentId: 'ada', match: { channel: 'telegram' } }" });
  expect(document).toEqual({ ...DOCUMENT, bindings: [...DOCUMENT.bindings, { agentId: 'ada', match: { channel: 'telegram' } }] });
  expect(rule).toMatchObject({ binding: { agentId: 'ada', match: { channel: 'telegram' }, priority: 0 } });
  expect(rule.replace).toBeUndefined();
});

test('B16 a routing rule takes the place of one, and only of one that there is', () => {
  const { document, rule } = withRule(DOCUMENT, { text: "{ agentId: 'ada', match: {} }", replace: 0 });
  expect(document['bindings']).toEqual([{ agentId: 'ada', match: {} }]);
  expect(rule.replace).toBe(0);
  expect(() => withRule(DOCUMENT, { text: "{ agentId: 'ada', match: {} }", replace: 1 })).toThrow(
    expect.objectContaining({ code: 'BAD_REQUEST', message: expect.stringContaining('bindings[1]') }),
  );
});

test.each([
  ["{ agentId: 'ada', match: { chanel: 'telegram' } }", 'CONFIG_INVALID', 'bindings[1].match.chanel'],
  ["{ agentId: 'nobody', match: {} }", 'CONFIG_INVALID', 'bindings[1].agentId'],
  ["{ agentId: 'ada', match: {}, priority: 'high' }", 'CONFIG_INVALID', 'bindings[1].priority'],
  ["{ agentId: 'ada'", 'CONFIG_SYNTAX', 'Line 1'],
])('B16 the routing rule %s is refused as the configuration would refuse it', (text, code, where) => {
  expect(() => withRule(DOCUMENT, { text })).toThrow(expect.objectContaining({ code, message: expect.stringContaining(where) }));
});
