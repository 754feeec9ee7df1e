import type { Command } from 'commander';
import { bashScript } from '../completion/bash.ts';
import { fishScript } from '../completion/fish.ts';
import { type CommandSpec, describeTree } from '../completion/tree.ts';
import { zshScript } from '../completion/zsh.ts';
import type { Context } from '../context.ts';

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript } as const satisfies Record<
  string,
  (tree: readonly CommandSpec[]) => string
>;

/** Prints the script that completes the commands of this program in a shell. */
export function completion(program: Command) {
  return async (context: Context, _options: unknown, shell: keyof typeof SCRIPTS): Promise<undefined> => {
    const script = SCRIPTS[shell](describeTree(program));
    context.out.result({ shell, script }, () => [script.trimEnd()]);
  };
}
