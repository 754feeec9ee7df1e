/** Runs a program in the agent's workspace: an argument list, no shell unless that is allowed, and limits on everything. */
import { basename } from 'node:path';
import { GatewayError } from '@openclaw-gateway/events';
import { defineTool, type ToolDefinition } from '@openclaw-gateway/sdk';
import { z } from 'zod';
import type { ToolHost } from '../host.ts';
import { pathParameter } from '../workspace/paths.ts';
import { findProgram, type Program, scrubbedEnvironment } from './program.ts';
import { runProgram } from './run.ts';

const MOST_INPUT = 256 * 1024;
/** What a program is given beyond its time to be ended and recorded. */
const GRACE_MS = 5000;
const SHELLS = /^(?:ba|rba|da|a|z|k|mk|pdk|lk|c|tc|fi)?sh(?:-?[\d.]+)?$|^(?:pwsh|powershell|nu|elvish|xonsh)$/;
/** They run whatever they are told to, shells among it, while `ls` may well be a link to one of them. */
const MANY_IN_ONE = /^(?:busybox|toybox)$/;

export function execTool({ settings, workspace }: ToolHost): ToolDefinition {
  return defineTool({
    name: 'exec.run',
    description:
      'Runs a program in the workspace and returns what it printed. `argv` is the program and its arguments, each as it is: no shell reads them.',
    parameters: z.strictObject({
      argv: z.array(z.string().max(32_768)).min(1).max(256).describe('The program and its arguments, such as ["ls", "-l", "notes"].'),
      cwd: pathParameter('The folder of the workspace to run it in; the workspace itself by default.').optional(),
      input: z.string().max(MOST_INPUT).describe('What the program reads from its standard input.').optional(),
    }),
    effect: 'write',
    sandbox: 'program',
    policy: 'ask',
    timeoutMs: () => settings().exec.timeout + GRACE_MS,
    run: async ({ argv, cwd = '.', input }, { agentId, signal }) => {
      const { exec } = settings();
      const bad = argv.findIndex((argument) => argument.includes('\0'));
      if (bad >= 0) throw new GatewayError('TOOL_BAD_ARGUMENTS', { message: `argv.${bad} holds a NUL character.` });
      const files = await workspace(agentId);
      await using folder = await files.folder(cwd);
      const environment = scrubbedEnvironment(process.env, { passed: exec.environment, home: files.root });
      const program = await findProgram(argv[0] ?? '', { path: environment['PATH'] ?? '', inFolder: folder.at });
      if (!exec.shell && isShell(program)) throw noShell(argv[0] ?? '');
      return await runProgram({ program: program.path, argv, folder, environment, input, limits: exec, signal });
    },
  }) as ToolDefinition;
}

function isShell({ path, file }: Program): boolean {
  return MANY_IN_ONE.test(basename(path)) || SHELLS.test(basename(path)) || SHELLS.test(basename(file));
}

function noShell(name: string): GatewayError {
  return new GatewayError('TOOL_DENIED', {
    message: `${JSON.stringify(name)} is a shell, and tools.exec.shell is off. Give a program and its arguments instead.`,
    details: { rule: 'tools.exec.shell' },
  });
}
