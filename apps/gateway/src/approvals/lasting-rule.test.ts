import { describe, expect, it } from 'vitest';
import { decideTool } from '../tools/policy.ts';
import { lastingRule } from './lasting-rule.ts';

const asked = { by: 'tools', rules: 2, takes: ['argv', 'cwd'] };
const call = { tool: 'exec.run', agentId: 'main', arguments: { argv: ['git', 'push'] } };

describe('the rule for calls like this one', () => {
  it('lets exactly this call run: not one with more arguments, of another tool or another agent', () => {
    const { rule } = lastingRule(call, asked) ?? {};
    const decide = (args: unknown, agentId = 'main') => {
      const rules = { allow: ['exec.run'], deny: [], rules: rule ? [rule] : [] };
      return decideTool(rules, new Map([['exec.run', 'ask']]), { agentId, agentTools: ['exec.run'], name: 'exec.run', args }).action;
    };
    expect(decide({ argv: ['git', 'push'] })).toBe('allow');
    expect(decide({ argv: ['git', 'push', '--force'] })).toBe('ask');
    expect(decide({ argv: ['git'] })).toBe('ask');
    expect(decide({ argv: ['git', 'push'] }, 'other')).toBe('ask');
  });

  it('says which arguments it leaves open', () => {
    expect(lastingRule(call, asked)?.open).toEqual(['cwd']);
  });

  it('stands directly before the rule that asked, and at the end where none did', () => {
    expect(lastingRule(call, { ...asked, by: 'tools.rules[1]' })?.at).toBe(1);
    expect(lastingRule(call, asked)?.at).toBe(2);
  });

  it.each([
    ['a pattern', { argv: ['ls', '*'] }],
    ['a question mark', { argv: ['ls', 'a?'] }],
    ['an empty text', { argv: '' }],
    ['a name that no path can have', { 'a.b': 'x' }],
  ])('is none for a value with %s', (_, args) => {
    expect(lastingRule({ ...call, arguments: args }, asked)).toBeUndefined();
  });
});
