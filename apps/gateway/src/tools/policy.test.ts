import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { globOf } from '../glob.ts';
import { createTools } from './index.ts';
import { type Action, decideTool, type ToolCall, type ToolRule, type ToolRules } from './policy.ts';

const STRICTNESS: Readonly<Record<Action, number>> = { allow: 0, ask: 1, deny: 2 };
const known = new Map<string, Action>([
  ['exec.run', 'ask'],
  ['files.read', 'allow'],
  ['files.write', 'allow'],
]);
const open: ToolRules = { allow: ['*'], deny: [] };
const call = (over: Partial<ToolCall> = {}): ToolCall => ({ agentId: 'main', agentTools: ['*'], name: 'exec.run', args: {}, ...over });
const decide = (rules: readonly ToolRule[], over: Partial<ToolCall> = {}) => decideTool({ ...open, rules }, known, call(over));

const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?', '.'), maxLength: 8 });
const text = fc.string({ unit: fc.constantFrom('a', 'b', '.', '/'), maxLength: 12 });
const rule: fc.Arbitrary<ToolRule> = fc.record(
  {
    tools: fc.array(fc.constantFrom('exec.*', 'files.*', '*', 'exec.run', 'nothing'), { maxLength: 2 }),
    agents: fc.array(fc.constantFrom('main', 'work', '*'), { maxLength: 2 }),
    when: fc.dictionary(fc.constantFrom('path', 'argv.0', 'argv.*', 'deep.*.x'), fc.array(pattern, { maxLength: 3 }), { maxKeys: 2 }),
    action: fc.constantFrom('allow' as const, 'ask' as const, 'deny' as const),
  },
  { requiredKeys: ['action'] },
);
const anyCall: fc.Arbitrary<ToolCall> = fc.record({
  agentId: fc.constantFrom('main', 'work'),
  agentTools: fc.array(fc.constantFrom('exec.run', 'files.*', '*'), { maxLength: 2 }),
  name: fc.constantFrom('exec.run', 'files.read', 'files.write', 'rm.rf'),
  args: fc.oneof(fc.record({ path: text, argv: fc.array(text) }), fc.jsonValue()),
});
const anyRules: fc.Arbitrary<ToolRules> = fc.record({
  allow: fc.array(fc.constantFrom('exec.run', 'files.*', '*'), { maxLength: 2 }),
  deny: fc.array(fc.constantFrom('exec.run', 'files.write', 'x'), { maxLength: 2 }),
  rules: fc.array(rule, { maxLength: 5 }),
});

