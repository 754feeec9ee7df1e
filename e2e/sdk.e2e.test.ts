/** The packed SDK in a project of an author's own: its types, what it exports, and its contract tests. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { packSdk } from '../scripts/pack-sdk.mjs';

const MODULES = resolve(import.meta.dirname, '../node_modules');
const run = promisify(execFile);

const TOOL = `
import { defineExtension, defineTool, GatewayError, z, type ExtensionFactory } from '@openclaw-gateway/sdk';
export const tool = defineTool({
  name: 'desk.half',
  description: 'Gives the half of a whole number.',
  parameters: z.object({ n: z.number() }),
  effect: 'read',
  run: async ({ n }) => {
    if (n % 2 !== 0) throw new GatewayError('TOOL_BAD_ARGUMENTS');
    return { half: n / 2 };
  },
});
export default defineExtension({ tools: [tool] }) satisfies ExtensionFactory;
// @ts-expect-error a text has no half
defineTool({ ...tool, parameters: z.object({ n: z.string() }), run: async ({ n }) => n / 2 });
`;
const CONTRACT = `
import { toolContract } from '@openclaw-gateway/sdk/contract';
import { tool } from './tool.ts';
toolContract(tool, { valid: [{ args: { n: 4 }, result: { half: 2 } }], invalid: [{ n: 3 }, {}] });
`;

test('A11 the packed SDK types an extension and runs its contract tests outside of this checkout', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'openclaw-author-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  const sdk = join(dir, 'node_modules/@openclaw-gateway/sdk');
  await mkdir(sdk, { recursive: true });
  await run('tar', ['xzf', await packSdk(dir), '--strip-components=1', '-C', sdk]);
  for (const name of ['zod', 'vitest', '@types']) await symlink(join(MODULES, name), join(dir, 'node_modules', name));
  await writeFile(join(dir, 'package.json'), '{ "name": "author", "type": "module" }');
  await writeFile(join(dir, 'tool.ts'), TOOL);
  await writeFile(join(dir, 'tool.test.ts'), CONTRACT);
  const flags = [
    '--noEmit',
    '--strict',
    '--module',
    'nodenext',
    '--target',
    'es2024',
    '--types',
    'node',
    '--allowImportingTsExtensions',
    '--skipLibCheck',
    'false',
  ];
  const types = await run(process.execPath, [join(MODULES, 'typescript/bin/tsc'), ...flags, 'tool.ts'], { cwd: dir }).catch(
    (error) => error,
  );
  expect(types.stdout).toBe('');
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST')));
  const contract = await run(process.execPath, [join(MODULES, 'vitest/vitest.mjs'), 'run', '--root', dir], { cwd: dir, env }).catch(
    (error) => error,
  );
  expect(contract.stdout).toMatch(/4 passed/);
});
