import { defineTool } from '@openclaw-gateway/sdk';
import { toolContract } from '@openclaw-gateway/sdk/contract';
import { expect, test } from 'vitest';
import { z } from 'zod';
import clockNow, { timeIn } from './clock/index.ts';
import { createTools as createToolsOf } from './index.ts';
import { TOOLS } from './manifest.ts';
import type { ToolRules } from './policy.ts';

toolContract(clockNow, {
  valid: [
    { args: {}, result: { timezone: 'UTC', time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/) } },
    { args: { timezone: 'Asia/Shanghai' }, result: { time: expect.stringMatching(/\+08:00$/) } },
  ],
  invalid: [{ timezone: 'Mars/Olympus' }, { timezone: 5 }, { zone: 'UTC' }, 'now'],
});

const context = { agentId: 'main', sessionId: 'ses_1', runId: 'run_1', callId: 'call_1', signal: new AbortController().signal };
const rules = { allow: ['clock.now'], deny: [] };

const createTools = (rules: ToolRules) => createToolsOf(rules, { definitions: TOOLS });

function toolReturning(run: (signal: AbortSignal) => Promise<unknown>) {
  return defineTool({
    name: 'test.tool',
    description: 'A tool for tests.',
    parameters: z.strictObject({}),
    effect: 'read',
    run: (_, { signal }) => run(signal),
  });
}
const toolsWith = (run: (signal: AbortSignal) => Promise<unknown>, timeoutMs = 30_000) =>
  createToolsOf({ allow: ['test.tool'], deny: [] }, { definitions: [toolReturning(run)], timeoutMs });

test.each([
  ['UTC', '2026-07-01T22:30:05+00:00', 'Wednesday'],
  ['Asia/Shanghai', '2026-07-02T06:30:05+08:00', 'Thursday'],
  ['America/New_York', '2026-07-01T18:30:05-04:00', 'Wednesday'],
  ['Asia/Kolkata', '2026-07-02T04:00:05+05:30', 'Thursday'],
])('A5 the time in %s is %s', (timezone, time, weekday) => {
  expect(timeIn(timezone, new Date('2026-07-01T22:30:05Z'))).toEqual({ time, weekday, timezone });
});

test('A5 a model is told of the allowed tools that its agent names, as JSON Schema', () => {
  const [spec, ...others] = createTools(rules).specs(['clock.now', 'nothing.such']);
  expect(others).toEqual([]);
  expect(spec).toMatchObject({ name: 'clock.now', parameters: { type: 'object', properties: { timezone: { type: 'string' } } } });
  expect(createTools({ allow: ['clock.now'], deny: ['clock.now'] }).specs(['clock.now'])).toEqual([]);
});

test('A5 a list may name tools by a pattern', () => {
  const names = (allow: string[], deny: string[], agent: string[]) =>
    createTools({ allow, deny })
      .specs(agent)
      .map(({ name }) => name);
  expect(names(['files.*', 'clock.now'], ['files.write'], ['clock.now', '*'])).toEqual([
    'clock.now',
    'files.read',
    'files.edit',
    'files.list',
    'files.search',
    'files.attach',
  ]);
  expect(names(['files.*'], ['*'], ['*'])).toEqual([]);
});

test.each([
  [rules, ['clock.now'], 'clock.now', { action: 'allow', rule: 'tools.allow' }],
  [rules, [], 'clock.now', { action: 'deny', rule: 'agents.tools', error: { code: 'TOOL_DENIED' } }],
  [{ allow: [], deny: [] }, ['clock.now'], 'clock.now', { action: 'deny', rule: 'tools.allow', error: { code: 'TOOL_DENIED' } }],
  [
    { allow: ['clock.now'], deny: ['clock.now'] },
    ['clock.now'],
    'clock.now',
    { action: 'deny', rule: 'tools.deny', error: { code: 'TOOL_DENIED' } },
  ],
  [rules, ['clock.now'], 'rm.rf', { action: 'deny', rule: 'tools', error: { code: 'TOOL_UNKNOWN' } }],
  [{ allow: ['*'], deny: [] }, ['exec.*'], 'exec.run', { action: 'ask', rule: 'tools' }],
] as const)('A5 policy %j, agent %j, call of %s', (config, agentTools, name, decision) => {
  const args = name === 'exec.run' ? { argv: ['ls'] } : {};
  expect(createTools(config).decide({ agentId: 'main', agentTools, name, args })).toMatchObject(decision);
});

test('D a change of tools.allow holds at once', () => {
  const tools = createTools(rules);
  tools.apply({ allow: [], deny: [] });
  expect(tools.decide({ agentId: 'main', agentTools: ['clock.now'], name: 'clock.now' }).action).toBe('deny');
});

test.each([[{ timezone: 7 }], ['text'], [[1]]])('A5 arguments %j are refused with what is wrong', async (args) => {
  await expect(createTools(rules).run('clock.now', args, context)).rejects.toMatchObject({ code: 'TOOL_BAD_ARGUMENTS' });
});

test('A5 a tool that takes too long is ended and told so', async () => {
  let told: AbortSignal | undefined;
  const tools = toolsWith((signal) => {
    told = signal;
    return new Promise(() => {});
  }, 5);
  await expect(tools.run('test.tool', {}, context)).rejects.toMatchObject({ code: 'TOOL_FAILED', details: { timeoutMs: 5 } });
  expect(told?.aborted).toBe(true);
});

test('A5 a cancelled run ends its tool', async () => {
  const control = new AbortController();
  const running = toolsWith(() => new Promise(() => {})).run('test.tool', {}, { ...context, signal: control.signal });
  control.abort();
  await expect(running).rejects.toMatchObject({ code: 'RUN_ABORTED' });
});

test('A5 a result above 64 KiB is refused, and one at the limit taken', async () => {
  const atLimit = 'x'.repeat(64 * 1024 - 2);
  expect(await toolsWith(async () => atLimit).run('test.tool', {}, context)).toBe(atLimit);
  await expect(toolsWith(async () => `${atLimit}y`).run('test.tool', {}, context)).rejects.toMatchObject({ code: 'TOOL_FAILED' });
});

test('A5 what a tool throws is TOOL_FAILED, and a result that is not JSON as well', async () => {
  const throwing = toolsWith(async () => {
    throw new Error('disk on fire');
  });
  await expect(throwing.run('test.tool', {}, context)).rejects.toMatchObject({
    code: 'TOOL_FAILED',
    message: expect.stringContaining('disk on fire'),
  });
  await expect(toolsWith(async () => 10n).run('test.tool', {}, context)).rejects.toMatchObject({ code: 'TOOL_FAILED' });
  expect(await toolsWith(async () => undefined).run('test.tool', {}, context)).toBeNull();
});
