import { z } from 'zod';
import { block, duration, flag, list, size, text } from './values.ts';

const VARIABLE = 'the name of an environment variable';

const exec = block({
  timeout: duration({ minMs: 100 }).prefault('30s').describe('A program that runs longer is ended, with all that it started.'),
  memory: size().prefault('4g').describe('The address space each process may take. Not kept on macOS.'),
  output: size().prefault('1m').describe('A program that prints more is ended. The model is shown the beginning and the end.'),
  fileSize: size().prefault('100m').describe('The largest file a program may write.'),
  shell: flag().prefault(false).describe('Whether shells such as `sh` may be run, which read their arguments as programs.'),
  environment: list(z.string({ error: VARIABLE }).regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: VARIABLE }), 'names of environment variables')
    .prefault([])
    .describe("The gateway's environment variables that programs are given, beyond a path, a home, the language and the time zone."),
});

export const tools = block({
  allow: list(text('the name of a tool'), 'tool names')
    .prefault(['clock.now'])
    .describe('The tools that agents may be given, such as `exec.run` or `files.*`. An agent has one only when its own `tools` names it.'),
  deny: list(text('the name of a tool'), 'tool names').prefault([]).describe('Tools that no agent may have, whatever else is said.'),
  workspaces: text('a folder')
    .exactOptional()
    .describe('The folder in which each agent has a folder of its own to work in; `workspaces` in the state directory when left out.'),
  exec: exec.prefault({}),
});