describe('A5 tools.rules', () => {
  test.each<[string, ToolRule[], Partial<ToolCall>, Action, string]>([
    ['no rule: exec asks', [], {}, 'ask', 'tools'],
    ['no rule: reading runs', [], { name: 'files.read' }, 'allow', 'tools.allow'],
    [
      'the first that fits',
      [{ tools: ['files.*'], action: 'deny' }, { action: 'allow' }, { action: 'ask' }],
      {},
      'allow',
      'tools.rules[1]',
    ],
    ['tools.rules[].agents', [{ agents: ['work'], action: 'deny' }], {}, 'ask', 'tools'],
    ['an argument', [{ when: { 'argv.0': ['git', 'ls'] }, action: 'allow' }], { args: { argv: ['ls', '/'] } }, 'allow', 'tools.rules[0]'],
    ['an argument that is not there', [{ when: { cwd: ['*'] }, action: 'allow' }], { args: { argv: ['ls'] } }, 'ask', 'tools'],
    ['every item, where it permits', [{ when: { 'argv.*': ['a*'] }, action: 'allow' }], { args: { argv: ['ab', 'b'] } }, 'ask', 'tools'],
    [
      'any item, where it does not',
      [{ when: { 'argv.*': ['*sudo*'] }, action: 'deny' }],
      { args: { argv: ['x', 'sudo'] } },
      'deny',
      'tools.rules[0]',
    ],
    ['no inherited property', [{ when: { 'constructor.name': ['*'] }, action: 'allow' }], { args: {} }, 'ask', 'tools'],
  ])('tools.rules[].{tools,agents,when,when.*,action}: %s', (_, rules, over, action, by) => {
    expect(decide(rules, over)).toMatchObject({ action, rule: by });
  });

  test('D tools.{allow,deny,rules} see a path as the tool takes it, and nobody is asked about arguments that it does not take', () => {
    const rules = {
      ...open,
      rules: [{ tools: ['files.*'], when: { path: ['notes/*'] }, action: 'allow' as const }, { action: 'deny' as const }],
    };
    const actionOf = (path: unknown) => createTools(rules).decide(call({ name: 'files.read', args: { path } }));
    expect(actionOf('./notes//a')).toMatchObject({ action: 'allow' });
    expect(actionOf('notes/../secret')).toMatchObject({ action: 'allow', rule: 'tools.rules[0]' });
    expect(actionOf('secret')).toMatchObject({ action: 'deny', rule: 'tools.rules[1]' });
    expect(actionOf(7)).toMatchObject({ action: 'deny', rule: 'tools.arguments', error: { code: 'TOOL_BAD_ARGUMENTS' } });
  });

  test('decide every call, always the same way', () => {
    fc.assert(
      fc.property(anyRules, anyCall, (rules, made) => {
        const first = decideTool(rules, known, made);
        expect(['allow', 'ask', 'deny']).toContain(first.action);
        expect(first.rule.length).toBeLessThanOrEqual(128);
        expect(decideTool(structuredClone(rules), known, structuredClone(made))).toEqual(first);
      }),
      { numRuns: 1000 },
    );
  });

  test('never let run what is denied, not allowed or not the agent’s, whatever the rules say', () => {
    fc.assert(
      fc.property(anyRules, anyCall, (rules, made) => {
        const listed = (patterns: readonly string[]) => patterns.some((each) => globOf(each)(made.name));
        fc.pre(listed(rules.deny) || !listed(rules.allow) || !listed(made.agentTools) || !known.has(made.name));
        expect(decideTool(rules, known, made).action).toBe('deny');
      }),
      { numRuns: 1000 },
    );
  });

  test('are asked in their order: what the first that speaks of a call says, no later one changes', () => {
    fc.assert(
      fc.property(anyRules, anyCall, fc.array(rule, { maxLength: 3 }), (rules, made, more) => {
        const before = decideTool(rules, known, made);
        const after = decideTool({ ...rules, rules: [...(rules.rules ?? []), ...more] }, known, made);
        if (before.rule.startsWith('tools.rules[') || before.action === 'deny') expect(after).toEqual(before);
      }),
      { numRuns: 1000 },
    );
  });

  test('a rule that denies, put first, makes nothing easier', () => {
    fc.assert(
      fc.property(anyRules, anyCall, rule, (rules, made, first) => {
        const before = decideTool(rules, known, made);
        const after = decideTool({ ...rules, rules: [{ ...first, action: 'deny' }, ...(rules.rules ?? [])] }, known, made);
        expect(STRICTNESS[after.action]).toBeGreaterThanOrEqual(STRICTNESS[before.action]);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('a pattern', () => {
  test('fits what the regular expression of the same meaning fits', () => {
    fc.assert(
      fc.property(pattern, text, (glob, value) => {
        const expression = glob.replace(/[.]/g, '\\.').replace(/\?/g, '[^]').replace(/\*+/g, '[^]*');
        expect(globOf(glob)(value)).toBe(new RegExp(`^${expression}$`).test(value));
      }),
      { numRuns: 3000 },
    );
  });

  test('that is hostile takes no time', () => {
    const startedAt = performance.now();
    expect(globOf('*a'.repeat(30))(`${'a'.repeat(20_000)}b`)).toBe(false);
    expect(performance.now() - startedAt).toBeLessThan(1000);
  });
});
