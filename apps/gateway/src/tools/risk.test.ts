import type { ToolDefinition } from '@openclaw-gateway/sdk';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { createTools } from './index.ts';
import { TOOLS } from './manifest.ts';
import { riskOf } from './risk.ts';

test('each tool of the gateway says where it does its work, and has the risk that follows', () => {
  const toldOf = ({ name, effect, sandbox = 'gateway' }: ToolDefinition) =>
    [name, `${sandbox}: ${riskOf({ effect, source: 'built-in', sandbox })}`] as const;
  expect(Object.fromEntries(TOOLS.map(toldOf))).toEqual({
    'clock.now': 'gateway: low',
    'files.read': 'workspace: low',
    'files.write': 'workspace: medium',
    'files.edit': 'workspace: medium',
    'files.list': 'workspace: low',
    'files.search': 'workspace: low',
    'files.attach': 'workspace: medium',
    'exec.run': 'program: high',
    'web.fetch': 'internet: medium',
    'browser.open': 'browser: medium',
    'browser.click': 'browser: high',
    'browser.type': 'browser: high',
    'browser.extract': 'browser: medium',
    'browser.screenshot': 'browser: medium',
    'browser.back': 'browser: medium',
    'browser.wait': 'browser: medium',
    'message.send': 'channel: high',
  });
});

test('a tool that does not say where it works is of the gateway, and one of an extension has that process for a sandbox', () => {
  const own = {
    name: 'own.tool',
    description: 'A tool for tests.',
    parameters: z.object({}),
    effect: 'read',
    run: async () => null,
  } as const;
  const tools = createTools({ allow: [], deny: [] }, { definitions: [own] });
  tools.extend([{ ...own, name: 'their.tool', sandbox: 'workspace' }]);
  expect(tools.registry()).toMatchObject([
    { name: 'their.tool', source: 'extension', sandbox: 'extension' },
    { name: 'own.tool', source: 'built-in', sandbox: 'gateway' },
  ]);
});

test.each([
  ['extension', 'extension', 'read', 'medium'],
  ['extension', 'extension', 'write', 'high'],
  ['mcp', 'mcp-address', 'write', 'high'],
  ['mcp', 'mcp-program', 'read', 'high'],
] as const)('a tool of others, by %s in %s, which says that it does %s, is of risk %s', (source, sandbox, effect, risk) => {
  expect(riskOf({ source, sandbox, effect })).toBe(risk);
});
